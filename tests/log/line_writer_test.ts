/**
 * Lines survive streams that are slow, stalled, full or gone; callers never notice.
 *
 * @module
 */

import fc from "fast-check";
import { lineKinds, noLines, totalLines } from "../../lib/log/line_kind.ts";
import { LineWriter } from "../../lib/log/line_writer.ts";
import { assertEquals } from "@std/assert";
import { FakeClock, settle } from "../kit/fake_clock.ts";
import { FakeStream } from "../kit/fake_stream.ts";

function open(
  stream: FakeStream,
  clock: FakeClock,
  limits: { maxLines?: number; maxBytes?: number } = {},
): LineWriter {
  return new LineWriter(stream, { clock, notice: (dropped) => `${totalLines(dropped)} dropped`, ...limits });
}

Deno.test("write() keeps the order and loses nothing, however little the stream takes at a time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.stringMatching(/^[a-zé😀 ]{0,40}$/u)),
      fc.integer({ min: 1, max: 9 }),
      async (lines, most) => {
        const octets: number[] = [];
        const stream = {
          write(bytes: Uint8Array): Promise<number> {
            octets.push(...bytes.subarray(0, most));
            return Promise.resolve(Math.min(most, bytes.length));
          },
        };
        const writer = new LineWriter(stream, { clock: new FakeClock(), notice: () => "dropped" });
        for (const line of lines) writer.write(line);
        await writer[Symbol.asyncDispose]();
        assertEquals(new TextDecoder().decode(Uint8Array.from(octets)), lines.map((line) => `${line}\n`).join(""));
        assertEquals([totalLines(writer.dropped), writer.waiting], [0, 0]);
      },
    ),
    { numRuns: 50, seed: 7 },
  );
});

Deno.test("write() drops what a stalled stream has no room for, and says so where the gap is", async () => {
  const stream = new FakeStream();
  await using writer = open(stream, new FakeClock(), { maxLines: 4 });
  stream.hold();
  for (let line = 1; line <= 10; line++) writer.write(`line ${line}`);
  await settle();
  assertEquals([totalLines(writer.dropped), writer.waiting, stream.lines], [6, 4, []]);
  stream.release();
  await settle();
  writer.write("after");
  await settle();
  assertEquals(stream.lines, ["line 1", "line 2", "line 3", "line 4", "6 dropped", "after"]);
  assertEquals([totalLines(writer.dropped), writer.waiting], [6, 0]);
});

Deno.test("write() bounds octets, not only lines, and a line that can never fit hurts no other", async () => {
  const stream = new FakeStream();
  await using writer = open(stream, new FakeClock(), { maxBytes: 40 });
  writer.write("x".repeat(1_000));
  writer.write("small");
  await settle();
  assertEquals(stream.lines, ["1 dropped", "small"]);
});

Deno.test("a full disk keeps the queue, and writing goes on at the octet where it stopped", async () => {
  const clock = new FakeClock();
  const stream = new FakeStream();
  await using writer = open(stream, clock);
  stream.takeAtMost(3);
  writer.write("first");
  writer.write("second");
  await Promise.resolve();
  stream.failWith(new Error("No space left on device (os error 28)"));
  await settle();
  const calls = stream.calls;
  await clock.advance(900);
  assertEquals(stream.calls, calls, "tried again before the delay was over");
  await clock.advance(5_000);
  stream.failWith(undefined);
  await clock.advance(1_000);
  assertEquals(stream.text, "first\nsecond\n");
  assertEquals(totalLines(writer.dropped), 0);
});

Deno.test("a stream that takes nothing is no busy loop", async () => {
  const clock = new FakeClock();
  const stream = new FakeStream();
  await using writer = open(stream, clock);
  stream.takeAtMost(0);
  writer.write("line");
  await clock.advance(3_000);
  assertEquals(stream.calls, 4);
});

Deno.test("a reader that went away stops nothing: lines are dropped and counted", async () => {
  const clock = new FakeClock();
  const stream = new FakeStream();
  const writer = open(stream, clock, { maxLines: 2 });
  stream.failWith(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
  for (let line = 0; line < 5; line++) {
    writer.write(`line ${line}`);
    await clock.advance(1_000);
  }
  assertEquals(totalLines(writer.dropped), 3);
  await writer[Symbol.asyncDispose]();
  writer.write("late");
  assertEquals([totalLines(writer.dropped), writer.waiting, clock.pending, stream.text], [6, 0, 0, ""]);
});

Deno.test("flush() waits for what was taken, and no longer than it may", async () => {
  const clock = new FakeClock();
  const stream = new FakeStream();
  await using writer = open(stream, clock);
  assertEquals(await writer.flush(1_000), true);
  stream.hold();
  writer.write("line");
  const tooShort = writer.flush(1_000);
  const longEnough = writer.flush(10_000);
  await clock.advance(1_000);
  assertEquals(await tooShort, false);
  stream.release();
  assertEquals(await longEnough, true);
  assertEquals([stream.lines, clock.pending], [["line"], 0]);
});

Deno.test("a full writer drops what is wanted least, of that the latest, and counts it by kind", async () => {
  const stream = new FakeStream();
  await using writer = open(stream, new FakeClock(), { maxLines: 5 });
  stream.hold();
  writer.write("on its way", "forgeable");
  for (const kind of lineKinds) writer.write(kind, kind);
  writer.write("second forgeable", "forgeable");
  writer.write("second allow", "allow");
  writer.write("second event", "event");
  writer.write("third allow", "allow");
  writer.write("fourth allow", "allow");
  writer.write("no room for a fifth", "allow");
  assertEquals([writer.dropped, writer.waiting], [{ forgeable: 2, log: 1, event: 2, allow: 1 }, 5]);
  stream.release();
  await settle();
  assertEquals(stream.lines, ["on its way", "allow", "6 dropped", "second allow", "third allow", "fourth allow"]);
});

Deno.test("nothing is dropped for a line that does not fit even then", async () => {
  const stream = new FakeStream();
  await using writer = open(stream, new FakeClock(), { maxBytes: 60 });
  stream.hold();
  writer.write("on its way");
  writer.write("small", "forgeable");
  writer.write("x".repeat(55), "allow");
  assertEquals(writer.dropped, { ...noLines, allow: 1 });
  stream.release();
  await settle();
  assertEquals(stream.lines, ["on its way", "small", "1 dropped"]);
});

Deno.test("whatever comes, no line is dropped in favour of one that is wanted less, and the rest keeps its order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...lineKinds), { maxLength: 60 }), async (kinds) => {
      const stream = new FakeStream();
      const writer = open(stream, new FakeClock(), { maxLines: 8 });
      stream.hold();
      kinds.forEach((kind, number) => writer.write(`${kind} ${number}`, kind));
      stream.release();
      await writer[Symbol.asyncDispose]();
      const kept = stream.lines.filter((line) => !line.endsWith("dropped"));
      assertEquals(kept.length, Math.min(kinds.length, 8));
      const numbers = kept.map((line) => Number(line.split(" ")[1]));
      assertEquals(numbers, numbers.toSorted((a, b) => a - b));
      // Of those behind the first, which was on its way, exactly the most wanted are there.
      const rank = (kind: string): number => lineKinds.findIndex((one) => one === kind);
      const wanted = kinds.slice(1).map(rank).toSorted((a, b) => b - a).slice(0, 7).toSorted();
      assertEquals(kept.slice(1).map((line) => rank(line.split(" ")[0] ?? "")).toSorted(), wanted);
    }),
    { numRuns: 300, seed: 7 },
  );
});
