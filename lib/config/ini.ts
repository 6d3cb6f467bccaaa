/**
 * The reader: text to a document of sections and entries, each with its place. It knows the syntax that the old proxy
 * took from Python's ConfigParser without interpolation, and no option.
 *
 * @module
 */

import type { Reporter } from "./diagnostics.ts";
import { named, quoted, say } from "./message.ts";

/** One line of the file as it is. */
export interface IniLine {
  readonly text: string;
  /** What ended it: `\n`, `\r\n`, `\r`, or nothing on the last line. */
  readonly end: string;
}

/** One `name = value`. */
export interface IniEntry {
  /** Lower-cased. */
  readonly name: string;
  /** Trimmed; lines that continue it are joined by `\n`. */
  readonly value: string;
  /** Line of the name, counted from 1; the value's first line is the same one. */
  readonly line: number;
  /** Last line that belongs to the value. */
  readonly lastLine: number;
  /** Where the name begins, in characters counted from 1. */
  readonly column: number;
  /** Where the value begins, or would begin. */
  readonly valueColumn: number;
  /** The value's place in the text of line `line`, as string indexes, the end not included. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** True if its indentation would have made it a part of the value before it, which has been reported. */
  readonly swallowed: boolean;
}

/** One `[name]` and what follows it. */
export interface IniSection {
  /** Lower-cased and trimmed. */
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly entries: readonly IniEntry[];
}

/** A whole file. `lines` joined with their ends give the text back, character for character. */
export interface IniDocument {
  readonly lines: readonly IniLine[];
  readonly sections: readonly IniSection[];
}

/**
 * True if a text may be shown as the name of an option: a line that is no option may be part of a secret, and its
 * beginning must not be taken for a name.
 */
export function isOptionName(text: string): boolean {
  return text.length <= 64 && /^[A-Za-z][A-Za-z0-9_]*$/.test(text);
}

/**
 * Reads a file's text. Everything wrong is reported and reading goes on behind it, so that one call names all there is.
 * Work is proportional to the text: each character is looked at a fixed number of times.
 */
export function readIni(text: string, findings: Reporter): IniDocument {
  const lines = splitLines(text);
  const reader = new Reader(findings);
  for (let index = 0; index < lines.length; index++) reader.take(lines[index]?.text ?? "", index + 1);
  return { lines, sections: reader.finish() };
}

/** Removes what Python's `str.strip()` removes: all Unicode white space, among it no-break spaces. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Index of the first character that isn't blank, or the text's length. */
function firstNonBlank(text: string): number {
  let index = 0;
  while (index < text.length && isBlank(text.charCodeAt(index))) index++;
  return index;
}

