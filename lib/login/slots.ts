/**
 * How many logins may be under way at once. A login takes a slot before it asks Duo; without one it is rejected as
 * `overloaded`, whatever the failmode: running short is our fault, never Duo's.
 *
 * @module
 */

/** A number of slots, within those of a wider holder if there is one. */
export class Slots {
  /** Slots in all. */
  readonly limit: number;
  readonly #parent: Slots | undefined;
  #taken = 0;

  constructor(limit: number, parent?: Slots) {
    this.limit = limit;
    this.#parent = parent;
  }

  /** Slots taken at the moment. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Does the work while it holds a slot, or gives undefined at once if there is none.
   *
   * The slot goes back in a `finally`, not by a `using` declaration: a bundler has dropped those, and with each a slot.
   */
  hold<Result>(work: () => Promise<Result>): Promise<Result> | undefined {
    return this.#take() ? this.#during(work) : undefined;
  }

  async #during<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      this.#giveBack();
    }
  }

  #take(): boolean {
    if (this.#taken >= this.limit) return false;
    if (this.#parent && !this.#parent.#take()) return false;
    this.#taken++;
    return true;
  }

  #giveBack(): void {
    this.#taken--;
    if (this.#parent) this.#parent.#giveBack();
  }
}
