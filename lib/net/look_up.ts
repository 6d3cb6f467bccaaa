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

/** Look-ups that are under way. */
export class LookUps {
  readonly #clock: Clock;
  readonly #underWay = new Map<string, { readonly begun: number; readonly addresses: Promise<readonly string[]> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The addresses of a name, in the order in which the system wants them to be tried.
   *
   * @throws an error with a code such as `ENOTFOUND`.
   */
  addresses(name: string): Promise<readonly string[]> {
    const now = this.#clock.now();
    const before = this.#underWay.get(name);
    if (before !== undefined && now - before.begun < joinFor) return before.addresses;
    const addresses = new Promise<readonly string[]>((resolve, reject) => {
      lookup(name, { all: true }, (error, found) => {
        if (this.#underWay.get(name)?.addresses === addresses) this.#underWay.delete(name);
        if (error) reject(error);
        else resolve(found.map(({ address }) => address));
      });
    });
    this.#underWay.set(name, { begun: now, addresses });
    return addresses;
  }
}
