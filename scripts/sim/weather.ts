/**
 * What goes wrong at Duo and on the way there, and when: the model knows it, and so it knows whether Duo really was out.
 *
 * @module
 */

import { type VirtualClock } from "./clock.ts";
import type { Seeded } from "./random.ts";

/** What a connection meets. */
export const wayFaults = [
  "refused",
  "unreachable",
  "no-name",
  "silent-resolver",
  "silent-tls",
  "untrusted",
] as const;

/** What a request meets. */
export const callFaults = [
  "silent",
  "cut-before",
  "cut-after",
  "half",
  "500",
  "503",
  "junk",
  "empty",
  "odd",
  "400",
  "403",
  "429",
  "slow",
] as const;

/** One thing that goes wrong. */
export interface Fault {
  readonly from: number;
  readonly to: number;
  readonly kind: typeof wayFaults[number] | typeof callFaults[number];
  /** Which calls; those of the way are always `all`. */
  readonly calls: "all" | "preauth" | "auth" | "status";
  /** Only calls about this user. */
  readonly user?: string;
  /** Which part of the calls. */
  readonly share: number;
  /** How slow `slow` is. */
  readonly ms: number;
}

/** Slower than this for all calls is an outage: the calls that find out have 3 s. */
const slowest = 1_500;

/** True if Duo is not there for anybody, so that two witnesses may find it out. */
function isOutage({ kind, calls, user, ms }: Fault): boolean {
  if (calls !== "all" || user !== undefined) return false;
  if (kind === "slow") return ms > slowest;
  return kind !== "odd" && kind !== "400" && kind !== "403" && kind !== "429";
}

/** All that goes wrong in a world. */
export class Weather {
  readonly #clock: VirtualClock;
  readonly #faults: Fault[] = [];

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** Adds what goes wrong from now on. */
  add(fault: Fault): void {
    this.#faults.push(fault);
  }

  /** What a new connection meets. */
  onTheWay(random: Seeded): typeof wayFaults[number] | undefined {
    for (const { kind, share } of this.#active()) {
      const found = wayFaults.find((one) => one === kind);
      if (found !== undefined && random.chance(share)) return found;
    }
    return undefined;
  }

  /** What a request meets that has arrived over a connection that was open. */
  ofCall(
    call: { readonly endpoint: string; readonly user: string | undefined },
    random: Seeded,
  ): Fault["kind"] | number | undefined {
    const scope = call.endpoint === "auth_status" ? "status" : call.endpoint;
    for (const { kind, calls, user, share, ms } of this.#active()) {
      // A name that is lost doesn't touch what is connected.
      if (kind === "no-name" || kind === "silent-resolver" || kind === "untrusted") continue;
      if ((calls !== "all" && calls !== scope) || (user !== undefined && user !== call.user)) continue;
      if (random.chance(share)) return kind === "slow" ? ms : kind;
    }
    return undefined;
  }

  /** Whether Duo was out for everybody at some time in a span. */
  wasOut(from: number, to: number): boolean {
    return this.#faults.some((fault) => isOutage(fault) && fault.from <= to && fault.to >= from);
  }

  /** Whether anything went wrong in a span. */
  wasDisturbed(from: number, to: number): boolean {
    return this.#faults.some((fault) => fault.from <= to && fault.to >= from);
  }

  #active(): readonly Fault[] {
    const now = this.#clock.now();
    return this.#faults.length === 0 ? [] : this.#faults.filter(({ from, to }) => from <= now && now < to);
  }
}
