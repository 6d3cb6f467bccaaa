/**
 * The option tables as text.
 *
 * @module
 */

import { findingCodes } from "./diagnostics.ts";
import { matchOption, type OptionRow, type SectionTable, sectionTables, shownName, tableFor } from "./options.ts";
import { describeType } from "./values.ts";

/** A term and what it means, for a layout in two columns. */
export type Term = readonly [term: string, text: string];

/** All codes of findings. */
export function explainFindings(): readonly Term[] {
  return Object.entries(findingCodes);
}

/** Section types that people may ask for. */
export function shownTables(): readonly SectionTable[] {
  return sectionTables.filter((table) => table.kind !== "hidden");
}

/** All section types. */
export function explainSections(): readonly Term[] {
  return shownTables().map((table) => [`[${table.type}]`, table.doc]);
}

/** All options of a section type, the required ones first. */
export function explainSection(table: SectionTable): readonly Term[] {
  const rows = [...table.rows.filter((row) => row.required), ...table.rows.filter((row) => !row.required)];
  return rows.map((row) => {
    const notes = [
      describeType(row.type),
      row.required ? "required" : row.default === undefined ? undefined : `default ${shownDefault(row)}`,
      row.deprecated === undefined ? undefined : "outdated",
    ];
    return [shownName(row), `${row.doc} (${notes.filter((note) => note !== undefined).join("; ")})`];
  });
}

/** Everything about one option. */
export function explainOption(table: SectionTable, row: OptionRow): readonly Term[] {
  const terms: Term[] = [
    ["section", `[${table.type}]`],
    ["option", shownName(row)],
    ["takes", describeType(row.type)],
    ["required", row.required ? "yes" : "no"],
    ["default", shownDefault(row) ?? (row.inherited ? "the value in [main], if any" : "none")],
    [
      "known since",
      row.since === "duoproxy" ? "duoproxy, not in the old proxy" : `version ${row.since} of the old proxy`,
    ],
  ];
  if (row.inherited && row.default !== undefined) {
    terms.push(["inherited", "the value in [main] goes before the default"]);
  }
  if (row.variantOf !== undefined) terms.push(["in place of", row.variantOf]);
  if (row.secret) terms.push(["secret", "never shown"]);
  if (row.effect === "install") terms.push(["takes effect", "at the next install"]);
  if (row.effect === "none") terms.push(["takes effect", "never: accepted for the sake of old files"]);
  if (row.deprecated !== undefined) terms.push(["outdated", row.deprecated]);
  return terms;
}

/** What a question such as `radius_server_auto.radius_ip_1` is about. */
export type Topic =
  | { readonly kind: "section"; readonly table: SectionTable }
  | { readonly kind: "option"; readonly table: SectionTable; readonly row: OptionRow }
  | { readonly kind: "unknown-section"; readonly name: string }
  | { readonly kind: "unknown-option"; readonly table: SectionTable; readonly name: string };

/** Finds what is asked for: `SECTION` or `SECTION.OPTION`, in any case, with or without brackets and numbers. */
export function findTopic(question: string): Topic {
  const text = question.trim().toLowerCase();
  const dot = text.indexOf(".");
  const name = (dot < 0 ? text : text.slice(0, dot)).replace(/^\[|\]$/g, "");
  const table = tableFor(name);
  if (table === undefined || table.kind === "hidden") return { kind: "unknown-section", name };
  if (dot < 0) return { kind: "section", table };
  const option = text.slice(dot + 1).replace(/_n$/, "");
  const match = matchOption(table, option);
  if (match === undefined) return { kind: "unknown-option", table, name: text.slice(dot + 1) };
  const row = match === "number-missing" ? table.rows.find((one) => one.name === option) : match.row;
  return row === undefined ? { kind: "unknown-option", table, name: option } : { kind: "option", table, row };
}

/** Blanks at the end of a default can be seen only in quotes. */
function shownDefault(row: OptionRow): string | undefined {
  return row.default === undefined || row.default === row.default.trim() ? row.default : `"${row.default}"`;
}
