/**
 * A configuration file with everything taken out that is or might be a secret.
 *
 * It works by what may be shown, not by what may not: names that stand in the option tables, and values that are what their
 * option takes. Remarks, unknown options, lines that are none, and lines that continue a value are masked, for secrets are
 * commented out, misspelt, or broken over lines.
 *
 * @module
 */

import { Findings } from "../config/findings.ts";
import { decodeText } from "../config/encoding.ts";
import { readIni, strip } from "../config/ini.ts";
import { nearest } from "../config/nearest.ts";
import { matchOption, sectionTables, splitNumber, tableFor } from "../config/options.ts";
import type { OptionRow } from "../config/row.ts";
import type { SectionTable } from "../config/section.ts";
import { maskedValue } from "../config/secrets.ts";
import { remarkIndex } from "../config/settings.ts";
import { Hidden, maskTokens, mentionsSecret } from "../config/mask.ts";
import { visibleText } from "../text.ts";

/** A configuration file as it may be shown. */
export type Redacted =
  | {
    readonly kind: "redacted";
    /** One text for each line of the file. */
    readonly lines: readonly string[];
    /** What was taken out, so that it can be taken out of other texts too. */
    readonly hidden: Hidden;
  }
  /** `problem` continues a sentence that begins with the file's name. */
  | { readonly kind: "unreadable"; readonly problem: string };

/** No value is longer than this and still worth showing. In characters. */
const longestValue = 1_000;

/** A line to be shown: a part that is safe, and a value that must be looked through once all secrets are known. */
interface Line {
  readonly safe: string;
  readonly free: string;
}

/**
 * Masks a configuration file.
 *
 * @param secrets texts that must not be shown wherever they stand, such as what secret files hold.
 */
export function redactConfig(bytes: Uint8Array, secrets: readonly string[] = []): Redacted {
  const decoded = decodeText(bytes);
  if (decoded.kind === "wide") return { kind: "unreadable", problem: `is in ${decoded.encoding}` };
  const hidden = new Hidden();
  for (const secret of secrets) hideValue(hidden, secret);
  const redactor = new Redactor(hidden);
  const lines = readIni(decoded.text, new Findings("")).lines.map(({ text }) => redactor.take(text));
  return { kind: "redacted", lines: lines.map(({ safe, free }) => safe + hidden.remove(free)), hidden };
}

/** Remembers a value and each of its lines. */
function hideValue(hidden: Hidden, value: string): void {
  hidden.add(value);
  for (const line of value.split(/[\r\n]+/)) hidden.add(line);
}

