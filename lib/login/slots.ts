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

  /** Takes a slot until it is disposed of, or gives undefined if there is none. */
  take(): Disposable | undefined {
    if (this.#taken >= this.limit) return undefined;
    const outer = this.#parent?.take();
    if (this.#parent && !outer) return undefined;
    this.#taken++;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#taken--;
        outer?.[Symbol.dispose]();
      },
    };
  }
}
