/**
 * Virtual time: a queue of events, each of which runs at its own moment, and nothing between two of them but the promises that the
 * first has kept.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock } from "../../lib/clock.ts";

interface Entry {
  readonly due: number;
  /** Events of one moment run in the order in which they were set. */
  readonly order: number;
  readonly owner: Owned | undefined;
  action: (() => void) | undefined;
}

/** The date at which every world begins. */
const epoch = Date.UTC(2026, 10, 23, 0, 0, 0);

/** Time that passes as fast as the events in it can be run. */
export class VirtualClock implements Clock {
  /** A binary heap; what was cancelled stays in it without its action. */
  readonly #heap: Entry[] = [];
  #now = 0;
  #order = 0;
  #events = 0;

  /** @inheritdoc */
  now(): number {
    return this.#now;
  }

  /** @inheritdoc */
  wallNow(): number {
    return epoch + this.#now;
  }

  /** Events that have run. */
  get events(): number {
    return this.#events;
  }

  /** @inheritdoc */
  after(delay: number, action: () => void): () => void {
    return this.#push(this.#now + Math.max(0, delay), action, undefined);
  }

  /** Calls `action` at a moment, or now if that is over. */
  at(due: number, action: () => void): () => void {
    return this.#push(Math.max(this.#now, due), action, undefined);
  }

  /** The same time for one participant, whose timers are counted. */
  owned(): Owned {
    const push = (delay: number, action: () => void, owner: Owned): () => void =>
      this.#push(this.#now + Math.max(0, delay), action, owner);
    return new Owned(this, push);
  }

  /**
   * Runs events until a moment, or until `over` says so after one of them. Before time moves, all promises that an event has settled
   * have been followed to their end: nothing in a world waits for anything but this clock, so one turn of the event loop does it.
   */
  async run(until: number, over: () => boolean): Promise<void> {
    await turn();
    for (let entry = this.#heap[0]; entry !== undefined && entry.due <= until && !over(); entry = this.#heap[0]) {
      this.#pop();
      if (entry.action === undefined) continue;
      this.#now = entry.due;
      this.#events++;
      if (entry.owner !== undefined) entry.owner.pending--;
      const { action } = entry;
      entry.action = undefined;
      action();
      await turn();
    }
    if (!over()) this.#now = Math.max(this.#now, until);
  }

  #push(due: number, action: () => void, owner: Owned | undefined): () => void {
    const entry: Entry = { due, order: this.#order++, owner, action };
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
    if (owner !== undefined) owner.pending++;
    return () => {
      if (entry.action === undefined) return;
      entry.action = undefined;
      if (owner !== undefined) owner.pending--;
    };
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const [least, at] = a !== undefined && b !== undefined && isBefore(b, a) ? [b, left + 1] : [a, left];
      if (least === undefined || !isBefore(least, last)) break;
      heap[index] = least;
      index = at;
    }
    heap[index] = last;
  }
}

/** A participant's view of the clock. */
export class Owned implements Clock {
  /** Timers that are set. */
  pending = 0;
  readonly #clock: VirtualClock;
  readonly #push: (delay: number, action: () => void, owner: Owned) => () => void;

  /** Use {@link VirtualClock.owned}. */
  constructor(clock: VirtualClock, push: (delay: number, action: () => void, owner: Owned) => () => void) {
    this.#clock = clock;
    this.#push = push;
  }

  /** @inheritdoc */
  now(): number {
    return this.#clock.now();
  }

  /** @inheritdoc */
  wallNow(): number {
    return this.#clock.wallNow();
  }

  /** @inheritdoc */
  after(delay: number, action: () => void): () => void {
    return this.#push(delay, action, this);
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

/** One turn of the event loop, at whose end no promise is left that could go on by itself. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A moment for people: `07:04:05.678`. */
export function moment(ms: number): string {
  return new Date(epoch + ms).toISOString().slice(11, 23);
}

/** Milliseconds. */
export const second = 1_000;
/** Milliseconds. */
export const minute = 60 * second;
/** Milliseconds. */
export const hour = 60 * minute;
