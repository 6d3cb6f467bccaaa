/**
 * What the field of an auto section comes to.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Choices } from "../../../lib/duo/api.ts";
import { autoMode, type FieldOptions, type ListedFactor, readAuto } from "../../../lib/login/modes/auto.ts";

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
  ["12345678,push", eight, ["12345678 > push", "12345678,push > -"]],
  ["12345678123456", eight, ["12345678 > 123456", "12345678123456 > -"]],
  ["12345678,", eight, ["12345678 > -", "12345678, > -"]],
  ["12345678", eight, ["12345678 > -"]],
  ["1234push", eight, ["1234push > -"]],
  ["", eight, [" > -"]],
  // Eight characters, of which three take two units in UTF-16, are split behind the eighth.
  ["\u{1f511}\u{1f512}\u{1f513}abcdepush", eight, [
    "\u{1f511}\u{1f512}\u{1f513}abcde > push",
    "\u{1f511}\u{1f512}\u{1f513}abcdepush > -",
  ]],
  ["\u{1f511}\u{1f512}\u{1f513}push", eight, ["\u{1f511}\u{1f512}\u{1f513}push > -"]],
  ["a,b,push", comma, ["a,b > push", "a,b,push > -"]],
  ["hunter2,push", { ...comma, allowConcat: false }, ["hunter2,push > -"]],
  ["12345678push", { ...eight, allowConcat: false }, ["12345678push > -"]],
  ["hunter2,push", { ...comma, delimiter: "" }, ["hunter2,push > -"]],
  ["hunter2;;push", { ...comma, delimiter: ";;" }, ["hunter2 > push", "hunter2;;push > -"]],
];

for (const [field, options, readings] of fields) {
  const by = options.delimitedPasswordLength === 0 ? `by delimiter "${options.delimiter}"` : "by length";
  const how = options.allowConcat ? by : `not ${by}`;
  Deno.test(`auto reads ${JSON.stringify(field)} ${how} as ${readings.join(" or ")}`, () => {
    assertEquals(read(field, options), readings);
  });
}

/** Users by what they have. */
const users = {
  "no device": { version: 2, devices: [] },
  "a landline": {
    version: 2,
    devices: [{ device: "landline", type: "phone", displayName: "", capabilities: ["phone"] }],
  },
  "an app": {
    version: 2,
    devices: [{ device: "tablet", type: "phone", displayName: "", capabilities: ["push"] }],
  },
} as const satisfies Readonly<Record<string, Choices>>;

/** What is asked of a user who named no factor: [section's list, user, what it comes to]. */
const lists: readonly (readonly [factors: readonly ListedFactor[], user: keyof typeof users, next: string])[] = [
  [["auto"], "an app", "auto"],
  [["auto"], "a landline", "auto"],
  [["auto"], "no device", "none"],
  [["push", "phone"], "an app", "push"],
  [["push", "phone"], "a landline", "phone"],
  [["push"], "a landline", "none"],
  [["phone", "passcode"], "an app", "ask"],
  [["passcode", "push"], "an app", "ask"],
  [["push", "passcode"], "no device", "ask"],
  [["push", "auto", "passcode"], "a landline", "auto"],
];

for (const [factors, user, expected] of lists) {
  Deno.test(`factors=${factors.join()} asks a user who has ${user} for ${expected}`, () => {
    const mode = autoMode({ ...comma, factors });
    const next = mode.next(users[user], undefined);
    const name = next.kind !== "factor"
      ? next.kind
      : next.factor.kind === "word"
      ? next.factor.factor
      : next.factor.kind;
    assertEquals(name, expected);
    const typed = { kind: "word", factor: "sms", number: 3 } as const;
    assertEquals(mode.next(users[user], typed), { kind: "factor", factor: typed }, "what was typed is asked for");
    assertEquals(mode.readAnswer !== undefined, factors.includes("passcode"));
  });
}
