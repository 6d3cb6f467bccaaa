/**
 * A gate that lets a limited number through at one time; the others wait in the order in which they came.
 *
 * @module
 */

/** Gives a place back. Calling it again does nothing. */
export type Leave = () => void;

/** A counting gate, as for connections that are being opened. */
export class Gate {
  readonly #limit: number;
  /** In the order of arrival. */
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  /** @param limit how many may be inside at one time. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are inside. */
  get inside(): number {
    return this.#inside;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Enters, after those who came before.
   *
   * @returns what gives the place back; undefined if the signal aborted first.
   */
  enter(signal: AbortSignal): Promise<Leave | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    if (this.#inside < this.#limit) return Promise.resolve(this.#admit());
    return new Promise((resolve) => {
      const call = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve(this.#admit());
      };
      const giveUp = (): void => {
        this.#waiting.delete(call);
        resolve(undefined);
      };
      this.#waiting.add(call);
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
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      next();
    };
  }
}
