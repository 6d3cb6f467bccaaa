/**
 * A whole configuration file with its secrets protected, and every other octet as it was.
 *
 * @module
 */

import { concat } from "@std/bytes";
import { Findings } from "./findings.ts";
import { decodeText } from "./encoding.ts";
import { type IniDocument, type IniEntry, type IniSection, isOptionName, readIni, strip } from "./ini.ts";
import { nearest } from "./nearest.ts";
import { findRow, matchOption, sectionTables, splitNumber, tableFor } from "./options.ts";
import { protectedForm } from "./protected.ts";
import type { SectionTable } from "./section.ts";

/** A line that seems to hold a secret and was not touched. */
export interface Leftover {
  /** Counted from 1. */
  readonly line: number;
  /** `remark`: commented-out lines stay as they are. `option`: it is no option that has a protected form. */
  readonly kind: "remark" | "option";
}

/** What protecting a file came to. */
export type ProtectedFile =
  | {
    readonly kind: "protected";
    /** The file in its own encoding, with its own line ends. */
    readonly bytes: Uint8Array;
    /** How many secrets were protected. */
    readonly count: number;
    /** In the file's order. */
    readonly leftovers: readonly Leftover[];
  }
  /** The file is no text that can be read; `problem` continues a sentence that begins with the file's name. */
  | { readonly kind: "unreadable"; readonly problem: string };

/** Text that takes the place of what stood from `from` up to `to`, as indexes of the file's text. Plain ASCII. */
interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Replaces each `skey=...` by `skey_protected=...`, and so on for all secrets in plain. Values that are protected, or
 * empty, or commented out stay. A value that goes on over several lines becomes one.
 *
 * @param seal protects one secret; its result must be ASCII.
 */
export function protectFile(bytes: Uint8Array, seal: (secret: string) => string): ProtectedFile {
  const decoded = decodeText(bytes);
  if (decoded.kind === "wide") return { kind: "unreadable", problem: `is in ${decoded.encoding}: save it as UTF-8` };
  const { text, encoding, byteOrderMark } = decoded;
  if (text.includes("\0")) return { kind: "unreadable", problem: "holds a NUL byte, so it is damaged or no text" };
  const document = readIni(text, new Findings(""));
  const starts = lineStarts(document);
  const replacements: Replacement[] = [];
  const handled = new Set<number>();
  let count = 0;
  for (const section of document.sections) {
    const table = tableFor(section.name);
    if (table === undefined) continue;
    for (const entry of section.entries) {
      const insertion = insertionOf(section, table, entry);
      if (insertion === undefined) continue;
      count++;
      replacements.push(...replaceEntry(document, starts, entry, insertion, seal(entry.value)));
      for (let line = entry.line; line <= entry.lastLine; line++) handled.add(line);
    }
  }
  replacements.sort((a, b) => a.from - b.from);
  const mark = byteOrderMark ? bytes.subarray(0, 3) : new Uint8Array();
  const original = (from: number, to: number): Uint8Array =>
    // Windows-1252 has one octet a character.
    encoding === "utf-8" ? new TextEncoder().encode(text.slice(from, to)) : bytes.subarray(from, to);
  return {
    kind: "protected",
    bytes: concat([mark, ...rewrite(text.length, replacements, original)]),
    count,
    leftovers: findLeftovers(document, handled),
  };
}

/** Index of each line's first character in the text. */
function lineStarts({ lines }: IniDocument): readonly number[] {
  let start = 0;
  return lines.map(({ text, end }) => {
    const own = start;
    start += text.length + end.length;
    return own;
  });
}

/** Where in its name an option with a plain secret gets its `_protected`; undefined for everything else. */
function insertionOf(section: IniSection, table: SectionTable, entry: IniEntry): number | undefined {
  const match = matchOption(table, entry.name);
  if (match === undefined || match === "number-missing" || entry.value === "") return undefined;
  const { row, number } = match;
  if (row.type.kind !== "secret" && row.type.kind !== "secret-key") return undefined;
  if (findRow(table, `${row.name}_protected`) === undefined) return undefined;
  const key = `${row.name}_protected${number === undefined ? "" : `_${number}`}`;
  const taken = section.entries.some((other) => {
    const found = matchOption(table, other.name);
    return typeof found === "object" && found.key === key;
  });
  // Both at once is an error in any case; a second option of the name would hide which.
  return taken ? undefined : row.name.length;
}

