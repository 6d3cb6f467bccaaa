/**
 * Waiting for the user: what one poll comes to must not end the login, for the push is on the phone already.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { AuthResult, DuoFailure } from "../../lib/duo/api.ts";
import { type Poll, pollUntilDone } from "../../lib/duo/polling.ts";
import { FakeClock } from "../kit/fake_clock.ts";

const approved: AuthResult = {
  kind: "allow",
  text: "Success. Logging you in...",
  status: "allow",
  factor: "push",
  txid: "2f1ce2b2",
  device: null,
  groups: [],
};

const passing: readonly DuoFailure[] = [
  { kind: "unavailable", cause: "network", detail: "The connection was cut" },
  { kind: "unavailable", cause: "timeout", detail: "No answer" },
  { kind: "delayed", detail: "This process stood still" },
  { kind: "overloaded", detail: "EMFILE" },
  { kind: "refused", status: 429, code: 42901, message: "", detail: "" },
];

for (const failure of passing) {
  const what = failure.kind === "unavailable" ? `${failure.kind} (${failure.cause})` : failure.kind;

  Deno.test(`a poll that ends as ${what} is repeated`, async () => {
    const clock = new FakeClock();
    const polls: Poll<AuthResult>[] = [failure, approved];
    const limits = { deadline: clock.now() + 58_000, signal: new AbortController().signal };
    const login = pollUntilDone(() => Promise.resolve(polls.shift() ?? approved), limits, clock);
    await clock.advance(1_000);
    assertEquals(await login, approved);
    assertEquals(clock.pending, 0);
  });

  Deno.test(`polls that end as ${what} until the deadline are a login that timed out`, async () => {
    const clock = new FakeClock();
    const limits = { deadline: clock.now() + 58_000, signal: new AbortController().signal };
    const login = pollUntilDone(() => Promise.resolve<Poll<AuthResult>>(failure), limits, clock);
    await clock.advance(58_000);
    assertEquals(await login, { kind: "unavailable", cause: "timeout", detail: "The login timed out" });
    assertEquals(clock.pending, 0);
  });
}
