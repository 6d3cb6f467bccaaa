/**
 * Who needs no second factor, in sections where nobody checks a first one: the field is not looked at, but it has to be there.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { attributeType, encodeVendorAttributes } from "../../lib/radius/attributes.ts";
import { shown, World } from "../kit/world.ts";

const exempt = "exempt_username_1=root";
/** No factor, no text of the section's encoding, nothing at all. */
const fields = ["hunter2", Uint8Array.of(0x70, 0xff), "hunter2,", ""];

for (const mode of ["duo_only", "auto"] as const) {
  Deno.test(`an exempt user is let in whatever stands in the field (${mode})`, async () => {
    await using world = await World.start({ mode, lines: [exempt] });
    for (const password of fields) {
      const result = await world.gateway().login({ user: "root", password });
      assertEquals([result.kind, shown(result)], ["accept", "User exempted from 2FA"]);
    }
    assertEquals(world.events.map(({ reason, status }) => `${status} ${reason}`), fields.map(() => "Allow exempt"));
    assertEquals(world.asked("preauth"), 0);
  });

  for (const failmode of ["safe", "secure"] as const) {
    Deno.test(`in primary-only mode failmode=${failmode} decides whatever stands in the field (${mode})`, async () => {
      await using world = await World.start({
        mode,
        lines: [exempt, `failmode=${failmode}`],
        proxy: { primaryOnly: () => true },
      });
      for (const password of fields) {
        const result = await world.gateway().login({ user: "alice", password });
        assertEquals(result.kind, failmode === "safe" ? "accept" : "reject");
      }
      assertEquals((await world.gateway().login({ user: "root", password: "x" })).kind, "accept");
      assertEquals(new Set(world.events.map(({ reason }) => reason)), new Set(["primary-only", "exempt"]));
      assertEquals(world.asked("preauth"), 0);
    });
  }
}

Deno.test("an exempt user is refused without a password field, with MS-CHAP and with EAP", async () => {
  await using world = await World.start({ lines: [exempt], proxy: { primaryOnly: () => true } });
  const gateway = world.gateway();
  const msChap = encodeVendorAttributes(311, [{ type: 25, value: new Uint8Array(50) }]);
  const eap = { type: attributeType.eapMessage, value: Uint8Array.of(2, 77, 0, 9, 1, 114, 111, 111, 116) };
  for (const attributes of [[], [msChap], [eap]]) {
    assertEquals((await gateway.login({ user: "root", attributes })).kind, "reject");
  }
  assertEquals(world.events.map(({ reason }) => reason), ["no-password", "mschap", "eap"]);
});

Deno.test("a name that only looks like an exempt one is not exempt", async () => {
  await using world = await World.start({ lines: [exempt] });
  for (const name of ["\ufeffroot", "root\0", "ro\u200bot", "Root", "root\u202e"]) {
    assertEquals((await world.ask(name, "push")).kind, "reject", JSON.stringify(name));
  }
});
