/**
 * Keeps lines that anybody on the network can cause from filling the log.
 *
 * @module
 */

/** Lets each topic through once in an interval. */
export class LogLimiter {
  readonly #interval: number;
  readonly #maxTopics: number;
  /** Until when a topic stays quiet; in this order, since the interval is the same for all. */
  readonly #quietUntil = new Map<string, number>();

  /**
   * @param interval in ms.
   * @param maxTopics topics remembered at most: those beyond stay quiet until others are over.
   */
  constructor(interval: number, maxTopics: number) {
    this.#interval = interval;
    this.#maxTopics = maxTopics;
  }

  /** True if a line about the topic may be written at this time. */
  allows(topic: string, now: number): boolean {
    const until = this.#quietUntil.get(topic);
    if (until !== undefined && now < until) return false;
    for (const [old, end] of this.#quietUntil) {
      if (now < end) break;
      this.#quietUntil.delete(old);
    }
    if (this.#quietUntil.size >= this.#maxTopics) return false;
    this.#quietUntil.set(topic, now + this.#interval);
    return true;
  }

  /** Topics remembered. */
  get size(): number {
    return this.#quietUntil.size;
  }
}
