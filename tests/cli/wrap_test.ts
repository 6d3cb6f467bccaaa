/**
 * Help texts fit the width and lose no word.
 *
 * @module
 */

import fc from "fast-check";
import { columns, hang, textWidth, wrap } from "../../lib/cli/wrap.ts";
import { assert, assertEquals } from "@std/assert";

Deno.test("wrap() breaks at blanks, keeps paragraphs and leaves indented lines alone", () => {
  assertEquals(wrap("one two three four", 9), "one two\nthree\nfour");
  assertEquals(wrap("one\ntwo\n\nthree", 80), "one two\n\nthree");
  assertEquals(
    wrap("see:\n  duoproxy check --config FILE\nand more", 12),
    "see:\n  duoproxy check --config FILE\nand more",
  );
  assertEquals(wrap("one two", 7, "  "), "  one\n  two");
  assertEquals(wrap("unbreakable x", 5), "unbreakable\nx");
});

Deno.test("wrap() keeps every word, and no line of more than one word is too wide", () => {
  const text = fc.array(fc.stringMatching(/^[a-z]{1,15}$/), { maxLength: 40 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 60 }), (words, width) => {
      const wrapped = wrap(words, width);
      assertEquals(wrapped.replaceAll("\n", " "), words);
      for (const line of wrapped.split("\n")) assert(line.length <= width || !line.includes(" "), line);
    }),
    { seed: 7 },
  );
});

Deno.test("columns() aligns texts, and sets a term that is too wide on a line of its own", () => {
  assertEquals(
    columns([["a", "first text here"], ["bc", "second"]], 16),
    "  a   first text\n      here\n  bc  second",
  );
  assertEquals(columns([["long-term", "text"], ["b", "more"]], 15), "  long-term\n       text\n  b    more");
});

Deno.test("textWidth() follows the terminal between 40 and 100", () => {
  assertEquals([10, 80, 400].map(textWidth), [40, 80, 100]);
});

Deno.test("hang() keeps the head whole, and indents what follows the first line", () => {
  assertEquals(hang("a.cfg:1:1:", "one two three four", 20, "  "), "a.cfg:1:1: one two\n  three four");
  assertEquals(hang("/a/very/long/file:1:1:", "one two", 12, "    "), "/a/very/long/file:1:1:\n    one two");
  assertEquals(hang("a:", "verylongwordwithoutblanks x", 10, "  "), "a: verylongwordwithoutblanks\n  x");
  assertEquals(hang("a:", "as wide as it likes", Infinity, "  "), "a: as wide as it likes");
});