/** Remembers a line that is no option: all of it, and what may be a value in it. */
function hideLine(hidden: Hidden, line: string): void {
  hidden.add(line);
  const [, name, value] = /^([^=:]*)[=:](.*)$/s.exec(line) ?? [];
  if (value !== undefined) hidden.add(value);
  // A misspelt name is none of the secrets, but what stands in a name's place may be one.
  if (name !== undefined && nearestName(strip(name).toLowerCase(), undefined) === undefined) hidden.add(name);
  const [first = "", ...rest] = line.split(/\s+/);
  if (mentionsSecret(first) || nearestName(first.toLowerCase(), undefined) !== undefined) hidden.add(rest.join(" "));
  if (!mentionsSecret(line)) return;
  // In a sentence, what is not a plain word.
  for (const word of rest) if (/[^A-Za-z.,;:()"'-]/.test(word)) hidden.add(word);
}

/** Goes through a file from top to bottom. */
class Redactor {
  readonly #hidden: Hidden;
  #table: SectionTable | undefined;
  /** Indentation of the option that a deeper line would continue; undefined: there is none. */
  #indent: number | undefined;

  constructor(hidden: Hidden) {
    this.#hidden = hidden;
  }

  take(text: string): Line {
    const stripped = strip(text);
    if (stripped === "") return shown("");
    if (stripped.startsWith("#") || stripped.startsWith(";")) return this.#remark(stripped);
    if (stripped.startsWith("[") && stripped.includes("]")) return this.#header(stripped);
    const indent = text.indexOf(stripped.charAt(0));
    const deeper = this.#indent !== undefined && indent > this.#indent;
    const option = takeApart(stripped, this.#table);
    if (option?.row !== undefined) {
      if (!deeper) this.#indent = indent;
      return this.#option(option, option.row);
    }
    if (deeper) return this.#masked(stripped);
    this.#indent = indent;
    if (option === undefined) return this.#masked(stripped);
    hideValue(this.#hidden, option.value);
    hideLine(this.#hidden, stripped);
    const near = nearestName(option.name, this.#table);
    return shown(
      `${maskedValue} = ${maskedValue}   (no option of this section${near === undefined ? "" : `, like ${near}`})`,
    );
  }

  #masked(text: string): Line {
    hideLine(this.#hidden, text);
    return shown(maskedValue);
  }

  /** Only what is clearly a commented-out option is shown, and of its value only what can hold no words. */
  #remark(stripped: string): Line {
    const content = strip(stripped.replace(/^[#;\s]+/, ""));
    if (content === "") return shown("#");
    const header = /^\[([^\]]*)\]$/.exec(content)?.[1];
    if (header !== undefined && sectionName(header) !== undefined) return shown(`# [${sectionName(header)}]`);
    const option = takeApart(content, undefined);
    if (option?.row === undefined) {
      hideLine(this.#hidden, content);
      return shown(`# ${maskedValue}`);
    }
    const head = `# ${option.key} =`;
    if (option.value === "") return shown(head);
    if (judge(option.row, option.value) === "safe") return shown(`${head} ${visibleText(option.value)}`);
    hideValue(this.#hidden, option.value);
    return shown(`${head} ${maskedValue}`);
  }

  #header(stripped: string): Line {
    this.#indent = undefined;
    const closing = stripped.indexOf("]");
    const written = stripped.slice(1, closing);
    const rest = stripped.slice(closing + 1);
    const name = sectionName(written);
    this.#table = name === undefined ? undefined : tableFor(name);
    if (name === undefined) hideValue(this.#hidden, written);
    if (strip(rest) !== "") hideLine(this.#hidden, strip(rest));
    return shown(`[${name ?? maskedValue}]${strip(rest) === "" ? "" : ` ${maskedValue}`}`);
  }

  #option({ key, value }: Option, row: OptionRow): Line {
    const head = `${key} =`;
    if (value === "") return shown(head);
    const judgement = judge(row, value);
    if (judgement === "safe") return shown(`${head} ${visibleText(value)}`);
    if (judgement === "masked") {
      hideValue(this.#hidden, value);
      return shown(`${head} ${maskedValue}`);
    }
    const remark = remarkIndex(value);
    if (remark !== undefined) hideLine(this.#hidden, strip(value.slice(remark)));
    const plain = remark === undefined ? value : `${strip(value.slice(0, remark))} ${maskedValue}`;
    return { safe: `${head} `, free: maskTokens(visibleText(plain)) };
  }
}

/** A line with a separator in it. */
interface Option {
  /** Lower-cased. */
  readonly name: string;
  /** As the tables spell it, with its number. */
  readonly key: string;
  readonly value: string;
  /** Undefined if no section has such an option. */
  readonly row: OptionRow | undefined;
}

function takeApart(line: string, table: SectionTable | undefined): Option | undefined {
  const split = /[=:]/.exec(line)?.index;
  if (split === undefined) return undefined;
  const name = strip(line.slice(0, split)).toLowerCase();
  const value = strip(line.slice(split + 1));
  // An option that stands in the wrong section is shown as in its own.
  for (const one of table === undefined ? sectionTables : [table, ...sectionTables]) {
    const match = matchOption(one, name);
    if (match === undefined) continue;
    if (match !== "number-missing") return { name, key: match.key, value, row: match.row };
    const row = one.rows.find((candidate) => candidate.name === name);
    if (row !== undefined) return { name, key: name, value, row };
  }
  return { name, key: maskedValue, value, row: undefined };
}

/**
 * What may be shown of a value: `safe` all of it, for its option takes no words; `free` what is left when it has been
 * looked through; `masked` nothing.
 */
function judge(row: OptionRow, value: string): "safe" | "free" | "masked" {
  if (row.secret || value.length > longestValue || row.read(value).kind === "wrong") return "masked";
  switch (row.type.kind) {
    case "secret":
    case "secret-key":
    case "protected":
      return "masked";
    case "section":
      return sectionName(value) === undefined ? "masked" : "safe";
    case "file":
      // Where the name of a secret's file is expected, the secret itself is given now and then.
      return row.type.content === "secret" || mentionsSecret(value) ? "masked" : "free";
    case "text":
    case "directory":
    case "host":
    case "api-host":
      return mentionsSecret(value) ? "masked" : "free";
    default:
      return "safe";
  }
}

/** A section's name as it may be shown; undefined if there is no such type. */
export function sectionName(written: string): string | undefined {
  const name = strip(written).toLowerCase();
  const table = tableFor(name);
  return table !== undefined && name.length - table.type.length <= 4 ? name : undefined;
}

/** An option's name as it may be shown; undefined if no section has it. */
export function optionName(written: string): string | undefined {
  const option = takeApart(`${written}=`, undefined);
  return option?.row === undefined ? undefined : option.key;
}

function nearestName(name: string, table: SectionTable | undefined): string | undefined {
  const rows = table?.rows ?? sectionTables.flatMap((one) => one.rows);
  const base = splitNumber(name)?.base ?? name.replace(/[0-9]{1,9}$/, "");
  return nearest(base, rows.map((row) => row.name));
}

function shown(safe: string): Line {
  return { safe, free: "" };
}
