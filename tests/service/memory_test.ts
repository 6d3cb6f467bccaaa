/**
 * What a process must not forget when its configuration is reloaded, or a thief would only have to wait for the next one.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Attribute, attributeType } from "../../lib/radius/attributes.ts";
import { integer, text, World } from "../kit/world.ts";

async function reload(world: World): Promise<void> {
  assertEquals(world.proxy.reload(await world.config()).kind, "reloaded");
}

Deno.test("the push limit outlives a reload", async () => {
  await using world = await World.start({ application: "auth", lines: ["push_limit=2"] });
  assertEquals((await world.ask("bob", "push")).kind, "reject");
  await reload(world);
  assertEquals((await world.ask("bob", "push")).kind, "reject");
  assertEquals(world.asked("auth"), 2);
  await reload(world);
  assertEquals((await world.ask("bob", "push")).kind, "reject");
  assertEquals([world.asked("auth"), world.events.at(-1)?.reason], [2, "push-limit"]);
});

Deno.test("what a gateway was seen to change outlives a reload", async () => {
  await using world = await World.start();
  const session = (port: number): readonly Attribute[] => [
    text(attributeType.callingStationId, "198.51.100.7"),
    integer(attributeType.nasPort, port),
  ];
  await world.ask("alice", "123456", session(1));
  await reload(world);
  const logins = [await world.begin("heidi", "push", session(2))];
  const [push] = await world.simulator.whenPending(1);
  logins.push(await world.begin("heidi", "push", session(2)));
  assertEquals((await world.gateway().statusServer()).kind, "accept");
  world.simulator.answer(push?.number ?? -1, "approve");
  assertEquals((await Promise.all(logins.map(({ result }) => result))).map(({ kind }) => kind), ["accept", "accept"]);
  assertEquals(world.joined, 1);
});

Deno.test("a challenge that began before a reload is finished after it, and one that was answered is not answered again", async () => {
  await using world = await World.start({ mode: "auto", lines: ["factors=passcode"] });
  const begun = await world.ask("alice", "hunter2");
  assert(begun.kind === "challenge" && begun.state !== undefined);
  const state = [{ type: attributeType.state, value: begun.state }];
  await reload(world);
  assertEquals((await world.ask("alice", "123456", state)).kind, "accept");
  await reload(world);
  assertEquals((await world.ask("alice", "123456", state)).kind, "reject");
  assertEquals(world.events.at(-1)?.reason, "unknown-challenge");
});

Deno.test("logins that began before a reload keep their slots in a section that stays as it was", async () => {
  await using world = await World.start({ lines: ["max_pending=1"] });
  const login = await world.begin("heidi", "push");
  const [push] = await world.simulator.whenPending(1);
  await reload(world);
  assertEquals(world.proxy.generation.sections[0]?.slots.taken, 1);
  assertEquals((await world.ask("alice", "push")).kind, "reject");
  assertStringIncludes(world.log.at(-1)?.message ?? "", "max_pending are under way: raise it");
  world.simulator.answer(push?.number ?? -1, "approve");
  assertEquals((await login.result).kind, "accept");
  assertEquals([world.proxy.generation.sections[0]?.slots.taken, world.proxy.held.slots], [0, 0]);
  assertEquals((await world.ask("alice", "push")).kind, "accept");
});
