/**
 * Preauths that Duo could not serve: together with one's own, those of two other users speak for an outage.
 *
 * @module
 */

import { minute, second } from "./clock.ts";
import type { DuoCall } from "./duo.ts";

/** For how long those of others speak, in ms. */
const memory = 30 * second;
/** So many other users are needed. */
const needed = 2;

/** What went wrong lately. */
export class BrownOuts {
  #failed: DuoCall[] = [];

  /** Duo has read a call. */
  called(call: DuoCall): void {
    const { endpoint, fault, at } = call;
    if (endpoint !== "preauth" || (fault !== "500" && fault !== "503" && fault !== "junk" && fault !== "empty")) return;
    this.#failed = this.#failed.filter((one) => one.at > at - 3 * minute);
    this.#failed.push(call);
  }

  /** Whether they speak for an outage to a process, in a login of a user that began then. */
  speakFor(run: number, user: string, since: number): boolean {
    const failed = this.#failed.filter((one) => one.run === run);
    const others = failed.filter((one) => one.user !== user && one.at >= since - memory).map((one) => one.user);
    return failed.some((one) => one.user === user && one.at >= since) && new Set(others).size >= needed;
  }
}
