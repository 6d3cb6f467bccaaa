import { assertEquals } from "@std/assert";
import { Deadlines } from "../../lib/net/deadlines.ts";
import { FakeClock } from "../kit/fake_clock.ts";

Deno.test("each is told at its own deadline, in whatever order they came, and those who left are not", async () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const told: string[] = [];
  const wait = (deadline: number): { readonly deadline: number; timeUp(): void } => {
    const waiting = { deadline, timeUp: () => void told.push(`${deadline} at ${clock.now()}`) };
    deadlines.add(waiting);
    return waiting;
  };
  wait(300);
  wait(100);
  const early = wait(50);
  wait(200);
  wait(100);
  deadlines.delete(early);
  assertEquals(clock.pending, 1);
  await clock.advance(1_000);
  assertEquals(told, ["100 at 100", "100 at 100", "200 at 200", "300 at 300"]);
  assertEquals(clock.pending, 0);
  wait(900);
  await clock.advance(0);
  assertEquals(told.at(-1), "900 at 1000");
});

Deno.test("whoever is told may wait again, and take others away", async () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const told: string[] = [];
  const second = { deadline: 100, timeUp: () => void told.push("second") };
  const again = { deadline: 150, timeUp: () => void told.push("again") };
  deadlines.add({
    deadline: 100,
    timeUp: () => {
      told.push("first");
      deadlines.delete(second);
      deadlines.add(again);
    },
  });
  deadlines.add(second);
  await clock.advance(1_000);
  assertEquals([told, clock.pending], [["first", "again"], 0]);
});

Deno.test("after disposal nobody is told, and no timer is left", async () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  let told = false;
  deadlines.add({ deadline: 10, timeUp: () => void (told = true) });
  deadlines[Symbol.dispose]();
  assertEquals(clock.pending, 0);
  await clock.advance(100);
  assertEquals(told, false);
});
