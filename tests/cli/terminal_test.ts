/**
 * Printing to streams that are terminals, pipes, closed pipes and full disks.
 *
 * @module
 */

import { createTerminal, type Streams } from "../../lib/cli/terminal.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeStream } from "../kit/fake_stream.ts";

interface Opened {
  readonly streams: Streams;
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;
}

function open(input: string, isTerminal: boolean = false, columns?: number): Opened {
  const stdout = new FakeStream();
  stdout.isTerminal = () => isTerminal;
  const stderr = new FakeStream();
  let rest = new TextEncoder().encode(input);
  const stdin = {
    read(buffer: Uint8Array): Promise<number | null> {
      // Three octets a time: less than asked for, as pipes do.
      const chunk = rest.subarray(0, Math.min(3, buffer.length));
      rest = rest.subarray(chunk.length);
      buffer.set(chunk);
      return Promise.resolve(chunk.length === 0 ? null : chunk.length);
    },
    isTerminal: () => isTerminal,
    setRaw: () => {},
  };
  const onSignal = (): () => void => () => {};
  const consoleSize = (): { columns: number } => {
    if (columns === undefined) throw new Error("not a terminal");
    return { columns };
  };
  return { streams: { stdin, stdout, stderr, consoleSize, onSignal }, stdout, stderr };
}

Deno.test("write() hands over everything in order, however little is taken at a time", async () => {
  const { streams, stdout, stderr } = open("");
  stdout.takeAtMost(2);
  const terminal = createTerminal("auto", streams);
  await Promise.all([terminal.write("first\n"), terminal.write("second\n"), terminal.error("problem")]);
  assertEquals([stdout.text, stderr.text], ["first\nsecond\n", "problem\n"]);
});

Deno.test("a closed pipe ends output silently, and nothing more is tried", async () => {
  const { streams, stdout, stderr } = open("");
  const terminal = createTerminal("auto", streams);
  stdout.failWith(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
  await terminal.write("one");
  await terminal.write("two");
  assertEquals([stdout.calls, stderr.text, terminal.outputLost], [1, "", false]);
});

Deno.test("a full disk is reported once, and remembered", async () => {
  const { streams, stdout, stderr } = open("");
  const terminal = createTerminal("auto", streams);
  stdout.failWith(new Error("No space left on device (os error 28)"));
  await terminal.write("one");
  await terminal.write("two");
  assertEquals(stderr.lines, ["duoproxy: Can't write to standard output: No space left on device (os error 28)"]);
  assertEquals(terminal.outputLost, true);
});

Deno.test("style() colours on a terminal, always or never", () => {
  const red = "\u001b[31mx\u001b[39m";
  assertEquals(createTerminal("auto", open("", true).streams).style("red", "x"), red);
  assertEquals(createTerminal("auto", open("", false).streams).style("red", "x"), "x");
  assertEquals(createTerminal("always", open("", false).streams).style("red", "x"), red);
  assertEquals(createTerminal("never", open("", true).streams).style("red", "x"), "x");
});

Deno.test("columns and interactive are what the streams are", async () => {
  const wide = createTerminal("auto", open("", true, 132).streams);
  assertEquals([wide.columns, wide.interactive, wide.wraps], [132, true, true]);
  const pipe = createTerminal("auto", open("").streams);
  assertEquals([pipe.columns, pipe.interactive, await pipe.promptSecret("Password:")], [80, false, null]);
  assertEquals(pipe.wraps, false);
  assertEquals(createTerminal("auto", open("", true, 0).streams).columns, 80);
});

Deno.test("readAll() reads to the end and no further than the limit", async () => {
  const read = (limit: number): Promise<Uint8Array> =>
    createTerminal("auto", open("0123456789").streams).readAll(limit);
  assertEquals(new TextDecoder().decode(await read(10)), "0123456789");
  const error = await assertRejects(() => read(9), RangeError);
  assertStringIncludes(error.message, "9 octets");
});
