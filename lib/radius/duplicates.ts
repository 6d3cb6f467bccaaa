/**
 * The memory for repeats (RFC 5080, section 2.2.2): requests under way, and answers of the last half minute.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { attributeType, hasAttribute } from "./attributes.ts";
import type { Packet } from "./packet.ts";

/** A request that is remembered. Only {@link Duplicates} changes it. */
export interface Remembered {
  /** Source address, source port and identifier. */
  readonly key: string;
  readonly fingerprint: string;
  /** Whether it came with a valid Message-Authenticator. */
  readonly authentic: boolean;
  /** The answer, once there is one and as long as it is kept. */
  reply: Uint8Array | undefined;
  /** Until when the answer is kept. */
  expires: number;
  /** Whether another request has taken its place, so that its answer is of no use to anybody. */
  unwanted: boolean;
}

/** How much is kept. Beyond, the oldest answers go before their time. */
export interface DuplicateLimits {
  /** ms after the answer. */
  readonly keep: number;
  readonly maxAnswers: number;
  /** Octets of all answers. */
  readonly maxOctets: number;
}

/**
 * What is the same in a request and its repeat, and nowhere else: the Request Authenticator and the attributes. The authenticator
 * alone would do if every gateway's were as unpredictable as RFC 2865 wishes; one that repeats itself must not hand a user another
 * one's answer. Attributes that say when the packet was sent, which some gateways bring up to date without the new identifier
 * that they would have to use, don't count, nor does Message-Authenticator, which changes with them.
 */
export function fingerprint(bytes: Uint8Array, packet: Packet): string {
  const hash = createHash("sha256");
  if (!hasAttribute(packet, attributeType.eventTimestamp) && !hasAttribute(packet, attributeType.acctDelayTime)) {
    return hash.update(bytes).digest("base64");
  }
  hash.update(packet.authenticator);
  for (const { type, value } of packet.attributes) {
    if (
      type === attributeType.eventTimestamp || type === attributeType.acctDelayTime ||
      type === attributeType.messageAuthenticator
    ) continue;
    hash.update(Uint8Array.of(type, value.length)).update(value);
  }
  return hash.digest("base64");
}

/** Requests under way and answers, by who asked. */
export class Duplicates {
  readonly #limits: DuplicateLimits;
  readonly #entries = new Map<string, Remembered>();
  /** Answered entries in the order in which they expire; `#head` is the oldest that is still there. */
  #queue: Remembered[] = [];
  #head = 0;
  #octets = 0;

  constructor(limits: DuplicateLimits) {
    this.#limits = limits;
  }

  /** Entries remembered: requests under way, answers, and answers whose place was taken but whose time isn't over. */
  get size(): number {
    return Math.max(this.#entries.size, this.#queue.length - this.#head);
  }

  /** Octets of the answers kept. */
  get octets(): number {
    return this.#octets;
  }

  /** The request that this one repeats, or undefined. */
  find(key: string, fingerprint: string): Remembered | undefined {
    const entry = this.#entries.get(key);
    return entry?.fingerprint === fingerprint ? entry : undefined;
  }

  /**
   * Notes a new request. One with the same key loses its place, since the gateway has given the identifier to something new:
   * its answer is forgotten or, if it is under way, not sent any more. The exception: a request that proves nothing can't
   * silence one that came with a valid Message-Authenticator.
   */
  begin(key: string, fingerprint: string, authentic: boolean): Remembered {
    const old = this.#entries.get(key);
    if (old !== undefined) {
      this.#release(old);
      if (authentic || !old.authentic) old.unwanted = true;
    }
    const entry: Remembered = { key, fingerprint, authentic, reply: undefined, expires: 0, unwanted: false };
    this.#entries.set(key, entry);
    return entry;
  }

  /**
   * Keeps the answer to a request under way, unless another one has taken its place.
   *
   * @returns false if the answer must not be sent.
   */
  answer(entry: Remembered, reply: Uint8Array, now: number): boolean {
    if (this.#entries.get(entry.key) !== entry) return !entry.unwanted;
    entry.reply = reply;
    entry.expires = now + this.#limits.keep;
    this.#octets += reply.length;
    this.#queue.push(entry);
    this.expire(now);
    return true;
  }

  /** Forgets a request that gets no answer: its repeat begins anew. */
  forget(entry: Remembered): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
  }

  /** Forgets answers whose time is over, and the oldest beyond the limits. */
  expire(now: number): void {
    const { maxAnswers, maxOctets } = this.#limits;
    for (let oldest = this.#queue[this.#head]; oldest !== undefined; oldest = this.#queue[this.#head]) {
      const full = this.#queue.length - this.#head > maxAnswers || this.#octets > maxOctets;
      if (!full && now < oldest.expires) break;
      this.#head++;
      this.#release(oldest);
      if (this.#entries.get(oldest.key) === oldest) this.#entries.delete(oldest.key);
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  #release(entry: Remembered): void {
    this.#octets -= entry.reply?.length ?? 0;
    entry.reply = undefined;
  }
}
