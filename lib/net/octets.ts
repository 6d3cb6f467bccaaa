/**
 * Octets that come in pieces, kept until they are used.
 *
 * @module
 */

/** A queue of octets. What is given to it or taken from it must not be changed afterwards. */
export class Octets {
  #data: Uint8Array = new Uint8Array(0);
  #from = 0;
  #to = 0;
  /** Whether `#data` is ours, with room behind what it holds. */
  #own = false;

  /** How many there are. */
  get length(): number {
    return this.#to - this.#from;
  }

  /** All of them, without taking them. */
  get view(): Uint8Array {
    return this.#data.subarray(this.#from, this.#to);
  }

  /** Adds octets at the end. The first piece is kept as it is; only what comes on top of it is copied. */
  append(octets: Uint8Array): void {
    if (octets.length === 0) return;
    if (this.length === 0) {
      this.#data = octets;
      this.#from = 0;
      this.#to = octets.length;
      this.#own = false;
      return;
    }
    if (!this.#own || this.#to + octets.length > this.#data.length) {
      const grown = new Uint8Array(2 * (this.length + octets.length));
      grown.set(this.view);
      this.#to = this.length;
      this.#from = 0;
      this.#data = grown;
      this.#own = true;
    }
    this.#data.set(octets, this.#to);
    this.#to += octets.length;
  }

  /** Takes the first `length` octets. */
  take(length: number): Uint8Array {
    const taken = this.#data.subarray(this.#from, this.#from + length);
    this.#from += taken.length;
    return taken;
  }
}
