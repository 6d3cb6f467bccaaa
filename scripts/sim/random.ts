/**
 * Randomness from a seed: the same seed makes the same world. Each participant has a stream of its own, named after what it is for,
 * so that leaving one event out changes nothing of the others.
 *
 * @module
 */

import type { Random } from "../../lib/random.ts";

/** A stream of numbers (xoshiro128**). */
export class Seeded implements Random {
  readonly #state: Uint32Array;
  readonly #name: string;

  /** @param parts what the stream is for; the same parts give the same stream. */
  constructor(...parts: readonly (string | number)[]) {
    this.#name = parts.join("/");
    this.#state = Uint32Array.from([1, 2, 3, 4], (salt) => hash(`${salt}/${this.#name}`));
  }

  /** A stream of its own for something within this one's subject. */
  fork(...parts: readonly (string | number)[]): Seeded {
    return new Seeded(this.#name, ...parts);
  }

  /** 32 bits. */
  word(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const e = c ^ a;
    const f = d ^ b;
    this.#state.set([a ^ f, b ^ e, e ^ (b << 9), rotate(f, 11)]);
    return result;
  }

  /** @inheritdoc */
  number(): number {
    return this.word() / 2 ** 32;
  }

  /** @inheritdoc */
  octets(length: number): Uint8Array {
    const octets = new Uint8Array(length);
    for (let index = 0; index < length; index++) octets[index] = this.word() >>> 24;
    return octets;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.number() * limit);
  }

  /** An integer from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.number() < probability;
  }

  /** One of several values. */
  oneOf<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[this.below(values.length)] ?? values[0];
  }

  /** A waiting time whose mean is `mean`, as between events that know nothing of each other. */
  wait(mean: number): number {
    return -Math.log(1 - this.number()) * mean;
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** 32 bits of a text (FNV-1a, with a last mixing of murmur3). */
function hash(text: string): number {
  let value = 0x811c_9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x0100_0193);
  value = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2_ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
