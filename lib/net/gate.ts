/**
 * A gate that lets a limited number through at one time; the others wait in the order in which they came, behind those who are
 * urgent.
 *
 * @module
 */

/** Gives a place back. Calling it again does nothing. */
export type Leave = () => void;

/** A counting gate, as for connections that are being opened. */
export class Gate {
  readonly #limit: number;
  readonly #reserve: number;
  /** In the order of arrival. */
  readonly #urgent = new Set<() => void>();
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  /**
   * @param limit how many may be inside at one time.
   * @param reserve how many of these places are for the urgent alone.
   */
  constructor(limit: number, reserve = 0) {
    this.#limit = limit;
    this.#reserve = reserve;
  }

  /** How many are inside. */
  get inside(): number {
    return this.#inside;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size + this.#urgent.size;
  }

  /**
   * Enters, after those who came before.
   *
   * @param urgent whether it passes those who are not.
   * @returns what gives the place back; undefined if the signal aborted first.
   */
  enter(signal: AbortSignal, urgent = false): Promise<Leave | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    if (this.#inside < (urgent ? this.#limit : this.#limit - this.#reserve)) return Promise.resolve(this.#admit());
    const queue = urgent ? this.#urgent : this.#waiting;
    return new Promise((resolve) => {
      const call = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve(this.#admit());
      };
      const giveUp = (): void => {
        queue.delete(call);
        resolve(undefined);
      };
      queue.add(call);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  #admit(): Leave {
    this.#inside++;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#inside--;
      this.#callNext();
    };
  }

  #callNext(): void {
    const mayAll = this.#inside < this.#limit - this.#reserve;
    const queue = this.#urgent.size > 0 ? this.#urgent : mayAll ? this.#waiting : undefined;
    const [next] = queue ?? [];
    if (next === undefined) return;
    queue?.delete(next);
    next();
  }
}
