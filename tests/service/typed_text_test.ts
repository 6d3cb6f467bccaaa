/**
 * Nothing of what users type leaves for Duo but a factor: in what is read from it, and in what goes out.
 *
 * @module
 */

import fc from "fast-check";
import { assertEquals } from "@std/assert";
import type { TypedFactor } from "../../lib/duo/factor.ts";
import { readDuoOnly } from "../../lib/login/modes/duo_only.ts";
import { type Attribute, encodeVendorAttributes, integerOctets } from "../../lib/radius/attributes.ts";
import { shown, versions, World } from "../kit/world.ts";

/** Any text, and much that looks like a password with a factor behind it. */
const typed = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.tuple(fc.string({ maxLength: 12 }), fc.constantFrom(",", ", ", ",,"), fc.stringMatching(/^[0-9 ]{0,20}$/))
    .map((parts) => parts.join("")),
  fc.tuple(fc.string({ maxLength: 12 }), fc.constantFrom("push", "phone2", "sms", "auto", "2024", "")).map(([a, b]) =>
    `${a},${b}`
  ),
);

/** A factor as it may leave: a word with a number, or a passcode of the lengths that there are. */
function mayLeave(factor: TypedFactor | undefined): boolean {
  if (factor === undefined || factor.kind === "auto") return true;
  if (factor.kind === "word") return /^(push|phone|sms)$/.test(factor.factor);
  return /^[0-9]{4,16}$|^[cbdefghijklnrtuv]{32,64}$/.test(factor.code);
}

Deno.test("whatever is typed, nothing but a factor is read from it, and digits of a year stay a password", () => {
  fc.assert(
    fc.property(typed, fc.constantFrom("auto", "browser", "reject"), fc.boolean(), (field, setting, fromBrowser) => {
      const read = readDuoOnly(field, { setting, fromBrowser });
      const factor = read.kind === "readings" ? read.readings[0].factor : undefined;
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
