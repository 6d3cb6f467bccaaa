/**
 * Waits for the end of an asynchronous login by asking for its status, in either version of the API.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import type { CallLimits, DuoFailure } from "./api.ts";

/** What one poll says: not yet (with the word or text that tells how far it is), or how it ended. */
export type Poll<Result> = { readonly kind: "waiting"; readonly progress: string } | Result | DuoFailure;

/** How long one poll may be held, in ms: one that hangs on a dead connection must not cost the login. */
const pollLimit = 20_000;
/** Pause after a poll that told nothing new at once, or that failed, in ms. */
const pause = 500;

/**
 * Polls until there is a result. A poll that fails is only repeated, because the push is on the user's phone already; the
 * login ends with a failure when the deadline comes, when it is aborted, or when Duo no longer accepts our keys.
 */
export async function pollUntilDone<Result extends { readonly kind: string }>(
  poll: (limits: CallLimits) => Promise<Poll<Result>>,
  limits: CallLimits,
  clock: Clock,
): Promise<Result | DuoFailure> {
  let progress: string | undefined;
  for (;;) {
    const started = clock.now();
    if (started >= limits.deadline) return { kind: "unavailable", cause: "timeout", detail: "The login timed out" };
    const result = await poll({ ...limits, deadline: Math.min(limits.deadline, started + pollLimit) });
    switch (result.kind) {
      case "waiting": {
        const { progress: now } = result as { readonly progress: string };
        if (now !== progress || clock.now() - started > pause) {
          progress = now;
          continue;
        }
        break;
      }
      case "unavailable":
      case "delayed":
      case "overloaded":
        break;
      case "refused": {
        const { status } = result as { readonly status: number };
        if (status === 401 || status === 403) return result as DuoFailure;
        break;
      }
      default:
        return result as Result;
    }
    if (!(await sleep(clock, Math.min(pause, limits.deadline - clock.now()), limits.signal))) {
      return { kind: "aborted" };
    }
  }
}
