/**
 * The second witness of an outage: two calls that no login depends on, on connections of their own.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import { type CallLimits, type DuoFailure, isFailure } from "./api.ts";
import type { Witness } from "./outage.ts";

/** How a pair ended. `unclear`: no answer, but that may be our own fault. */
export type PairResult =
  | { readonly kind: "failed"; readonly witness: Witness }
  | { readonly kind: "answered" }
  | { readonly kind: "unclear" };

/** What a pair is made of. Each call is made once, on a fresh connection. */
export interface PairOptions {
  readonly calls: readonly {
    readonly name: string;
    readonly make: (limits: CallLimits) => Promise<{ readonly kind: string } | DuoFailure>;
  }[];
  readonly clock: Clock;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Told how each pair ended. */
  readonly ended: (result: PairResult) => void;
}

/** How long a pair may take, in ms. */
export const usualPairLimit = 3_000;
/**
 * A login that ends before shortens it, in ms: so much sooner than the login it has to end to be of use, and it is never shorter than
 * `least`, for silence of under 2 s says nothing.
 */
const shorter = { margin: 100, least: 2_100 } as const;
/**
 * Time from a pair's beginning until the next one may begin beside it, in ms: when many logins fail within a moment, two pairs
 * serve them all.
 */
const spacing = 500;

/** Makes pairs of calls. */
export class WitnessPair {
  readonly #options: PairOptions;
  /** The one that began last, while it is under way. */
  #current: { readonly begun: number; readonly over: Promise<unknown> } | undefined;
  /** One that has not begun yet. */
  #next: Promise<PairResult> | undefined;
  /** When the first of those who wait for the next one has no more time. */
  #needed = Infinity;

  constructor(options: PairOptions) {
    this.#options = options;
  }

  /**
   * The result of a pair that begins after this call. One serves everybody who asked before it began.
   *
   * @param needed when the result is of no more use, in the clock's monotonic milliseconds.
   */
  ask(needed = Infinity): Promise<PairResult> {
    this.#needed = Math.min(this.#needed, needed);
    if (this.#next === undefined && this.#current === undefined) return this.#begin();
    this.#next ??= this.#wait().then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  /** Until the current pair is over, or has been under way for a while. */
  async #wait(): Promise<void> {
    if (this.#current === undefined) return;
    const { clock, signal } = this.#options;
    const { begun, over } = this.#current;
    const enough = new AbortController();
    const pause = sleep(clock, begun + spacing - clock.now(), AbortSignal.any([signal, enough.signal]));
    await Promise.race([over, pause]);
    enough.abort();
  }

  async #begin(): Promise<PairResult> {
    const running = this.#run();
    const current = { begun: this.#options.clock.now(), over: running };
    this.#current = current;
    const result = await running;
    if (this.#current === current) this.#current = undefined;
    this.#options.ended(result);
    return result;
  }

  /** The first that fails decides; that all is well only all of them together. */
  #run(): Promise<PairResult> {
    const { calls, clock, signal } = this.#options;
    const left = this.#needed - shorter.margin - clock.now();
    this.#needed = Infinity;
    const enough = new AbortController();
    const limits: CallLimits = {
      deadline: clock.now() + Math.max(shorter.least, Math.min(left, usualPairLimit)),
      signal: AbortSignal.any([signal, enough.signal]),
      fresh: true,
      urgent: true,
    };
    return new Promise((resolve) => {
      const results: PairResult[] = [];
      const take = (result: PairResult): void => {
        results.push(result);
        if (result.kind === "failed") resolve(result);
        else if (results.length === calls.length) {
          resolve(results.find(({ kind }) => kind === "unclear") ?? { kind: "answered" });
        } else return;
        enough.abort();
      };
      for (const { name, make } of calls) void make(limits).then((result) => take(judge(name, result)));
    });
  }
}

/** Any answer counts, also a no: who refuses is there. */
function judge(call: string, result: { readonly kind: string } | DuoFailure): PairResult {
  if (!isFailure(result)) return { kind: "answered" };
  switch (result.kind) {
    case "unavailable":
      return { kind: "failed", witness: { call, failure: result } };
    case "refused":
    case "duo-error":
      return { kind: "answered" };
    case "delayed":
    case "overloaded":
    case "aborted":
      return { kind: "unclear" };
  }
}
