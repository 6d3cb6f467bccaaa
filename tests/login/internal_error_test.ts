/**
 * Bugs of ours: whoever was kept out by one finds that in the events.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { Rig } from "./rig.ts";

Deno.test("a bug is an event of each login that it ends, and leaves nothing behind", async () => {
  const rig = new Rig();
  rig.preauth = () => Promise.reject(new TypeError("x is undefined"));
  await assertRejects(() => rig.ask({ user: "alice" }), TypeError);
  assertEquals(
    rig.events.map(({ username, status, reason, msg }) => [username, status, reason, msg]),
    [["alice", "Error", "internal-error", "Internal error"]],
  );
  const { slots, pending } = rig.section;
  assertEquals([slots.taken, slots.holders, pending.count, pending.held, rig.clock.pending], [0, 0, 0, 0, 0]);
});
