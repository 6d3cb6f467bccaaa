/**
 * Duo's own words on their way to users and events.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { shown, World } from "../kit/world.ts";

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
