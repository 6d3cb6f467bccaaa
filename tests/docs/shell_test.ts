/**
 * The splitter of command lines and the reader of Markdown, on which the tests of our documents rest.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { readMarkdown } from "./markdown.ts";
import { programOf, splitCommands } from "./shell.ts";

const lines: readonly (readonly [script: string, commands: readonly (readonly string[])[]])[] = [
  ["", []],
  ["# only a remark\n", []],
  ["duoproxy check --config a.cfg", [["duoproxy", "check", "--config", "a.cfg"]]],
  ["a --x 1 | sudo sh\nb", [["a", "--x", "1"], ["sudo", "sh"], ["b"]]],
  ["a && b || c; d &", [["a"], ["b"], ["c"], ["d"]]],
  ["a >file 2>&1 <in >> log b", [["a", "b"]]],
  ["a \\\n  --long", [["a", "--long"]]],
  [`a 'two words' "and | these" b\\ c # not this`, [["a", "two words", "and | these", "b c"]]],
  ["a x#y", [["a", "x#y"]]],
];

for (const [script, commands] of lines) {
  Deno.test(`splitCommands() of ${JSON.stringify(script)}`, () => assertEquals(splitCommands(script), commands));
}

Deno.test("splitCommands() refuses a quote without end and a redirection without a file", () => {
  assertThrows(() => splitCommands("a 'b"), Error, "A quote has no end");
  assertThrows(() => splitCommands("a >"), Error, "No word where one is needed");
});

Deno.test("programOf() takes away sudo and the path", () => {
  assertEquals(programOf(["sudo", "/opt/duoauthproxy/bin/duoproxy", "check"]), ["duoproxy", "check"]);
});

Deno.test("readMarkdown() takes a document apart", () => {
  const document = readMarkdown([
    "# What's new, in `1.0`?",
    "See [the file](lib/a.ts) and `code`, not `[this](x)`.",
    "",
    "| a | b |",
    "|---|:-:|",
    "| `x \\| y` | 2 |",
    "| 3 | |",
    "",
    "1. A list:",
    "   ```ini",
    "   [main]",
    "     indented",
    "   ```",
    "````text",
    "```",
    "````",
  ].join("\n"));
  assertEquals(document, {
    blocks: [
      { language: "ini", text: "[main]\n  indented\n", line: 10 },
      { language: "text", text: "```\n", line: 14 },
    ],
    code: [
      { text: "1.0", line: 1 },
      { text: "code", line: 2 },
      { text: "[this](x)", line: 2 },
      { text: "x | y", line: 6 },
    ],
    tables: [{ head: ["a", "b"], rows: [["`x \\| y`", "2"], ["3", ""]], line: 4 }],
    links: [{ text: "lib/a.ts", line: 2 }],
    anchors: new Set(["whats-new-in-10"]),
  });
  assertThrows(() => readMarkdown("```sh\nls\n"), Error, "line 1");
});
