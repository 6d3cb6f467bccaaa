/**
 * Keeps events that anybody on the network can cause from filling the log: the first of a minute and a gateway stand as they are,
 * the others are summed up in one.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { AuthEvent } from "../login/events.ts";

/** How ends a request that shows no knowledge of the secret: nothing of it was understood, or nobody had to be asked about it. */
const forgeableReasons: ReadonlySet<string> = new Set([
  "no-user-name",
  "bad-user-name",
  "no-password",
  "chap",
  "mschap",
  "undecodable-password",
  "unrecognized-text",
  "unsigned-automatic",
  "unknown-challenge",
]);

/** Length of a window, in ms. */
const interval = 60_000;
/** Events of a window that stand as they are. */
const mostPlain = 10;
/** Gateways that are told apart; those beyond share a window. */
const maxSources = 64;
/** Stands for the gateways that share a window. */
const otherSources = "various";

/** True if anybody can cause the event by sending packets under a gateway's address. */
export function isForgeable({ signed, reason }: AuthEvent): boolean {
  return !signed && forgeableReasons.has(reason);
}

/** What came from one gateway within a minute. */
interface Window {
  plain: number;
  /** The last event of those that are summed up. */
  last: AuthEvent | undefined;
  /** How many are summed up, by reason. */
  readonly counts: Map<string, number>;
  readonly cancel: () => void;
}

/** Lets events through, or sums them up. */
export class FloodGuard implements Disposable {
  readonly #clock: Clock;
  readonly #report: (event: AuthEvent) => void;
  readonly #windows = new Map<string, Window>();

  /** @param report is handed an event that stands for many, at the end of a minute in which some were held back. */
  constructor(clock: Clock, report: (event: AuthEvent) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** True if the event is to be written as it is; else it is summed up. */
  admits(event: AuthEvent): boolean {
    if (!isForgeable(event)) return true;
    const window = this.#window(event.nas_ip);
    if (window.plain < mostPlain) {
      window.plain++;
      return true;
    }
    window.last = event;
    window.counts.set(event.reason, (window.counts.get(event.reason) ?? 0) + 1);
    return false;
  }

  /** Reports what has been held back so far. */
  settle(): void {
    for (const source of [...this.#windows.keys()]) this.#end(source);
  }

  [Symbol.dispose](): void {
    this.settle();
  }

  #window(address: string): Window {
    const source = this.#windows.has(address) || this.#windows.size < maxSources ? address : otherSources;
    const known = this.#windows.get(source);
    if (known !== undefined) return known;
    const cancel = this.#clock.after(interval, () => this.#end(source));
    const window: Window = { plain: 0, last: undefined, counts: new Map(), cancel };
    this.#windows.set(source, window);
    return window;
  }

  #end(source: string): void {
    const window = this.#windows.get(source);
    if (window === undefined) return;
    window.cancel();
    this.#windows.delete(source);
    if (window.last !== undefined) this.#report(summary(source, window.last, window.counts));
  }
}

/** One event for many: what they have in common, and their number. */
function summary(source: string, last: AuthEvent, counts: ReadonlyMap<string, number>): AuthEvent {
  const count = [...counts.values()].reduce((sum, one) => sum + one, 0);
  const reasons = [...counts].map(([reason, number]) => `${number} ${reason}`).join(", ");
  return {
    ...last,
    msg: `${count} more unsigned ${count === 1 ? "request was" : "requests were"} refused within a minute: ${reasons}`,
    username: null,
    auth_stage: "Unknown",
    status: "Error",
    client_ip: null,
    factor: null,
    nas_ip: source,
    latency_ms: 0,
    txid: null,
    device: null,
    reason: "summed-up",
    count,
  };
}
