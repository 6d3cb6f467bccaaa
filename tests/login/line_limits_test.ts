import { assertEquals } from "@std/assert";
import { LineLimits } from "../../lib/login/line_limits.ts";
import { FakeClock } from "../kit/fake_clock.ts";

/** What so many askings give: the lines that may be written, by how many were left out before them. */
function take(limits: LineLimits, about: string, times: number): readonly number[] {
  return Array.from({ length: times }, () => limits.take(about)).filter((leftOut) => leftOut !== undefined);
}

Deno.test("ten lines a minute are written about one thing, and the next one tells how many were left out", async () => {
  const clock = new FakeClock();
  const limits = new LineLimits(clock);
  assertEquals(take(limits, "outage", 25), Array(10).fill(0));
  await clock.advance(59_999);
  assertEquals(take(limits, "outage", 1), []);
  await clock.advance(1);
  assertEquals(take(limits, "outage", 12), [16, ...Array(9).fill(0)]);
});

Deno.test("a minute begins with its first line", async () => {
  const clock = new FakeClock();
  const limits = new LineLimits(clock);
  await clock.advance(30_000);
  assertEquals(take(limits, "outage", 11).length, 10);
  await clock.advance(30_000);
  assertEquals(take(limits, "outage", 1), []);
  await clock.advance(30_000);
  assertEquals(take(limits, "outage", 1), [2]);
});

Deno.test("things are counted apart", () => {
  const limits = new LineLimits(new FakeClock());
  assertEquals(take(limits, "outage", 20).length, 10);
  assertEquals(take(limits, "refused", 20).length, 10);
});
