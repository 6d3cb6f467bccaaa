/**
 * Preauth, and what it takes to know whether it was Duo that failed: the order of tries and witnesses.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import type { Answered, CallLimits, DuoFailure, Preauth } from "./api.ts";
import type { Delayed, Unavailable } from "./availability.ts";
import type { Outage, OutageMemory } from "./outage.ts";
import { type PairResult, usualPairLimit } from "./witness_pair.ts";

/** How preauth ends. Of a failed call only an outage with both its witnesses is left to failmode. */
export type PreauthResult = Preauth | Exclude<DuoFailure, Unavailable | Delayed> | Outage;

/** What preauth is made with. */
export interface PreauthMeans {
  /** One try. */
  readonly ask: (limits: CallLimits) => Promise<Answered<Preauth | DuoFailure>>;
  /** A pair of calls that no login depends on, begun after this, for one whose time ends then. */
  readonly askPair: (deadline: number) => Promise<PairResult>;
  readonly memory: OutageMemory;
  readonly clock: Clock;
  /** How long the first try may take, in ms. */
  readonly firstLimit: number;
}

/** How long all of it may take, and the second try, in ms. */
const limitsInAll = { whole: 14_000, second: 5_000 } as const;
/** Less time is not shared between the first try and the pair: the silence of neither would say anything. */
const leastShared = 4_400;

/** What a try came to: a result to return; Duo is well otherwise; or nobody can tell. */
type Finding = Answered<PreauthResult> | "well" | "unclear";

/** Asks preauth for a user, at most twice, and looks for the second witness where a try failed. */
export async function witnessedPreauth(
  user: string,
  { deadline, signal }: CallLimits,
  means: PreauthMeans,
): Promise<Answered<PreauthResult>> {
  const { memory, clock, firstLimit } = means;
  const known = memory.decideAtOnce();
  if (known) return known;
  const whole = { deadline: Math.min(deadline, clock.now() + limitsInAll.whole), signal };

  const first = await tryOnce(user, Math.min(firstLimit, shareOf(whole.deadline - clock.now())), whole, means);
  const found = await judge(user, first, whole, means);
  if (typeof found === "object") return found;

  const second = found === "well"
    ? await tryOnce(user, limitsInAll.second, whole, means)
    : await unlessKnown(memory, (signal) => tryOnce(user, limitsInAll.second, { ...whole, signal }, means), signal);
  // With Duo well otherwise a second failure is a reject, whatever it was.
  const then = second === undefined || (found === "well" && isDoubtful(second))
    ? found
    : await judge(user, second, whole, means);
  if (typeof then === "object") return then;
  if (then === "well") {
    return { kind: "duo-error", detail: `Duo answers, but not preauth: ${detailOf(second ?? first)}` };
  }
  return await waitOn(whole, memory, clock);
}

/** The first try's part of the time left: where a short `login_timeout` ends before the pair has had its own, they share it. */
function shareOf(left: number): number {
  return left < leastShared ? left : Math.max(left - usualPairLimit, left / 2);
}

/** One try; what it says about Duo is remembered. */
async function tryOnce(
  user: string,
  limit: number,
  { deadline, signal }: CallLimits,
  { ask, memory, clock }: PreauthMeans,
): Promise<Answered<Preauth | DuoFailure>> {
  const result = await ask({ deadline: Math.min(deadline, clock.now() + limit), signal });
  if (result.kind === "unavailable") memory.failed(user, result);
  return result;
}

/** What a try's end means, with the second witness where it needs one. */
async function judge(
  user: string,
  result: Answered<Preauth | DuoFailure>,
  limits: CallLimits,
  { askPair, memory, clock }: PreauthMeans,
): Promise<Finding> {
  if (!isDoubtful(result)) return result;
  const known = memory.decideAtOnce();
  if (known) return known;
  if (result.kind === "delayed") return "unclear";
  const since = clock.now();
  const first = { call: "preauth", failure: result };
  const others = memory.otherUsers(user);
  if (others !== undefined) return memory.witnessed(user, since, first, others);
  if (limits.deadline <= since || limits.signal.aborted) return "unclear";
  const pair = await within(limits, clock, askPair(limits.deadline));
  if (pair?.kind === "failed") return memory.witnessed(user, since, first, pair.witness);
  const late = memory.otherUsers(user);
  if (late !== undefined) return memory.witnessed(user, since, first, late);
  return pair?.kind === "answered" ? "well" : "unclear";
}

/** Waits for others to find out whether Duo is out. Whatever kept this login waiting was ours. */
async function waitOn(
  { deadline, signal }: CallLimits,
  memory: OutageMemory,
  clock: Clock,
): Promise<PreauthResult> {
  await unlessKnown(memory, (known) => sleep(clock, deadline - clock.now(), known), signal);
  if (signal.aborted) return { kind: "aborted" };
  return memory.decideAtOnce() ??
    { kind: "overloaded", detail: "Duo was asked in vain, and that may be this process's own fault" };
}

/** Does the work unless an outage becomes known; then the work's signal aborts, and there is no result. */
async function unlessKnown<Result>(
  memory: OutageMemory,
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const over = new AbortController();
  const known = memory.whenKnown(over.signal).then(() => undefined);
  try {
    return await Promise.race([work(AbortSignal.any([signal, over.signal])), known]);
  } finally {
    over.abort();
  }
}

/** What a promise gives, or undefined if the deadline or an abort comes first. */
async function within<Result>(
  { deadline, signal }: CallLimits,
  clock: Clock,
  promise: Promise<Result>,
): Promise<Result | undefined> {
  const over = new AbortController();
  const limit = sleep(clock, deadline - clock.now(), AbortSignal.any([signal, over.signal])).then(() => undefined);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    over.abort();
  }
}

function isDoubtful(result: Preauth | DuoFailure): result is Unavailable | Delayed {
  return result.kind === "unavailable" || result.kind === "delayed";
}

function detailOf(result: Preauth | DuoFailure): string {
  return "detail" in result ? result.detail : result.kind;
}
