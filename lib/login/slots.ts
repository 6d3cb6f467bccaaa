/**
 * How many logins may be under way at once. A login takes a slot before it asks Duo; without one it is rejected as
 * `overloaded`, whatever the failmode: running short is our fault, never Duo's.
 *
 * @module
 */

/**
 * Why there is no slot: the section's are taken, or the wider holder's, or the last ones are kept from a gateway that has most of
 * them already.
 */
export type Shortage = "section" | "process" | "share";

/** A reserve has so many slots at least. */
const leastReserve = 8;

/**
 * How many of a section's slots are kept for other gateways than the one that holds most: a tenth, and at least eight. Where eight
 * would be half of the slots there is no reserve, for it would cost one gateway more than it saves the others.
 */
export function reserveOf(limit: number): number {
  return limit <= 2 * leastReserve ? 0 : Math.max(leastReserve, Math.ceil(limit / 10));
}

/** What slots are made of. */
export interface SlotsOptions {
  /** Slots in all. */
  readonly limit: number;
  /** Slots that no gateway gets while it holds more than half of the taken ones; none by default. */
  readonly reserve?: number;
  /** The wider holder: each slot is one of its slots, too. */
  readonly within?: Slots;
}

/** A number of slots, within those of a wider holder if there is one. */
export class Slots {
  /** Slots in all. */
  readonly limit: number;
  /** Slots that no gateway gets while it holds more than half of the taken ones. */
  readonly reserve: number;
  readonly #within: Slots | undefined;
  /** Slots taken, by the gateway's address. */
  readonly #holders = new Map<string, number>();
  #taken = 0;

  constructor({ limit, reserve = 0, within }: SlotsOptions) {
    this.limit = limit;
    this.reserve = reserve;
    this.#within = within;
  }

  /** Slots taken at the moment. */
  get taken(): number {
    return this.#taken;
  }

  /** Slots that can still be taken. */
  get free(): number {
    const own = this.limit - this.#taken;
    return this.#within === undefined ? own : Math.min(own, this.#within.free);
  }

  /** Gateways that hold slots. For tests, which show that none is left behind. */
  get holders(): number {
    return this.#holders.size;
  }

  /**
   * Does the work while it holds a slot for a gateway, or says at once why there is none.
   *
   * The slot goes back in a `finally`, not by a `using` declaration: a bundler has dropped those, and with each a slot.
   */
  hold<Result>(gateway: string, work: () => Promise<Result>): Promise<Result> | Shortage {
    return this.#take(gateway) ?? this.#during(gateway, work);
  }

  async #during<Result>(gateway: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      this.#giveBack(gateway);
    }
  }

  /** Takes a slot, or gives the reason why there is none. */
  #take(gateway: string): Shortage | undefined {
    const free = this.limit - this.#taken;
    if (free <= 0) return "section";
    const held = this.#holders.get(gateway) ?? 0;
    if (free <= this.reserve && held > this.#taken / 2) return "share";
    if (this.#within && this.#within.#take(gateway) !== undefined) return "process";
    this.#taken++;
    this.#holders.set(gateway, held + 1);
    return undefined;
  }

  #giveBack(gateway: string): void {
    this.#taken--;
    const left = (this.#holders.get(gateway) ?? 1) - 1;
    if (left === 0) this.#holders.delete(gateway);
    else this.#holders.set(gateway, left);
    if (this.#within) this.#within.#giveBack(gateway);
  }
}
