/**
 * The option tables as text.
 *
 * @module
 */

import { type FindingCode, findingCodes } from "./diagnostics.ts";
import { matchOption, sectionTables, shownName, tableFor } from "./options.ts";
import type { OptionRow } from "./row.ts";
import type { SectionTable } from "./section.ts";
import { describeType } from "./values/describe.ts";

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

/** Everything about one option, which the given sections have in common. */
export function explainOption(tables: readonly SectionTable[], row: OptionRow): readonly Term[] {
  const terms: Term[] = [
    [tables.length === 1 ? "section" : "sections", tables.map(({ type }) => `[${type}]`).join(", ")],
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

/** One option as some sections have it. */
export interface SharedOption {
  readonly tables: readonly SectionTable[];
  readonly row: OptionRow;
}

/** What a question such as `radius_server_auto.radius_ip_1` is about. */
export type Topic =
  | { readonly kind: "findings" }
  | { readonly kind: "code"; readonly code: FindingCode }
  | { readonly kind: "section"; readonly table: SectionTable }
  /** A name without section; each form that it has in some of them. */
  | { readonly kind: "options"; readonly options: readonly SharedOption[] }
  | { readonly kind: "option"; readonly table: SectionTable; readonly row: OptionRow }
  | { readonly kind: "unknown"; readonly name: string }
  | { readonly kind: "unknown-section"; readonly name: string }
  | { readonly kind: "unknown-option"; readonly table: SectionTable; readonly name: string };

/** Every word that {@link findTopic} knows by itself. */
export function topicNames(): readonly string[] {
  const tables = shownTables();
  const options = tables.flatMap(({ rows }) => rows.map(({ name }) => name));
  return [...new Set([...tables.map(({ type }) => type), "findings", ...Object.keys(findingCodes), ...options])];
}

/**
 * Finds what is asked for: a section, `SECTION.OPTION`, an option, `findings` or the code of one; in any case, with or
 * without brackets and numbers.
 */
export function findTopic(question: string): Topic {
  const text = question.trim().toLowerCase();
  const dot = text.indexOf(".");
  const name = (dot < 0 ? text : text.slice(0, dot)).replace(/^\[|\]$/g, "");
  const table = tableFor(name);
  if (dot < 0 && (table === undefined || table.kind === "hidden")) return findWord(name);
  if (table === undefined || table.kind === "hidden") return { kind: "unknown-section", name };
  if (dot < 0) return { kind: "section", table };
  const option = text.slice(dot + 1);
  const row = rowOf(table, option);
  return row === undefined ? { kind: "unknown-option", table, name: option } : { kind: "option", table, row };
}

/** A word that is no section: a code, or an option of whichever sections have it. */
function findWord(name: string): Topic {
  if (name === "findings") return { kind: "findings" };
  if (isCode(name)) return { kind: "code", code: name };
  // What sections share word for word is said once.
  const forms = new Map<string, { readonly tables: SectionTable[]; readonly row: OptionRow }>();
  for (const table of shownTables()) {
    const row = rowOf(table, name);
    if (row === undefined) continue;
    const form = forms.get(JSON.stringify(row));
    if (form === undefined) forms.set(JSON.stringify(row), { tables: [table], row });
    else form.tables.push(table);
  }
  return forms.size === 0 ? { kind: "unknown", name } : { kind: "options", options: [...forms.values()] };
}

function isCode(name: string): name is FindingCode {
  return Object.hasOwn(findingCodes, name);
}

/** The row of an option as it may be written: with its number, with `_N`, or with neither. */
function rowOf(table: SectionTable, written: string): OptionRow | undefined {
  const name = written.replace(/_n$/, "");
  const match = matchOption(table, name);
  return match === "number-missing" ? table.rows.find((one) => one.name === name) : match?.row;
}

/** Blanks at the end of a default can be seen only in quotes. */
function shownDefault(row: OptionRow): string | undefined {
  return row.default === undefined || row.default === row.default.trim() ? row.default : `"${row.default}"`;
}
