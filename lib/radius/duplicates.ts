/**
 * The memory for duplicates (RFC 5080, section 2.2.2): requests under way, and answers of the last half minute.
 *
 * @module
 */

import { type KeepLimits, Kept, type Place } from "./kept.ts";

/** A request that is remembered. Only {@link Duplicates} changes it. */
export interface Remembered {
  /** Source address, source port and identifier. */
  readonly key: string;
  readonly fingerprint: string;
  /** The answer, once there is one and as long as it is kept. */
  reply: Uint8Array | undefined;
  /** Where the answer is kept. */
  place: Place<Remembered> | undefined;
  /** Whether the gateway has given its identifier to something new, so that its answer is of no use to anybody. */
  unwanted: boolean;
}

/** Requests under way and answers, by who asked. */
export class Duplicates {
  /** By key, then by fingerprint: several of one key are possible where nothing proves which of them is the gateway's. */
  readonly #entries = new Map<string, Map<string, Remembered>>();
  readonly #kept: Kept<Remembered>;
  #size = 0;

  constructor(limits: KeepLimits) {
    this.#kept = new Kept(limits, (entry) => this.#forget(entry));
  }

  /** Entries remembered: requests under way, answers, and answers whose place was taken but whose time isn't over. */
  get size(): number {
    return Math.max(this.#size, this.#kept.size);
  }

  /** Octets of the answers kept. */
  get octets(): number {
    return this.#kept.octets;
  }

  /** The request that this one is a duplicate of, or undefined. */
  find(key: string, fingerprint: string): Remembered | undefined {
    return this.#entries.get(key)?.get(fingerprint);
  }

  /**
   * Notes a new request. Others with the same key lose their place if it is certain that the gateway has given the identifier
   * to something new: their answers are forgotten or, if they are under way, not sent any more.
   *
   * @param authentic whether the gateway proves that it sent this now. Of requests that prove nothing all are answered: of two
   * nobody can tell which one is forged, and a forged one must not silence a login.
   */
  begin(key: string, fingerprint: string, authentic: boolean): Remembered {
    if (authentic) this.#supersede(key);
    const entry: Remembered = { key, fingerprint, reply: undefined, place: undefined, unwanted: false };
    const beside = this.#entries.get(key);
    if (beside === undefined) this.#entries.set(key, new Map([[fingerprint, entry]]));
    else beside.set(fingerprint, entry);
    this.#size++;
    return entry;
  }

  /**
   * Keeps the answer to a request under way, unless another one has taken its place.
   *
   * @returns false if the answer must not be sent.
   */
  answer(entry: Remembered, reply: Uint8Array, now: number): boolean {
    if (entry.unwanted) return false;
    entry.reply = reply;
    entry.place = this.#kept.add(entry, reply.length, now);
    return true;
  }

  /** Forgets answers whose time is over, and the oldest beyond the limits. */
  expire(now: number): void {
    this.#kept.expire(now);
  }

  #supersede(key: string): void {
    const entries = this.#entries.get(key);
    if (entries === undefined) return;
    for (const entry of entries.values()) {
      entry.unwanted = true;
      entry.reply = undefined;
      if (entry.place !== undefined) this.#kept.release(entry.place);
    }
    this.#size -= entries.size;
    this.#entries.delete(key);
  }

  #forget(entry: Remembered): void {
    entry.reply = undefined;
    const entries = this.#entries.get(entry.key);
    if (entries?.get(entry.fingerprint) !== entry) return;
    entries.delete(entry.fingerprint);
    if (entries.size === 0) this.#entries.delete(entry.key);
    this.#size--;
  }
}
