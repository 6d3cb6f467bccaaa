/**
 * A program that is short of time, while Duo is well: nobody gets in by failmode.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { starve } from "../../scripts/starved.ts";
import { World } from "../kit/process_world.ts";

Deno.test("on a tenth of a core and under 400 forged packets a second failmode=safe lets nobody in", async () => {
  // scripts/starved.ts runs as long as one likes.
  const { forged, letInByFailmode, deniedLetIn, preauths } = await starve(10);
  assertEquals(letInByFailmode, []);
  assertEquals(deniedLetIn, 0);
  assertGreater(forged, 3_000);
  assertGreater(preauths, 0);
});

Deno.test("a program that stood still for longer than Duo may take asks again, and failmode=safe lets nobody in", async () => {
  await using world = await World.start({ application: "auth", lines: ["failmode=safe"] });
  // Long enough that the program is stopped before the answer is there, and short beside the time that Duo has.
  world.simulator.addFault({ match: { path: "preauth" }, do: { kind: "delay", ms: 1_000 } });
  const logins = [
    await world.begin("alice", "123456"),
    await world.begin("mallory", "push"),
    await world.begin("MALLORY", "push"),
    await world.begin("bob", "push"),
    await world.begin("erin", "push"),
  ];
  await world.simulator.whenCalled({ path: "preauth" });
  world.signal("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  world.signal("SIGCONT");
  await Promise.all(logins.map(({ result }) => result));
  await world.settled();
  assertEquals(world.events.map(({ failmode }) => failmode), logins.map(() => null));
  assertEquals(world.events.filter(({ reason }) => reason === "duo-error"), []);
});
