/**
 * Looks up names. Each look-up holds a thread of the runtime, for ten seconds and more if no name server answers, and a
 * process may have few of them: so look-ups of one name that come close together are one.
 *
 * @module
 */

import { lookup } from "node:dns";
import type { Clock } from "../clock.ts";

/** For how long others join a look-up, in ms from its beginning. Whoever comes later may find a name server that is back. */
const joinFor = 2_000;

/**
 * Asks for the addresses of a name, in the order in which they should be tried.
 *
 * @throws an error with a code such as `ENOTFOUND`.
 */
export type LookUp = (name: string) => Promise<readonly string[]>;

/** Asks the machine's own resolver. See {@link LookUp}. */
function systemLookUp(name: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    lookup(name, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(found.map(({ address }) => address));
    });
  });
}

/** Look-ups that are under way. */
export class LookUps {
  readonly #clock: Clock;
  readonly #lookUp: LookUp;
  readonly #underWay = new Map<string, { readonly begun: number; readonly addresses: Promise<readonly string[]> }>();

  constructor(clock: Clock, lookUp: LookUp = systemLookUp) {
    this.#clock = clock;
    this.#lookUp = lookUp;
  }

  /** The addresses of a name. Throws as {@link LookUp}. */
  addresses(name: string): Promise<readonly string[]> {
    const now = this.#clock.now();
    const before = this.#underWay.get(name);
    if (before !== undefined && now - before.begun < joinFor) return before.addresses;
    const addresses = this.#lookUp(name).finally(() => {
      if (this.#underWay.get(name)?.addresses === addresses) this.#underWay.delete(name);
    });
    this.#underWay.set(name, { begun: now, addresses });
    return addresses;
  }
}
