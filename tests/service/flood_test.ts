/**
 * Floods of packets that anybody can send, through the whole proxy into the log.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import { createEvents } from "../../lib/log/event_log.ts";
import { attributeType } from "../../lib/radius/attributes.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { FakeStream } from "../kit/fake_stream.ts";
import { text, World } from "../kit/world.ts";

Deno.test("a flood of unsigned packets that say nothing leaves a few lines and their number", async () => {
  const stdout = new FakeStream();
  const stderr = new FakeStream();
  const clock = new FakeClock();
  const settings = { debug: false, logFormat: "text", logStdout: false, logAuthEvents: true, hostname: "h" } as const;
  const log = createEvents({ stdout, stderr, clock, settings });
  await using world = await World.start({ proxy: { events: log } });
  const gateway = world.gateway();
  const flood = [
    (): Uint8Array => crypto.getRandomValues(new Uint8Array(16)),
    (): string => "hunter2",
    (): undefined => undefined,
  ].flatMap((field) => ["alice", "al\nice"].map((user) => ({ field, user })));
  const rounds = 300;
  const before = stderr.text.length;
  for (let round = 0; round < rounds; round++) {
    await Promise.all(flood.map(({ field, user }) => {
      const password = field();
      const hidden = password instanceof Uint8Array ? [{ type: attributeType.userPassword, value: password }] : [];
      return gateway.login({
        messageAuthenticator: false,
        attributes: [text(attributeType.userName, user), ...hidden],
        ...(typeof password === "string" ? { password } : {}),
      });
    }));
  }
  await clock.advance(60_000);
  assertLess(stdout.text.length + stderr.text.length - before, 20_000);
  const events = stdout.lines.map((line) => JSON.parse(line));
  assertEquals(events.length, 11);
  assertEquals(events.reduce((sum, { count = 1 }) => sum + count, 0), rounds * flood.length);
  assertEquals(stdout.text.includes("hunter2") || stderr.text.includes("hunter2"), false);
  await log[Symbol.asyncDispose]();
});
