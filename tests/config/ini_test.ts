/**
 * The reader alone; what it reports is in the golden files.
 *
 * @module
 */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { Findings } from "../../lib/config/findings.ts";
import { type IniDocument, readIni, strip } from "../../lib/config/ini.ts";

function read(text: string): IniDocument {
  return readIni(text, new Findings("test.cfg"));
}

/** Names and values alone. */
function values(
  text: string,
): readonly (readonly [section: string, entries: readonly (readonly [string, string])[]])[] {
  return read(text).sections.map(({ name, entries }) => [name, entries.map((entry) => [entry.name, entry.value])]);
}

Deno.test("readIni() cuts at the first of = and :, and trims as Python does", () => {
  assertEquals(values("[A]\nKey = a = b : c\nother: x=y\nthird\u00a0=\u00a0\u3000z\u00a0\nfourth=\n"), [
    ["a", [["key", "a = b : c"], ["other", "x=y"], ["third", "z"], ["fourth", ""]]],
  ]);
});

Deno.test("readIni() joins deeper lines across blank lines and remarks", () => {
  assertEquals(values("[a]\nb=1\n 2\n\n  # no\n 3\nc=4\n"), [["a", [["b", "1\n2\n\n3"], ["c", "4"]]]]);
});

Deno.test("readIni() compares with the indentation of the option, not with the margin", () => {
  assertEquals(values("  [a]\n  b=1\n  c=2\n\t\t\tx\n d=3\n"), [["a", [["b", "1"], ["c", "2\nx"], ["d", "3"]]]]);
});

Deno.test("readIni() takes no other character for a line end", () => {
  assertEquals(values("[a]\nb=1\u2028c=2\u0085d\u000ce\n"), [["a", [["b", "1\u2028c=2\u0085d\u000ce"]]]]);
});

Deno.test("strip() removes what Python's str.strip() removes and nothing else", () => {
  assertEquals(strip("\u00a0\u2003\u3000\u001c\u0085 x\u200b\t\r\n\v\f"), "x\u200b");
  assertEquals(strip("\ufeffx"), "\ufeffx");
});

Deno.test("an entry's place leads back to its value", () => {
  const { lines, sections } = read("[a]\r\n  name :  some value \nother=\n");
  const [first, second] = sections[0]?.entries ?? [];
  assert(first !== undefined && second !== undefined);
  assertEquals(lines[first.line - 1]?.text.slice(first.valueStart, first.valueEnd), "some value");
  assertEquals([first.line, first.column, first.valueColumn], [2, 3, 11]);
  assertEquals([second.line, second.column, second.valueColumn, second.valueStart], [3, 1, 7, 6]);
});

Deno.test("the lines of a document give its text back, whatever it is", () => {
  const piece = fc.constantFrom(
    "\n",
    "\r",
    "\r\n",
    "[",
    "]",
    "=",
    ":",
    " ",
    "\t",
    "#",
    ";",
    "a",
    "main",
    "é",
    "😀",
    "\0",
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      assertEquals(read(text).lines.map((line) => line.text + line.end).join(""), text);
    }),
    { numRuns: 1000 },
  );
});

/** Counts the calls that look at characters while `action` runs, and the characters that searches pass over. */
function countWork(action: () => void): number {
  const { charCodeAt, indexOf } = String.prototype;
  let work = 0;
  String.prototype.charCodeAt = function (this: string, index: number): number {
    work++;
    return charCodeAt.call(this, index);
  };
  String.prototype.indexOf = function (this: string, search: string, position?: number): number {
    const found = indexOf.call(this, search, position);
    work += (found < 0 ? this.length : found) - (position ?? 0) + 1;
    return found;
  };
  try {
    action();
  } finally {
    String.prototype.charCodeAt = charCodeAt;
    String.prototype.indexOf = indexOf;
  }
  return work;
}

Deno.test("readIni() does work in proportion to the size", () => {
  const shapes: Readonly<Record<string, (size: number) => string>> = {
    sections: (size) => "[main]\n".repeat(size),
    "sections of several names": (size) => Array.from({ length: size }, (_, at) => `[ad_client${at}]\na=b\n`).join(""),
    "one long value": (size) => `[main]\na=${"x".repeat(size * 10)}`,
    "one long name": (size) => `[main]\n${"x".repeat(size * 10)}`,
    "one long header": (size) => `[${"x".repeat(size * 10)}`,
    "many headers without end": (size) => "[\n".repeat(size),
    "continued lines": (size) => `[main]\na=b\n${" c\n".repeat(size)}`,
    blanks: (size) => `[main]\na=b${" ".repeat(size * 10)}\n`,
    "carriage returns and one feed": (size) => `${"\r".repeat(size)}\n`,
    "the same option": (size) => `[main]\n${"a=b\n".repeat(size)}`,
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const text = shape(4000);
    assertLessOrEqual(countWork(() => read(text)), 12 * text.length + 1000, name);
  }
});
