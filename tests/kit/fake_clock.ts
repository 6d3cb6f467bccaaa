/**
 * A clock that stands still until a test moves it: tests of timeouts and retries run without sleeping.
 *
 * @module
 */

import type { Clock } from "../../lib/clock.ts";

interface Timer {
  readonly due: number;
  /** Timers of one moment run in the order in which they were set. */
  readonly order: number;
  readonly action: () => void;
}

/** How often {@link settle} lets the event loop turn: enough for chains of promises across a few turns. */
const settleTurns = 10;

/**
 * Lets everything run that waits for no timer of a clock: microtasks, and a few turns of the event loop.
 *
 * What waits for a socket isn't waited for: await what the peer sees instead.
 */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < settleTurns; turn++) {
    await new Promise<void>((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        channel.port1.close();
        channel.port2.close();
        resolve();
      };
      channel.port2.postMessage(null);
    });
  }
}

/** A {@link Clock} moved by {@link FakeClock.advance} alone. */
export class FakeClock implements Clock {
  #now = 0;
  #wall: number;
  #count = 0;
  readonly #timers = new Set<Timer>();

  /** @param wall the date it begins with, in milliseconds since the Unix epoch. */
  constructor(wall: number = Date.UTC(2026, 10, 25, 1, 2, 3, 456)) {
    this.#wall = wall;
  }

  /** @inheritdoc */
  now(): number {
    return this.#now;
  }

  /** @inheritdoc */
  wallNow(): number {
    return this.#wall;
  }

  /** @inheritdoc */
  after(delay: number, action: () => void): () => void {
    const timer: Timer = { due: this.#now + Math.max(0, delay), order: this.#count++, action };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many timers are set: a test of clean shutdown expects 0. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due; null if none is set. */
  get nextIn(): number | null {
    const next = this.#next();
    return next === undefined ? null : next.due - this.#now;
  }

  /** Changes the date without letting time pass, as an administrator or NTP does. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  /**
   * Lets `ms` milliseconds pass: what is due runs in order, each at its own time, and whatever it starts settles before
   * the next; timers that are set on the way and fall due within the span run too.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      this.#timers.delete(next);
      this.#moveTo(next.due);
      next.action();
      await settle();
    }
    this.#moveTo(end);
  }

  #moveTo(now: number): void {
    this.#wall += now - this.#now;
    this.#now = now;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}
