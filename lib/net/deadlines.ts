/**
 * Many deadlines with one timer: a timer for each request costs more than most requests need of it, since they are answered
 * long before.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** Somebody with a deadline. */
export interface Waiting {
  /** In the clock's monotonic milliseconds. */
  readonly deadline: number;
  /** The deadline has come. */
  timeUp(): void;
}

/** Deadlines that are still to come. A timer may run for one that was taken back, until then or until it is disposed of. */
export class Deadlines implements Disposable {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #due = Infinity;
  #cancel = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for a deadline. */
  add(waiting: Waiting): void {
    this.#waiting.add(waiting);
    if (waiting.deadline < this.#due) this.#schedule(waiting.deadline);
  }

  /** Waits no longer. */
  delete(waiting: Waiting): void {
    this.#waiting.delete(waiting);
  }

  /** Stops the timer: nobody is told any more. */
  [Symbol.dispose](): void {
    this.#waiting.clear();
    this.#cancel();
    this.#due = Infinity;
  }

  #schedule(due: number): void {
    this.#cancel();
    this.#due = due;
    this.#cancel = this.#clock.after(due - this.#clock.now(), () => this.#fire());
  }

  #fire(): void {
    this.#due = Infinity;
    const now = this.#clock.now();
    for (const waiting of [...this.#waiting]) {
      // One who was told may have taken others away.
      if (waiting.deadline <= now && this.#waiting.delete(waiting)) waiting.timeUp();
    }
    let next = Infinity;
    for (const { deadline } of this.#waiting) next = Math.min(next, deadline);
    if (next < this.#due) this.#schedule(next);
  }
}
