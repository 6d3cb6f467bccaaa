/**
 * What the field of an auto section comes to.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type FieldOptions, readAuto } from "../../../lib/login/modes/auto.ts";

const comma: FieldOptions = { allowConcat: true, delimiter: ",", delimitedPasswordLength: 0 };
const eight: FieldOptions = { allowConcat: true, delimiter: ",", delimitedPasswordLength: 8 };

/** The readings as `password > factor`; `-` where the section's list decides. */
function read(field: string, options: FieldOptions): readonly string[] {
  const read = readAuto(field, options);
  if (read.kind !== "readings") return [];
  return read.readings.map(({ password, factor }) => {
    const name = factor === undefined
      ? "-"
      : factor.kind === "word"
      ? `${factor.factor}${factor.number ?? ""}`
      : factor.kind === "passcode"
      ? factor.code
      : factor.kind;
    return `${password} > ${name}`;
  });
}

const fields: readonly (readonly [field: string, options: FieldOptions, readings: readonly string[]])[] = [
  ["hunter2", comma, ["hunter2 > -"]],
  ["hunter2,push2", comma, ["hunter2 > push2", "hunter2,push2 > -"]],
  ["hunter2,123456", comma, ["hunter2 > 123456", "hunter2,123456 > -"]],
  ["hunter2,auto", comma, ["hunter2 > auto", "hunter2,auto > -"]],
  ["hunter2,", comma, ["hunter2 > -", "hunter2, > -"]],
  ["Summer,2024", comma, ["Summer,2024 > -"]],
  ["Summer,20245", comma, ["Summer,20245 > -"]],
  ["pass,word", comma, ["pass,word > -"]],
  ["hunter2,\ufeff", comma, ["hunter2,\ufeff > -"]],
  ["12345678", eight, ["12345678 > -"]],
  ["12345678push", eight, ["12345678 > push", "12345678push > -"]],
  ["Summer,12024", eight, ["Summer,12024 > -"]],
];

for (const [field, options, readings] of fields) {
  const how = options.delimitedPasswordLength === 0 ? "by delimiter" : "by length";
  Deno.test(`auto reads ${JSON.stringify(field)} ${how} as ${readings.join(" or ")}`, () => {
    assertEquals(read(field, options), readings);
  });
}
