/**
 * What the field of a duo_only section comes to.
 *
 * @module
 */

import fc from "fast-check";
import { assertEquals } from "@std/assert";
import type { TypedFactor } from "../../../lib/duo/factor.ts";
import { readDuoOnly, type UnmatchedText } from "../../../lib/login/modes/duo_only.ts";
import { type Attribute, encodeVendorAttributes, integerOctets } from "../../../lib/radius/attributes.ts";
import { shown, versions, World } from "../../kit/world.ts";

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

/** A factor as it may leave: a word with a number, or a passcode of the lengths that there are. */
function mayLeave(factor: TypedFactor | undefined): boolean {
  if (factor === undefined || factor.kind === "auto") return true;
  if (factor.kind === "word") return /^(push|phone|sms)$/.test(factor.factor);
  return /^[0-9]{4,16}$|^[cbdefghijklnrtuv]{32,64}$/.test(factor.code);
}

const typed = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.tuple(fc.string({ maxLength: 12 }), fc.constantFrom(",", ", ", ",,"), fc.stringMatching(/^[0-9 ]{0,20}$/))
    .map((parts) => parts.join("")),
  fc.tuple(fc.string({ maxLength: 12 }), fc.constantFrom("push", "phone2", "sms", "auto", "2024", "")).map(([a, b]) =>
    `${a},${b}`
  ),
);

Deno.test("whatever is typed, nothing but a factor is read from it, and digits of a year stay a password", () => {
  fc.assert(
    fc.property(typed, fc.constantFrom("auto", "browser", "reject"), fc.boolean(), (field, setting, fromBrowser) => {
      const factor = read(field, { setting, fromBrowser });
      assertEquals(mayLeave(factor), true, JSON.stringify(factor));
      const comma = field.lastIndexOf(",");
      if (comma >= 0 && factor?.kind === "passcode") assertEquals(factor.code.length >= 6, true);
    }),
    { numRuns: 20_000, seed: 7 },
  );
});

function clientType(number: number): Attribute {
  return encodeVendorAttributes(3076, [{ type: 150, value: integerOctets(number) }]);
}

for (const { version, application } of versions) {
  Deno.test(`nothing of what is typed leaves for Duo but a factor (version ${version})`, async () => {
    await using world = await World.start({ application, lines: ["unmatched_text=auto"] });
    const gateway = world.gateway();
    const inUtf8 = typed.filter((field) => new TextEncoder().encode(field).length <= 128 && !field.includes("\0"));
    for (const field of fc.sample(inUtf8, { numRuns: 150, seed: 7 })) {
      await gateway.login({ user: "alice", password: field });
    }
    const words = /^(?:push|phone|sms)[0-9]{0,2}$|^auto$|^passcode$/;
    const codes = /^[0-9]{4,16}$|^[cbdefghijklnrtuv]{32,64}$/;
    const known = new Set(["user", "username", "async", "device", "ipaddr"]);
    for (
      const { params } of [
        ...world.simulator.findCalls({ path: "auth" }),
        ...world.simulator.findCalls({ path: "preauth" }),
      ]
    ) {
      for (const [name, value] of Object.entries(params)) {
        if (known.has(name)) continue;
        assertEquals(words.test(value) || codes.test(value), true, `${name}=${value}`);
      }
      assertEquals(params["username"] ?? params["user"], "alice");
    }
    assertEquals(world.asked("auth") > 0, true);
  });

  Deno.test(`a password typed in a browser asks for an automatic factor, and goes nowhere itself (version ${version})`, async () => {
    await using world = await World.start({ application });
    const ask = async (type: number | undefined): Promise<string> => {
      const result = await world.ask("alice", "hunter2", type === undefined ? [] : [clientType(type)]);
      return `${result.kind}: ${shown(result)}`;
    };
    const refused = "reject: Enter push, phone, sms or a passcode";
    assertEquals(await ask(undefined), refused);
    assertEquals(await ask(2), refused, "AnyConnect has a second field");
    assertEquals(await ask(6), refused, "and over IKEv2 too");
    assertEquals(world.asked("preauth"), 0);
    assertEquals(await ask(3), "accept: Success. Logging you in...");
    assertEquals(JSON.stringify(world.simulator.calls).includes("hunter2"), false);
    assertEquals(JSON.stringify(world.events).includes("hunter2"), false);
  });
}
