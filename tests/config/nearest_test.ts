/**
 * "Did you mean".
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { nearest } from "../../lib/config/nearest.ts";

Deno.test("nearest() finds the nearest word within 3 letters and half the word", () => {
  const words = ["failmode", "factors", "port", "ikey", "skey"];
  const cases: readonly (readonly [word: string, expected: string | undefined])[] = [
    ["failmod", "failmode"],
    ["FAIL_MODE", "failmode"],
    ["faelmde", "failmode"],
    ["fxxxmode", "failmode"],
    ["fxxxxode", undefined],
    ["pot", "port"],
    ["key", "ikey"],
    ["xy", undefined],
    ["x", undefined],
    ["", undefined],
    ["a".repeat(1_000_000), undefined],
  ];
  for (const [word, expected] of cases) assertEquals(nearest(word, words), expected, word.slice(0, 20));
});
