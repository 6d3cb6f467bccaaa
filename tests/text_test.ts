/**
 * What texts may hold.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { holdsControl, holdsInvisible, plainText, trimBlanks, visibleText } from "../lib/text.ts";

Deno.test("plainText() keeps one line of what can be seen", () => {
  assertEquals(plainText("a\r\nb\tc\u2028d"), "a b c d");
  assertEquals(plainText("\u202eabc\u202c\u200b\ufeff\0\u0007\u009b"), "abc");
  assertEquals(plainText("Zürich 東京 😀"), "Zürich 東京 😀");
});

Deno.test("trimBlanks() takes white space off, and no byte order mark", () => {
  assertEquals(trimBlanks(" \u00a0\u3000a b\t\n"), "a b");
  assertEquals(trimBlanks("\ufeff "), "\ufeff");
});

Deno.test("control and format characters are told apart from letters", () => {
  assertEquals(["\0", "\n", "\u0085"].map(holdsControl), [true, true, true]);
  assertEquals(["\u200d", "\ufeff", "a"].map(holdsControl), [false, false, false]);
  assertEquals(["\0", "\u200d", "\ufeff", "\u00ad", "ü", " "].map(holdsInvisible), [
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("visibleText() keeps a text on one line", () => {
  assertEquals(visibleText("a\nb\x1b[31m\u2028c\u202ed"), "a?b?[31m?c?d");
});
