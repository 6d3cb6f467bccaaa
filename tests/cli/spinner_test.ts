/**
 * What is shown of waiting on a terminal, and what on anything else.
 *
 * @module
 */

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createTerminal, type Streams } from "../../lib/cli/terminal.ts";
import { FakeClock, settle } from "../kit/fake_clock.ts";
import { FakeStream } from "../kit/fake_stream.ts";
import { screenLines } from "../kit/screen.ts";

/** A screen: one stream for both outputs, so that the order shows. */
function open(isTerminal: boolean, columns: number = 80): { screen: FakeStream; clock: FakeClock; streams: Streams } {
  const screen = new FakeStream();
  screen.isTerminal = () => isTerminal;
  const stdin = { read: () => Promise.resolve(null), isTerminal: () => isTerminal, setRaw: () => {} };
  const streams = { stdin, stdout: screen, stderr: screen, consoleSize: () => ({ columns }), onSignal: () => () => {} };
  return { screen, clock: new FakeClock(), streams };
}

Deno.test("progress() shows nothing of what is over at once, then a line that turns", async () => {
  const { screen, clock, streams } = open(true);
  const terminal = createTerminal("auto", streams, clock);
  await using progress = terminal.progress("Checking");
  await clock.advance(299);
  assertEquals(screen.text, "");
  await clock.advance(1);
  const first = screen.text;
  assertMatch(first, /^\r\S Checking$/);
  progress.message = "1 of 2 done";
  await clock.advance(100);
  assertMatch(screenLines(screen.text)[0] ?? "", /^\S 1 of 2 done$/);
  assertNotEquals(screen.text.charAt(first.length + 1), first.charAt(1));
  progress.message = "done";
  await clock.advance(100);
  assertMatch(screenLines(screen.text)[0] ?? "", /^\S done$/);
});

Deno.test("progress() leaves no trace: not under a line that is printed, and not when it ends", async () => {
  const { screen, clock, streams } = open(true);
  const terminal = createTerminal("auto", streams, clock);
  {
    await using _waiting = terminal.progress("A long text that would show behind a shorter line");
    await clock.advance(500);
    await terminal.write("one\n");
    await clock.advance(500);
    await terminal.error("two");
    await clock.advance(500);
    assertMatch(screenLines(screen.text).at(-1) ?? "", /^\S A long text/);
  }
  assertEquals(screenLines(screen.text), ["one", "two", ""]);
  assertEquals(clock.pending, 0);
});

Deno.test("progress() says how long it has been once that is long, on one line however narrow the terminal", async () => {
  const { screen, clock, streams } = open(true, 20);
  const terminal = createTerminal("auto", streams, clock);
  await using waiting = terminal.progress("Asking");
  await clock.advance(2_900);
  assertMatch(screenLines(screen.text)[0] ?? "", /^\S Asking$/);
  await clock.advance(9_500);
  assertMatch(screenLines(screen.text)[0] ?? "", /^\S Asking \(12 s\)$/);
  waiting.message = "a".repeat(100);
  await clock.advance(100);
  assertMatch(screenLines(screen.text)[0] ?? "", /^\S a{10} \(12 s\)$/);
});

Deno.test("progress() shows nothing where stderr is no terminal", async () => {
  const { screen, clock, streams } = open(false);
  const terminal = createTerminal("always", streams, clock);
  {
    await using progress = terminal.progress("Checking");
    progress.message = "Still checking";
    await clock.advance(10_000);
  }
  assertEquals([screen.text, clock.pending], ["", 0]);
});

Deno.test("progress() uses no escape sequence, which --color never would forbid", async () => {
  const { screen, clock, streams } = open(true);
  {
    await using _waiting = createTerminal("always", streams, clock).progress("Checking");
    await clock.advance(5_000);
  }
  assertEquals(screen.text.includes("\u001b"), false);
});

Deno.test("progress() piles up nothing in front of a terminal that is held up", async () => {
  const { screen, clock, streams } = open(true);
  await using _waiting = createTerminal("auto", streams, clock).progress("Checking");
  screen.hold();
  await clock.advance(60_000);
  screen.release();
  await settle();
  assertEquals(screen.calls, 1);
  await clock.advance(100);
  assertEquals(screen.calls, 2);
});

Deno.test("progress() takes a terminal that is gone for no error, and ends", async () => {
  const { screen, clock, streams } = open(true);
  const terminal = createTerminal("auto", streams, clock);
  {
    await using _waiting = terminal.progress("Checking");
    screen.failWith(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
    await clock.advance(10_000);
  }
  assertEquals([screen.calls, terminal.outputLost, clock.pending], [1, false, 0]);
});
