/**
 * Randomness as a parameter: whatever makes up a nonce, an identifier or a jitter takes a {@link Random}, so that a run can be repeated.
 *
 * @module
 */

import { randomBytes, randomInt } from "node:crypto";

/** A source of randomness. */
export interface Random {
  /** So many octets, which are the caller's own. */
  octets(length: number): Uint8Array;
  /** A number from 0 to below 1, for jitter. */
  number(): number;
}

/** Numbers that {@link systemRandom} can give. */
const steps = 2 ** 47;

/** The machine's own randomness, which nobody can foretell. */
export const systemRandom: Random = {
  octets: (length) => randomBytes(length),
  number: () => randomInt(steps) / steps,
};
