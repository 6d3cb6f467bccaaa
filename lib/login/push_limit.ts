/**
 * How many pushes and calls a phone gets: who knows a password must not be able to ring it until somebody taps "Approve" to have
 * peace.
 *
 * Counted is what is pending, and what ended unapproved within the last five minutes. A request that pending ones keep out waits,
 * for the user may be about to approve one of them; it gets no push of its own before.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { CallLimits } from "../duo/api.ts";

/** How long what ended unapproved counts, in ms. */
const memory = 5 * 60_000;
/** Requests that wait for one count at most; one more is over the limit. */
const maxWaiting = 100;
/** Counts that are remembered at most; beyond, the one that was changed longest ago is forgotten. */
const maxCounts = 100_000;

/** How a push ended: `unapproved` also if nobody knows, `none` if there was none. */
export type PushEnd = "approved" | "unapproved" | "none";

/** What is counted together, and how much of it may be. */
export interface PushCount {
  readonly key: string;
  readonly limit: number;
}

/** Why a push is not sent: over the limit, or the login's time was up or it was given up while it waited. */
export type PushRefusal = "limit" | "timeout" | "aborted";

/** What is known under one key. */
interface Count {
  pending: number;
  /** When pushes ended unapproved, in the clock's monotonic ms, oldest first. */
  ended: number[];
  readonly waiting: Set<Waiter>;
}

interface Waiter {
  readonly limit: number;
  readonly decide: (decision: "go" | PushRefusal) => void;
}

/** The memory of a process. */
export class PushLimit {
  readonly #clock: Clock;
  readonly #maxCounts: number;
  /** Those changed last stand last. */
  readonly #counts = new Map<string, Count>();

  constructor(clock: Clock, max: number = maxCounts) {
    this.#clock = clock;
    this.#maxCounts = max;
  }

  /** Counts that are remembered, pushes that are pending, and requests that wait. */
  get held(): { readonly counts: number; readonly pending: number; readonly waiting: number } {
    const counts = [...this.#counts.values()];
    return {
      counts: counts.length,
      pending: counts.reduce((sum, { pending }) => sum + pending, 0),
      waiting: counts.reduce((sum, { waiting }) => sum + waiting.size, 0),
    };
  }

  /** Sends a push as soon as the limit lets it, and counts it; or says why it was not sent. `endOf` tells how it ended. */
  async run<Result>(
    { key, limit }: PushCount,
    limits: CallLimits,
    push: () => Promise<Result>,
    endOf: (result: Result) => PushEnd,
  ): Promise<Result | PushRefusal> {
    const count = this.#touch(key);
    const decision = this.#judge(count, limit) ?? await this.#wait(count, limit, limits);
    if (decision !== "go") return decision;
    let end: PushEnd = "unapproved";
    try {
      const result = await push();
      end = endOf(result);
      return result;
    } finally {
      count.pending--;
      if (end === "unapproved") count.ended.push(this.#clock.now());
      this.#settle(key, count, end);
    }
  }

  /** Notes that a user has approved a login: what is counted under these keys is forgiven. */
  approved(keys: readonly string[]): void {
    for (const key of keys) {
      const count = this.#counts.get(key);
      if (count !== undefined) this.#settle(key, count, "approved");
    }
  }

  /** `go` takes the place at once; undefined: pending ones are in the way, which may yet be approved. */
  #judge(count: Count, limit: number): "go" | "limit" | undefined {
    const oldest = this.#clock.now() - memory;
    count.ended = count.ended.filter((at) => at > oldest);
    if (count.ended.length >= limit) return "limit";
    if (count.ended.length + count.pending >= limit) return undefined;
    count.pending++;
    return "go";
  }

  #wait(count: Count, limit: number, { deadline, signal }: CallLimits): Promise<"go" | PushRefusal> {
    if (count.waiting.size >= maxWaiting) return Promise.resolve("limit");
    if (signal.aborted) return Promise.resolve("aborted");
    return new Promise((resolve) => {
      const waiter: Waiter = {
        limit,
        decide: (decision) => {
          count.waiting.delete(waiter);
          cancel();
          signal.removeEventListener("abort", onAbort);
          resolve(decision);
        },
      };
      const onAbort = (): void => waiter.decide("aborted");
      const cancel = this.#clock.after(deadline - this.#clock.now(), () => waiter.decide("timeout"));
      signal.addEventListener("abort", onAbort, { once: true });
      count.waiting.add(waiter);
    });
  }

  /** Judges those that waited for an end, in the order in which they came. */
  #settle(key: string, count: Count, end: PushEnd): void {
    if (end === "approved") count.ended = [];
    for (const { limit, decide } of [...count.waiting]) {
      const decision = this.#judge(count, limit);
      if (decision !== undefined) decide(decision);
      else if (end === "unapproved") decide("limit");
    }
    if (isIdle(count) && count.ended.length === 0) {
      if (this.#counts.get(key) === count) this.#counts.delete(key);
    } else this.#touch(key, count);
  }

  /** The count of a key as the one that was changed last; forgets those that say nothing any more. */
  #touch(key: string, count: Count = this.#counts.get(key) ?? { pending: 0, ended: [], waiting: new Set() }): Count {
    this.#counts.delete(key);
    this.#counts.set(key, count);
    const oldest = this.#clock.now() - memory;
    for (const [other, old] of this.#counts) {
      const tooMany = this.#counts.size > this.#maxCounts;
      if (!tooMany && (other === key || !isIdle(old) || (old.ended.at(-1) ?? oldest) > oldest)) break;
      if (other !== key && isIdle(old)) this.#counts.delete(other);
    }
    return count;
  }
}

function isIdle({ pending, waiting }: Count): boolean {
  return pending === 0 && waiting.size === 0;
}
