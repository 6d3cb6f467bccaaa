import { assertEquals, assertGreater } from "@std/assert";
import type { Clock } from "../../lib/clock.ts";
import { LagMeter } from "../../lib/net/lag.ts";
import { FakeClock } from "../kit/fake_clock.ts";

/** A clock that a test can stop: time passes, and what was due runs late. */
class StallingClock extends FakeClock {
  #extra = 0;

  override now(): number {
    return super.now() + this.#extra;
  }

  /** The process stands still. */
  stall(ms: number): void {
    this.#extra += ms;
  }
}

Deno.test("a loop that runs has no lag, and when nobody watches the timer ends by itself", async () => {
  const clock = new FakeClock();
  const meter = new LagMeter(clock);
  const end = meter.watch();
  await clock.advance(1_000);
  assertEquals([end(), end()], [{ longest: 0, total: 0 }, { longest: 0, total: 0 }]);
  await clock.advance(100);
  assertEquals(clock.pending, 0);
});

Deno.test("a stand-still is seen by those who watched it, and by nobody later", async () => {
  const clock = new StallingClock();
  using meter = new LagMeter(clock);
  const during = meter.watch();
  await clock.advance(100);
  clock.stall(500);
  const after = meter.watch();
  await clock.advance(100);
  assertGreater(during().longest, 440);
  assertEquals(after(), { longest: 0, total: 0 });
});

Deno.test("many short stand-stills add up", async () => {
  const clock = new StallingClock();
  using meter = new LagMeter(clock);
  const end = meter.watch();
  for (let count = 0; count < 20; count++) {
    clock.stall(200);
    await clock.advance(50);
  }
  const { longest, total } = end();
  assertGreater(longest, 140);
  assertGreater(total, 19 * 140);
});

Deno.test("what every busy loop has is no stand-still", async () => {
  const clock = new StallingClock();
  using meter = new LagMeter(clock);
  const end = meter.watch();
  for (let count = 0; count < 20; count++) {
    clock.stall(15);
    await clock.advance(50);
  }
  assertEquals(end().total, 0);
});

Deno.test("a meter that is disposed of leaves no timer", () => {
  const clock = new FakeClock();
  const meter = new LagMeter(clock);
  meter.watch();
  meter[Symbol.dispose]();
  assertEquals(clock.pending, 0);
});

Deno.test("a stand-still counts also for whoever is called back before the late look", async () => {
  const clock = new StallingClock();
  const end = new LagMeter(clock).watch();
  await clock.advance(100);
  clock.stall(500);
  assertGreater(end().longest, 440);
});

Deno.test("the lag of the machine's own loop is measured", () => {
  const clock: Clock = {
    now: () => performance.now(),
    wallNow: () => Date.now(),
    after: () => () => {},
  };
  const end = new LagMeter(clock).watch();
  const until = performance.now() + 120;
  while (performance.now() < until);
  assertGreater(end().longest, 50);
});
