/**
 * Random numbers that are the same in each run.
 *
 * @module
 */

/** Numbers from 0 to below 1 from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to below `limit`. */
export function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit);
}

/** One of some values. */
export function oneOf<Value>(values: readonly Value[], random: () => number): Value {
  const value = values[below(values.length, random)];
  if (value === undefined) throw new RangeError("There is nothing to choose from");
  return value;
}

/** Text of which each character is one octet, as octets. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Octets in pieces, cut at random places. */
export function pieces(octets: Uint8Array, random: () => number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let from = 0; from < octets.length;) {
    const to = Math.min(octets.length, from + 1 + below(oneOf([1, 4, 40, 400], random), random));
    found.push(octets.slice(from, to));
    from = to;
  }
  return found;
}
