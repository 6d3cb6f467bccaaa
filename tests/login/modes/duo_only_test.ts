/**
 * What the field of a duo_only section comes to.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { TypedFactor } from "../../../lib/duo/factor.ts";
import { readDuoOnly, type UnmatchedText } from "../../../lib/login/modes/duo_only.ts";

const quiet: UnmatchedText = { setting: "reject", fromBrowser: false };

function read(field: string, unmatched: UnmatchedText = quiet): TypedFactor | undefined {
  const reading = readDuoOnly(field, unmatched);
  return reading.kind === "readings" ? reading.readings[0].factor : undefined;
}

const push: TypedFactor = { kind: "word", factor: "push", number: null };
const auto: TypedFactor = { kind: "auto" };
const yubikey = "cccccccbcjdifctrndncchkftchjlnbhvhtugdljibej";

const fields: readonly (readonly [field: string, meaning: TypedFactor | undefined])[] = [
  ["", auto],
  ["auto", auto],
  ["push", push],
  ["1234", { kind: "passcode", code: "1234" }],
  ["hunter2,push", push],
  ["a,b,PUSH ", push],
  ["hunter2,auto", auto],
  ["hunter2,123 456", { kind: "passcode", code: "123456" }],
  [",123456", { kind: "passcode", code: "123456" }],
  [`hunter2,${yubikey}`, { kind: "passcode", code: yubikey }],
  ["Summer,2024", undefined],
  ["Summer,20245", undefined],
  ["hunter2,", undefined],
  ["hunter2,  ", undefined],
  ["123456,", undefined],
  ["push,", undefined],
  [",", undefined],
  ["push,hunter2", undefined],
  ["123", undefined],
  ["12345678901234567", undefined],
  ["hunter2,12345678901234567", undefined],
  ["\ufeff", undefined],
  ["\ufeffpush", undefined],
  ["hunter2,\ufeff", undefined],
];

for (const [field, meaning] of fields) {
  Deno.test(`duo_only takes ${JSON.stringify(field)} for ${meaning?.kind ?? "no factor"}`, () => {
    assertEquals(read(field), meaning);
  });
}

Deno.test("unmatched_text decides about text that is no factor, and about nothing else", () => {
  for (const fromBrowser of [true, false]) {
    assertEquals(read("hunter2", { setting: "auto", fromBrowser }), auto);
    assertEquals(read("hunter2,", { setting: "auto", fromBrowser }), auto);
    assertEquals(read("hunter2", { setting: "reject", fromBrowser }), undefined);
    assertEquals(read("hunter2", { setting: "browser", fromBrowser }), fromBrowser ? auto : undefined);
    for (const setting of ["auto", "browser", "reject"] as const) {
      assertEquals(read("x,push", { setting, fromBrowser }), push);
      assertEquals(read("\ufeff", { setting, fromBrowser }), undefined, "nothing that somebody typed");
    }
  }
});
