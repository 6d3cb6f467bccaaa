/**
 * The fake clock keeps the order and the times of a real one.
 *
 * @module
 */

import { sleep } from "../../lib/clock.ts";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeClock } from "./fake_clock.ts";

Deno.test("advance() runs due timers in order, at their own times, and those they set", async () => {
  const clock = new FakeClock(1_000_000);
  const seen: string[] = [];
  clock.after(20, () => seen.push(`b ${clock.now()} ${clock.wallNow()}`));
  clock.after(10, () => {
    seen.push(`a ${clock.now()}`);
    clock.after(10, () => seen.push(`c ${clock.now()}`));
  });
  const cancel = clock.after(15, () => seen.push("cancelled"));
  clock.after(51, () => seen.push("late"));
  cancel();
  await clock.advance(50);
  assertEquals(seen, ["a 10", "b 20 1000020", "c 20"]);
  assertEquals([clock.now(), clock.wallNow(), clock.pending, clock.nextIn], [50, 1_000_050, 1, 1]);
});

Deno.test("advance() lets what a timer starts settle before the next timer runs", async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  const work = (async () => {
    for (let round = 0; round < 3; round++) {
      await sleep(clock, 5);
      seen.push(`work ${clock.now()}`);
    }
  })();
  clock.after(10, () => seen.push(`timer ${clock.now()}`));
  await clock.advance(15);
  await work;
  assertEquals(seen, ["work 5", "timer 10", "work 10", "work 15"]);
});

Deno.test("the assertions fail when they should", async () => {
  assertThrows(() => assertEquals<unknown>({ a: [1] }, { a: [2] }));
  assertThrows(() => assertThrows(() => {}));
  await assertRejects(() => assertRejects(() => Promise.resolve()));
});
