/**
 * Limits how often one thing is said in the operational log. Events are never limited.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** Lines that may be written about one thing in a minute. */
const linesAMinute = 10;
const minute = 60_000;

interface Count {
  /** When its minute began, in the clock's monotonic milliseconds. */
  readonly begun: number;
  written: number;
}

/** Limits on the lines about a few things, each with a count of its own. */
export class LineLimits {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Count>();
  readonly #leftOut = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Asks for a line.
   *
   * @param about what it is about: one of a few words.
   * @returns how many lines about it were left out before this one; undefined if this one is to be left out too.
   */
  take(about: string): number | undefined {
    const now = this.#clock.now();
    const leftOut = this.#leftOut.get(about) ?? 0;
    let count = this.#counts.get(about);
    if (count === undefined || now - count.begun >= minute) {
      count = { begun: now, written: 0 };
      this.#counts.set(about, count);
    }
    if (count.written >= linesAMinute) {
      this.#leftOut.set(about, leftOut + 1);
      return undefined;
    }
    count.written++;
    this.#leftOut.delete(about);
    return leftOut;
  }
}