/** White space as Python's `str.isspace()` sees it. All of it lies in the basic plane. */
function isBlank(code: number): boolean {
  if (code === 0x20) return true;
  if (code < 0x20) return (code >= 0x09 && code <= 0x0d) || code >= 0x1c;
  if (code < 0x85) return false;
  return code === 0x85 || code === 0xa0 || code === 0x1680 || (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000;
}

/** Cuts text at LF, CRLF and CR, in any mixture. No line follows an end that is the text's last character. */
function splitLines(text: string): readonly IniLine[] {
  const lines: IniLine[] = [];
  let start = 0;
  // Each is searched anew only once it lies behind, so that the whole costs two passes.
  let feed = text.indexOf("\n");
  let carriage = text.indexOf("\r");
  while (start < text.length) {
    if (feed >= 0 && feed < start) feed = text.indexOf("\n", start);
    if (carriage >= 0 && carriage < start) carriage = text.indexOf("\r", start);
    if (feed < 0 && carriage < 0) {
      lines.push({ text: text.slice(start), end: "" });
      break;
    }
    const at = feed < 0 ? carriage : carriage < 0 ? feed : Math.min(feed, carriage);
    const end = at === carriage ? (feed === at + 1 ? "\r\n" : "\r") : "\n";
    lines.push({ text: text.slice(start, at), end });
    start = at + end.length;
  }
  return lines;
}

/** Number of characters (code points) in `text` before `index`. */
function charactersBefore(text: string, index: number): number {
  let count = 0;
  for (let at = 0; at < index; at++) {
    const code = text.charCodeAt(at);
    // The second half of a pair doesn't count.
    if (code < 0xdc00 || code > 0xdfff) count++;
  }
  return count;
}

/** An entry that may still grow by continuing lines. */
interface OpenEntry {
  readonly entry: IniEntry;
  /** The value's lines, blank ones between them included. */
  readonly parts: string[];
  readonly indent: number;
  lastLine: number;
}

/** A section that still takes entries. */
interface OpenSection {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly entries: IniEntry[];
  /** Line of each name's first entry. */
  readonly names: Map<string, number>;
}

class Reader {
  readonly #findings: Reporter;
  readonly #sections: OpenSection[] = [];
  readonly #names = new Map<string, number>();
  #section: OpenSection | undefined;
  #open: OpenEntry | undefined;
  #strayReported = false;

  constructor(findings: Reporter) {
    this.#findings = findings;
  }

  take(text: string, line: number): void {
    const indent = firstNonBlank(text);
    if (indent === text.length) {
      // A blank line belongs to a value that goes on behind it.
      this.#open?.parts.push("");
      return;
    }
    const first = text[indent];
    if (first === "#" || first === ";") return;
    if (this.#open !== undefined && indent > this.#open.indent) this.#continue(this.#open, text, indent, line);
    else if (first === "[") this.#header(text, indent, line);
    else this.#entry(text, indent, line);
  }

  finish(): readonly IniSection[] {
    this.#close();
    return this.#sections;
  }

  /** A line that is indented deeper than the option before it. */
  #continue(open: OpenEntry, text: string, indent: number, line: number): void {
    const place = { ...this.#place(line, indent + 1), option: open.entry.name };
    const hint = "Begin the line no deeper than the line of the option before it";
    const header = text[indent] === "[" && text.includes("]", indent);
    const split = separatorIndex(text, indent);
    if (header || (split >= 0 && isOptionName(strip(text.slice(indent, split))))) {
      // The old proxy would have made it part of the value. It is an error, and read as what it was meant to be, so
      // that what follows from the mistake isn't reported as well.
      const what = header ? "a section header" : "an option";
      this.#findings.error(
        "swallowed-line",
        place,
        say`This line looks like ${what}, but its indentation makes it part of the value of ${named(open.entry.name)}`,
        hint,
      );
      if (header) this.#header(text, indent, line);
      else this.#entry(text, indent, line, open);
      return;
    }
    this.#findings.warning(
      "continued-line",
      place,
      say`This line is joined to the value of ${
        named(open.entry.name)
      } on line ${open.entry.line}, for it is indented deeper`,
      hint,
    );
    open.parts.push(strip(text.slice(indent)));
    open.lastLine = line;
  }

  #header(text: string, indent: number, line: number): void {
    this.#close();
    const closing = text.indexOf("]", indent);
    const name = closing < 0 ? "" : strip(text.slice(indent + 1, closing)).toLowerCase();
    const column = indent + 1;
    if (name === "") {
      const message = closing < 0 ? "The section header has no closing bracket" : "The section header has no name";
      this.#findings.error("bad-header", { line, column }, message, "Write [name] alone on the line");
      // What follows belongs to a section nobody can name: read on, but say nothing about it.
      this.#section = { name: "", line, column, entries: [], names: new Map() };
      return;
    }
    const place = { line, column, section: name };
    const rest = closing + 1 + firstNonBlank(text.slice(closing + 1));
    if (rest < text.length) {
      this.#findings.warning(
        "text-after-header",
        { ...place, column: charactersBefore(text, rest) + 1 },
        "Text after a header's closing bracket is ignored",
        "Put remarks and options on lines of their own",
      );
    }
    const before = this.#names.get(name);
    if (before !== undefined) {
      this.#findings.error(
        "duplicate-section",
        place,
        say`There is already a section ${quoted(name)} on line ${before}`,
        "Give the second one a number, as in [radius_server_auto2], or join the two",
      );
    }
    this.#section = { name, line, column, entries: [], names: new Map() };
    if (before === undefined) {
      this.#names.set(name, line);
      this.#sections.push(this.#section);
    }
  }

  #entry(text: string, indent: number, line: number, swallowedBy?: OpenEntry): void {
    this.#close();
    const split = separatorIndex(text, indent);
    const written = split < 0 ? "" : strip(text.slice(indent, split));
    const place = this.#place(line, indent + 1);
    if (written === "") {
      // The text is not shown: it may be a secret that lost its name.
      this.#findings.error(
        "not-an-option",
        place,
        split < 0
          ? "This line is no section header, no option and no remark: there is no = or : in it"
          : "There is no option name before the = or :",
        "Write name=value, or begin the line with # to make it a remark",
      );
      return;
    }
    const name = written.toLowerCase();
    const section = this.#section;
    if (section === undefined) {
      if (!this.#strayReported) {
        this.#findings.error(
          "before-first-section",
          place,
          "This option stands before the first section header",
          "Begin the file with a section, such as [main]",
        );
      }
      this.#strayReported = true;
      return;
    }
    const valueStart = Math.min(split + 1 + firstNonBlank(text.slice(split + 1)), text.length);
    const value = strip(text.slice(valueStart));
    const entry: IniEntry = {
      name,
      value,
      line,
      lastLine: line,
      column: indent + 1,
      valueColumn: charactersBefore(text, valueStart) + 1,
      valueStart,
      valueEnd: valueStart + value.length,
      swallowed: swallowedBy !== undefined,
    };
    this.#open = { entry, parts: [value], indent: swallowedBy?.indent ?? indent, lastLine: line };
    const before = section.names.get(name);
    if (before === undefined) {
      section.names.set(name, line);
    } else {
      const shown = isOptionName(name) ? named(name) : "This option";
      this.#findings.error(
        "duplicate-option",
        isOptionName(name) ? { ...place, option: name } : place,
        say`${shown} was already set in this section, on line ${before}`,
        "Remove one of the two",
      );
    }
  }

  /** Files the open entry with its section, its lines joined. The second of two with one name is left out. */
  #close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined || this.#section === undefined) return;
    if (this.#section.names.get(open.entry.name) !== open.entry.line) return;
    const value = open.parts.length === 1 ? open.entry.value : strip(open.parts.join("\n"));
    this.#section.entries.push({ ...open.entry, value, lastLine: open.lastLine });
  }

  #place(line: number, column: number): { line: number; column: number; section?: string } {
    const name = this.#section?.name;
    return name === undefined || name === "" ? { line, column } : { line, column, section: name };
  }
}

/** Index of the first `=` or `:` from `start`, -1 if there is none. */
function separatorIndex(text: string, start: number): number {
  const equals = text.indexOf("=", start);
  const colon = text.indexOf(":", start);
  if (equals < 0 || colon < 0) return Math.max(equals, colon);
  return Math.min(equals, colon);
}
