/**
 * Reads a section by its table: which rows are set, to what, and everything that is wrong with a single option.
 *
 * @module
 */

import type { Level, Place, Reporter } from "./diagnostics.ts";
import { type IniEntry, type IniSection, isOptionName } from "./ini.ts";
import { type Message, quoted, say } from "./message.ts";
import { distanceWithin, nearest } from "./nearest.ts";
import { findRow, matchOption, shownName, splitNumber, typesWithOption } from "./options.ts";
import type { OptionRow } from "./row.ts";
import type { SectionTable, Setting, Settings } from "./section.ts";
import { headerPlace, optionPlace, remarkHint, remarkIndex, valuePlace, withRemark } from "./settings.ts";

/**
 * Reads a section's entries by its table.
 *
 * @param unknownLevel what an option that nobody knows is, see `[main] unknown_options`.
 */
export function readSettings(
  section: IniSection,
  table: SectionTable,
  unknownLevel: Level,
  findings: Reporter,
): Settings {
  const set = new Map<string, Setting>();
  const empty = new Map<string, IniEntry>();
  for (const entry of section.entries) {
    const match = matchOption(table, entry.name);
    if (match === undefined) {
      reportUnknown(section, table, entry, unknownLevel, findings);
      continue;
    }
    const place = optionPlace(section, entry);
    if (match === "number-missing") {
      findings.error(
        "number-missing",
        place,
        `${entry.name} needs a number`,
        `Write ${entry.name}_1 for the first one, ${entry.name}_2 for the second`,
      );
      continue;
    }
    const before = set.get(match.key)?.entry ?? empty.get(match.key);
    if (before !== undefined) {
      // radius_ip_1 and radius_ip_01; names that are equal letter by letter have been reported by the reader.
      findings.error(
        "duplicate-option",
        place,
        `${entry.name} was already set in this section as ${before.name}, on line ${before.line}`,
        "Remove one of the two",
      );
      continue;
    }
    if (match.row.deprecated !== undefined) {
      findings.warning("deprecated", place, `${entry.name} is outdated`, match.row.deprecated);
    }
    if (entry.value === "") {
      empty.set(match.key, entry);
      reportEmpty(match.row, place, entry, findings);
      continue;
    }
    set.set(match.key, { ...match, entry, value: readEntry(match.row, section, entry, findings) });
  }
  const settings = { section, table, set, empty };
  for (const row of table.rows) requireRow(settings, row, findings);
  return settings;
}

function readEntry(row: OptionRow, section: IniSection, entry: IniEntry, findings: Reporter): unknown {
  const reading = row.read(entry.value);
  const place = valuePlace(section, entry);
  if (reading.kind === "wrong") {
    findings.error("wrong-value", place, say`${entry.name} ${reading.problem}`, withRemark(entry.value, reading.hint));
    return undefined;
  }
  // A file's name is reported when it is opened, with the same hint.
  if (row.type.kind !== "file" && remarkIndex(entry.value) !== undefined) {
    findings.warning(
      "inline-remark",
      place,
      `The value of ${entry.name} seems to end in a remark, which is taken as part of the value`,
      remarkHint,
    );
  }
  return reading.value;
}

function reportEmpty(row: OptionRow, place: Place, entry: IniEntry, findings: Reporter): void {
  if (row.required) return;
  const strict = row.type.kind === "boolean" || row.type.kind === "integer" || row.type.kind === "choice" ||
    row.type.kind === "list";
  if (!strict) return;
  const instead = row.default === undefined ? "it counts as absent" : `its default applies, ${row.default}`;
  findings.warning(
    "empty-value",
    place,
    `${entry.name} has no value, so ${instead}`,
    "Give it a value or remove the line",
  );
}

/** Reports a required row that is neither set itself nor through a variant such as `skey_file`. */
function requireRow(settings: Settings, row: OptionRow, findings: Reporter): void {
  if (!row.required) return;
  const { section, table, set, empty } = settings;
  const names = [row.name, ...table.rows.filter((one) => one.variantOf === row.name).map((one) => one.name)];
  // What is paired by number is required of each number, which is checked where the pairs are.
  if (row.numbered === "never") {
    if (names.some((name) => set.has(name))) return;
  } else {
    for (const setting of set.values()) if (names.includes(setting.row.name)) return;
  }
  const wanted = row.numbered === "always" ? `${row.name}_1` : row.name;
  // An empty option, or one that lacks its number, is what the finding should point to.
  const blank = names.map((name) => empty.get(row.numbered === "always" ? `${name}_1` : name)).find((one) =>
    one !== undefined
  );
  if (blank !== undefined) {
    findings.error("missing", optionPlace(section, blank), `${blank.name} has no value`, hintOf(row));
    return;
  }
  if (row.numbered === "always" && section.entries.some((entry) => names.includes(entry.name))) return;
  findings.error("missing", headerPlace(section, wanted), `[${section.name}] needs ${wanted}`, hintOf(row));
}