function replaceEntry(
  { lines }: IniDocument,
  starts: readonly number[],
  entry: IniEntry,
  insertion: number,
  value: string,
): readonly Replacement[] {
  const start = starts[entry.line - 1] ?? 0;
  const name = start + entry.column - 1 + insertion;
  const replacements: Replacement[] = [
    { from: name, to: name, text: "_protected" },
    { from: start + entry.valueStart, to: start + entry.valueEnd, text: value },
  ];
  for (let index = entry.line; index < entry.lastLine; index++) {
    const line = lines[index];
    const from = starts[index];
    if (line === undefined || from === undefined || isRemarkOrBlank(line.text)) continue;
    replacements.push({ from, to: from + line.text.length + line.end.length, text: "" });
  }
  return replacements;
}

function* rewrite(
  length: number,
  replacements: readonly Replacement[],
  original: (from: number, to: number) => Uint8Array,
): Generator<Uint8Array> {
  let at = 0;
  for (const { from, to, text } of replacements) {
    yield original(at, from);
    yield new TextEncoder().encode(text);
    at = to;
  }
  yield original(at, length);
}

function isRemarkOrBlank(text: string): boolean {
  const stripped = strip(text);
  return stripped === "" || stripped.startsWith("#") || stripped.startsWith(";");
}

/** Names of all secrets, as rows have them. */
const secretNames: readonly string[] = [
  ...new Set(
    sectionTables.flatMap(({ rows }) => rows.filter(({ type }) => type.kind.startsWith("secret"))).map((row) =>
      row.name
    ),
  ),
];

function findLeftovers({ lines, sections }: IniDocument, handled: ReadonlySet<number>): readonly Leftover[] {
  const known = new Set<number>();
  for (const section of sections) {
    const table = tableFor(section.name);
    for (const entry of section.entries) {
      const match = table && matchOption(table, entry.name);
      if (typeof match !== "object") continue;
      const plain = match.row.type.kind === "secret" || match.row.type.kind === "secret-key";
      if (!plain || entry.value === "") known.add(entry.line);
    }
  }
  return lines.flatMap(({ text }, index): Leftover[] => {
    const line = index + 1;
    const stripped = strip(text);
    if (isRemarkOrBlank(text)) {
      return seemsSecret(stripped.replace(/^[#;\s]+/, ""), /^(\w+)\s*[=:]\s*(.*)$/s) ? [{ line, kind: "remark" }] : [];
    }
    if (handled.has(line)) return [];
    // Other options may hold the secret key by mistake; their names are all right.
    const form = known.has(line) || stripped.startsWith("[") ? undefined : /^(\w+)[\s=:]+(.*)$/s;
    return seemsSecret(stripped, form) ? [{ line, kind: "option" }] : [];
  });
}

/** True for an option that holds what protects a secret, in whichever section: its base64 may look like a key. */
function isProtected(line: string): boolean {
  const [, name = "", value = ""] = /^([^=:]*)[=:](.*)$/s.exec(line) ?? [];
  const base = strip(name).toLowerCase().replace(/_[0-9]{1,9}$/, "");
  return base.endsWith("_protected") && protectedForm(strip(value)).kind !== "none";
}

/**
 * True for a line with Duo's secret key in it, or whose name is like that of a secret.
 *
 * @param form takes name and value apart; undefined: the name doesn't matter.
 */
function seemsSecret(line: string, form: RegExp | undefined): boolean {
  if (isProtected(line)) return false;
  if (/(?<![A-Za-z0-9])[A-Za-z0-9]{40}(?![A-Za-z0-9])/.test(line)) return true;
  const [, written = "", rest = ""] = form?.exec(line) ?? [];
  if (rest === "" || !isOptionName(written)) return false;
  const name = written.toLowerCase();
  const base = splitNumber(name)?.base ?? name;
  if (base.endsWith("_file") || base.endsWith("_protected")) return false;
  return nearest(base, secretNames) !== undefined;
}
