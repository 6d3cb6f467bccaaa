/**
 * Lines survive streams that are slow, stalled, full or gone; callers never notice.
 *
 * @module
 */

import fc from "fast-check";
import { LineWriter } from "../../lib/log/line_writer.ts";
import { assertEquals } from "#std/assert";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeStream } from "../support/fake_stream.ts";

function open(
  stream: FakeStream,
  clock: FakeClock,
  limits: { maxLines?: number; maxOctets?: number } = {},
): LineWriter {
  return new LineWriter(stream, { clock, notice: (dropped) => `${dropped} dropped`, ...limits });
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
        assertEquals([writer.dropped, writer.waiting], [0, 0]);
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
  assertEquals([writer.dropped, writer.waiting, stream.lines], [6, 4, []]);
  stream.release();
  await settle();
  writer.write("after");
  await settle();
  assertEquals(stream.lines, ["line 1", "line 2", "line 3", "line 4", "6 dropped", "after"]);
  assertEquals([writer.dropped, writer.waiting], [6, 0]);
});

Deno.test("write() bounds octets, not only lines, and a line that can never fit hurts no other", async () => {
  const stream = new FakeStream();
  await using writer = open(stream, new FakeClock(), { maxOctets: 40 });
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
  assertEquals(writer.dropped, 0);
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
  assertEquals(writer.dropped, 3);
  await writer[Symbol.asyncDispose]();
  writer.write("late");
  assertEquals([writer.dropped, writer.waiting, clock.pending, stream.text], [6, 0, 0, ""]);
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
