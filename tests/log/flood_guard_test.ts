/**
 * What anybody can cause fills no log.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { FloodGuard } from "../../lib/log/flood_guard.ts";
import type { AuthEvent } from "../../lib/login/events.ts";
import { authEvent } from "../kit/auth_event.ts";
import { FakeClock } from "../kit/fake_clock.ts";

const forged = authEvent({ status: "Error", reason: "undecodable-password", signed: false });

/** A guard whose summaries are kept. */
function open(): { guard: FloodGuard; clock: FakeClock; summaries: AuthEvent[] } {
  const clock = new FakeClock();
  const summaries: AuthEvent[] = [];
  return { guard: new FloodGuard(clock, (event) => void summaries.push(event)), clock, summaries };
}

/** How many of so many events are let through. */
function admitted(guard: FloodGuard, event: AuthEvent, count: number): number {
  return Array.from({ length: count }, () => guard.admits(event)).filter(Boolean).length;
}

Deno.test("the first ten a minute and gateway stand as they are, the rest is one event with their number", async () => {
  const { guard, clock, summaries } = open();
  assertEquals(admitted(guard, forged, 25), 10);
  assertEquals(admitted(guard, { ...forged, reason: "bad-user-name" }, 3), 0);
  assertEquals(admitted(guard, { ...forged, nas_ip: "192.0.2.2" }, 7), 7, "another gateway");
  await clock.advance(59_999);
  assertEquals([admitted(guard, forged, 1), summaries.length], [0, 0]);
  await clock.advance(1);
  assertEquals(
    summaries.map(({ msg, nas_ip, username, reason, count }) => ({ msg, nas_ip, username, reason, count })),
    [{
      msg: "19 more unsigned requests were refused within a minute: 16 undecodable-password, 3 bad-user-name",
      nas_ip: "192.0.2.1",
      username: null,
      reason: "summed-up",
      count: 19,
    }],
  );
  assertEquals(admitted(guard, forged, 11), 10, "the next minute");
  guard[Symbol.dispose]();
  assertEquals([summaries.length, summaries[1]?.count, clock.pending], [2, 1, 0]);
});

Deno.test("what needs the secret, and what Duo or failmode decided, is never summed up", () => {
  const { guard } = open();
  for (
    const event of [
      { ...forged, signed: true },
      ...["approved", "denied", "exempt", "primary-only", "failmode", "overloaded", "preauth-deny"].map((reason) => ({
        ...forged,
        reason,
      })),
    ]
  ) {
    assertEquals(admitted(guard, event, 100), 100, event.reason);
  }
});

Deno.test("however many gateways are forged, their number is bounded and nothing goes uncounted", () => {
  const { guard, clock, summaries } = open();
  let plain = 0;
  for (let source = 0; source < 5_000; source++) {
    plain += admitted(guard, { ...forged, nas_ip: `10.0.${source >> 8}.${source & 0xff}` }, 2);
  }
  assertEquals([plain, clock.pending], [64 * 2 + 10, 65]);
  guard.settle();
  assertEquals(summaries.map(({ nas_ip, count }) => [nas_ip, count]), [["various", 10_000 - plain]]);
});
