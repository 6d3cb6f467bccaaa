/**
 * Duo's own words on their way to users, events and gateways.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { attributeType } from "../../lib/radius/attributes.ts";
import { makeDevice, makeUser } from "../../lib/simulator/users.ts";
import { shown, World } from "../kit/world.ts";

/** The Class attributes of an Accept for a user with these groups. */
async function classes(world: World, groups: readonly string[]): Promise<readonly string[]> {
  world.simulator.setUser(makeUser({ username: "grouped", groups: [...groups], devices: [makeDevice("grouped", 1)] }));
  const result = await world.ask("grouped", "push");
  assertEquals(result.kind, "accept");
  const attributes = result.kind === "timeout" ? [] : result.packet.attributes;
  return attributes.filter(({ type }) => type === attributeType.class).map(({ value }) =>
    new TextDecoder().decode(value)
  );
}

Deno.test("a group whose name would say something else in Class is left out, and costs nobody the login", async () => {
  await using world = await World.start({ application: "auth" });
  assertEquals(await classes(world, ["Staff of Zürich", "other"]), ["OU=Staff of Zürich;"]);
  for (const name of ["staff;OU=admins", "staff\n", "sta\u202eff", "\ufeffstaff", "sta\0ff", ""]) {
    assertEquals(await classes(world, [name, "other"]), [], JSON.stringify(name));
  }
});

Deno.test("Reply-Message and event are Duo's text without control and format characters", async () => {
  await using world = await World.start({ application: "auth" });
  const text = "Denied\u202e by\r\nyour \u0007admin\u200b\ufeff\u009b31m";
  world.simulator.addFault({
    match: { path: "preauth" },
    do: { kind: "response", response: { result: "deny", status_msg: text } },
  });
  const result = await world.ask("alice", "push");
  assertEquals([shown(result), world.events[0]?.msg], ["Denied by your admin31m", "Denied by your admin31m"]);
});
