/**
 * How late the event loop is: whether a wait was long because of others, or because this process stood still.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** Milliseconds between two looks. A lag is seen at most this much shorter than it was. */
const interval = 50;
/** A shorter lag, in ms, is no stand-still. */
const usual = 20;

/** How late the event loop was, in milliseconds. */
export interface Lag {
  /** At one time. */
  readonly longest: number;
  /** In all: for so long nothing was done that was to be done. Lags that every busy loop has are left out. */
  readonly total: number;
}

/** Measures the lag of the event loop while somebody watches, and a little longer: a timer for each short watch costs more. */
export class LagMeter implements Disposable {
  readonly #clock: Clock;
  readonly #watchers = new Set<{ longest: number; total: number }>();
  #due = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Begins to watch. Whoever watches must end it, for a timer runs as long.
   *
   * @returns what ends the watch and gives the lag since its beginning; the same when called again.
   */
  watch(): () => Lag {
    const watcher = { longest: 0, total: 0 };
    if (this.#cancel === undefined) this.#schedule();
    // A look that is overdue already is the lag of those who watched before.
    else if (this.#clock.now() > this.#due) this.#look();
    this.#watchers.add(watcher);
    return () => {
      if (this.#watchers.has(watcher)) {
        // Whoever is called back before an overdue look has been kept waiting too.
        add(watcher, this.#clock.now() - this.#due);
        this.#watchers.delete(watcher);
      }
      return { ...watcher };
    };
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this[Symbol.dispose]();
    const late = this.#clock.now() - this.#due;
    for (const watcher of this.#watchers) add(watcher, late);
    this.#schedule();
  }

  #schedule(): void {
    this.#due = this.#clock.now() + interval;
    this.#cancel = this.#clock.after(interval, () => {
      this.#cancel = undefined;
      if (this.#watchers.size > 0) this.#look();
    });
  }
}

function add(lag: { longest: number; total: number }, late: number): void {
  lag.longest = Math.max(lag.longest, late);
  if (late >= usual) lag.total += late;
}
