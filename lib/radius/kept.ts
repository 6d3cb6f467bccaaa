/**
 * Answers that are kept for a while and forgotten in the order in which they came: by time, number and octets.
 *
 * @module
 */

/** How much is kept. Beyond, the oldest answers go before their time. */
export interface KeepLimits {
  /** ms after the answer. */
  readonly keep: number;
  readonly maxAnswers: number;
  /** Octets of all answers. */
  readonly maxOctets: number;
}

/** The place of one answer. Only {@link Kept} changes it. */
export interface Place<Item> {
  readonly item: Item;
  readonly expires: number;
  /** What it counts against the limit. */
  octets: number;
}

/** A queue of what expires. */
export class Kept<Item> {
  readonly #limits: KeepLimits;
  readonly #forget: (item: Item) => void;
  /** In the order of expiry; `#head` is the oldest that is still there. */
  #queue: Place<Item>[] = [];
  #head = 0;
  #octets = 0;

  /** @param forget is told about each item whose time is over. */
  constructor(limits: KeepLimits, forget: (item: Item) => void) {
    this.#limits = limits;
    this.#forget = forget;
  }

  /** Items kept; one that was released counts until its time is over. */
  get size(): number {
    return this.#queue.length - this.#head;
  }

  /** Octets of what is kept. */
  get octets(): number {
    return this.#octets;
  }

  /** Keeps an item from now on. */
  add(item: Item, octets: number, now: number): Place<Item> {
    const place = { item, octets, expires: now + this.#limits.keep };
    this.#octets += octets;
    this.#queue.push(place);
    this.expire(now);
    return place;
  }

  /** An item needs its octets no more, though its time isn't over. */
  release(place: Place<Item>): void {
    this.#octets -= place.octets;
    place.octets = 0;
  }

  /** Forgets what is over, and the oldest beyond the limits. */
  expire(now: number): void {
    const { maxAnswers, maxOctets } = this.#limits;
    for (let oldest = this.#queue[this.#head]; oldest !== undefined; oldest = this.#queue[this.#head]) {
      const full = this.size > maxAnswers || this.#octets > maxOctets;
      if (!full && now < oldest.expires) break;
      this.#head++;
      this.release(oldest);
      this.#forget(oldest.item);
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