/** A row's doc as a hint: one sentence has no period at its end. */
function hintOf(row: OptionRow): string {
  return row.doc.includes(". ") ? row.doc : row.doc.replace(/\.$/, "");
}

function reportUnknown(
  section: IniSection,
  table: SectionTable,
  entry: IniEntry,
  level: Level,
  findings: Reporter,
): void {
  if (table.kind === "hidden") return;
  // It has been reported, and it may in truth be the rest of a secret.
  if (entry.swallowed) return;
  const decisive = misspeltDecisive(table, entry.name);
  const report = (text: Message, hint?: string): void => {
    const place = isOptionName(entry.name)
      ? optionPlace(section, entry)
      : { line: entry.line, column: entry.column, section: section.name };
    if (level === "error" || decisive !== undefined) findings.error("unknown-option", place, text, hint);
    else findings.warning("unknown-option", place, text, hint);
  };
  // What doesn't look like a name may be part of a secret: it is not shown.
  if (!isOptionName(entry.name)) {
    report(
      "What stands before the = or : on this line is no option's name",
      decisive === undefined
        ? "Names have letters, digits and _ only; check whether the line belongs to the value before it"
        : `Names have letters, digits and _ only; did you mean ${shownName(decisive)}?`,
    );
    return;
  }
  const near = nearestOption(table, entry.name);
  const elsewhere = typesWithOption(entry.name).filter((type) => type !== table.type);
  // An exact name of another section beats a guess, unless that name is itself an old misspelling of what is near.
  if (elsewhere.length > 0 && (near === undefined || !isOldSpelling(entry.name, near))) {
    const shown = elsewhere.slice(0, 3).map((type) => `[${type}]`).join(", ");
    findings.warning(
      "misplaced-option",
      optionPlace(section, entry),
      `${entry.name} has no effect in [${section.name}]`,
      `It belongs into ${shown}${elsewhere.length > 3 ? " and others" : ""}`,
    );
    return;
  }
  const split = splitNumber(entry.name);
  if (split !== undefined && findRow(table, split.base) !== undefined) {
    report(`${split.base} takes no number`, `Write ${split.base}`);
    return;
  }
  const meant = near ?? (decisive && shownName(decisive));
  report(
    say`There is no option ${quoted(entry.name)} in [${table.type}]`,
    meant === undefined ? `\`duoproxy explain ${table.type}\` lists the options` : `Did you mean ${meant}?`,
  );
}

/**
 * The option about in or out that a name may stand for. Nearness is taken widely here: which of these isn't set must not
 * depend on a letter.
 */
function misspeltDecisive(table: SectionTable, written: string): OptionRow | undefined {
  if (written.length > 64) return undefined;
  const name = written.replaceAll(/[^a-z0-9]/g, "").replace(/[0-9]+$/, "");
  return table.rows.find((row) => {
    if (!row.decisive) return false;
    const whole = row.name.replaceAll("_", "");
    return name.includes(whole) || (name.length >= 8 && whole.includes(name)) ||
      distanceWithin(name, whole, Math.max(3, Math.floor(whole.length / 3)));
  });
}

function isOldSpelling(name: string, near: string): boolean {
  return name === "delimeter" && near === "delimiter";
}

/** The option that a misspelt name most likely stands for, with its number. */
function nearestOption(table: SectionTable, name: string): string | undefined {
  const plain = table.rows.filter((row) => row.numbered !== "always").map((row) => row.name);
  const counted = table.rows.filter((row) => row.numbered !== "never").map((row) => row.name);
  const digits = /^(.*?)_?([0-9]{1,9})$/.exec(name);
  const base = digits?.[1];
  const near = base === undefined ? undefined : nearest(base, counted);
  if (near !== undefined) return `${near}_${Number(digits?.[2])}`;
  const whole = nearest(name, [...plain, ...counted.filter((one) => !plain.includes(one))]);
  return whole !== undefined && !plain.includes(whole) ? `${whole}_1` : whole;
}
