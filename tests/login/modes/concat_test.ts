/**
 * What the field of a concat section comes to.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { factorName } from "../../../lib/duo/factor.ts";
import { concatMode, readConcat } from "../../../lib/login/modes/concat.ts";
import type { SplitOptions } from "../../../lib/login/modes/split_field.ts";

const comma: SplitOptions = { delimiter: ",", delimitedPasswordLength: 0 };
const semicolon: SplitOptions = { delimiter: ";", delimitedPasswordLength: 0 };
const eight: SplitOptions = { delimiter: ",", delimitedPasswordLength: 8 };

/** The readings as `password > factor`, or what the user is told. */
function read(field: string, options: SplitOptions): readonly string[] {
  const read = readConcat(field, options);
  if (read.kind === "unrecognized") return [read.text];
  return read.readings.map(({ password, factor }) => `${password} > ${factor && factorName(factor)}`);
}

const refused = ["Invalid Password"];

const fields: readonly (readonly [field: string, options: SplitOptions, readings: readonly string[]])[] = [
  ["hunter2,push2", comma, ["hunter2 > push2"]],
  ["hunter2,AUTO", comma, ["hunter2 > auto"]],
  ["hunter2,123 456", comma, ["hunter2 > passcode"]],
  ["a,b,phone", comma, ["a,b > phone"]],
  ["hunter2;sms", semicolon, ["hunter2 > sms"]],
  ["hunter2,push", semicolon, refused],
  ["hunter2", comma, refused],
  ["123456", comma, refused],
  ["hunter2,", comma, refused],
  ["hunter2,  ", comma, refused],
  [",push", comma, refused],
  ["Summer,2024", comma, refused],
  ["hunter2,word", comma, refused],
  ["push,hunter2", comma, refused],
  ["", comma, refused],
  ["12345678push", eight, ["12345678 > push"]],
  ["12345678,push", eight, ["12345678 > push"]],
  ["12,45678,123456", eight, ["12,45678 > passcode"]],
  ["12345678", eight, refused],
  ["12345678,", eight, refused],
  ["1234567,push", eight, ["1234567, > push"]],
];

for (const [field, options, readings] of fields) {
  const how = options.delimitedPasswordLength === 0 ? `by ${options.delimiter}` : "by length";
  Deno.test(`concat reads ${JSON.stringify(field)} ${how} as ${readings.join()}`, () => {
    assertEquals(read(field, options), readings);
  });
}

Deno.test("concat asks for what was typed and nothing else, and tells no groups", () => {
  const mode = concatMode(semicolon);
  const choices = { version: 2, devices: [] } as const;
  assertEquals(mode.next(choices, { kind: "auto" }), { kind: "factor", factor: { kind: "auto" } });
  assertEquals(mode.next(choices, undefined), { kind: "none" });
  assertEquals([mode.readAnswer, mode.tellsGroups], [undefined, false]);
});

Deno.test("an operator who names a factor types the password before it", () => {
  const { form } = concatMode(semicolon);
  assertEquals([form.holds, form.needsPassword, form.join("hunter2", "push")], ["password", true, "hunter2;push"]);
});
