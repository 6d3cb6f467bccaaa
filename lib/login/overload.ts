/**
 * What an operator reads of logins that were rejected for our own shortage.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Shortage, Slots } from "./slots.ts";

/** A line comes at most once in so many ms: a shortage rejects by the hundred. */
const interval = 60_000;

const fileLimitRemedy = "raise the limit of open files (LimitNOFILE= of the unit, or ulimit -n)";

/** What helps where a call to Duo failed through a shortage of ours. */
export const shortageRemedies = {
  overloaded: `${fileLimitRemedy}, or lower max_pending`,
  delayed: "this machine is too busy for so many logins: give it more processor time, or lower max_pending",
} as const;

/** A section's slots and what its configuration asked for. */
export interface SlotLimits {
  readonly slots: Pick<Slots, "limit" | "reserve">;
  /** Of the configuration; the slots are fewer where the process may not open so many files. */
  readonly maxPending: number;
}

/** Why a section has no slot for a login, and what helps. */
export function explainShortage(shortage: Shortage, { slots, maxPending }: SlotLimits): string {
  if (shortage === "share") {
    return `it holds more than half of the logins under way, and the last ${slots.reserve} of ${slots.limit} are kept for ` +
      "other gateways: see what it does, or raise max_pending";
  }
  if (shortage === "process" || slots.limit < maxPending) {
    return `all logins are under way that this process was started for (max_pending=${maxPending}): ${fileLimitRemedy} ` +
      "if it is too low for them, and restart";
  }
  return `all ${maxPending} logins of max_pending are under way: raise it`;
}

/** The lines of one section. */
export class OverloadLog {
  readonly #clock: Clock;
  readonly #say: (message: string) => void;
  #quietUntil = -Infinity;
  #unsaid = 0;

  constructor(clock: Clock, say: (message: string) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  /** Notes a login that was rejected, its gateway and why: said at once, or counted for the next line. */
  rejected(gateway: string, why: string): void {
    const now = this.#clock.now();
    if (now < this.#quietUntil) {
      this.#unsaid++;
      return;
    }
    const more = this.#unsaid === 0 ? "" : ` (${this.#unsaid} more since the last such line)`;
    this.#quietUntil = now + interval;
    this.#unsaid = 0;
    this.#say(`A login from ${gateway} was rejected as overloaded: ${why}${more}`);
  }
}
