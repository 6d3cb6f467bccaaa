/**
 * Text that must never be printed: shared secrets and Duo's keys travel through the program in a {@link Secret}.
 *
 * @module
 */

/** What is shown in place of a secret, whatever its length. */
export const maskedValue = "*****";

/**
 * Hides a text from everything that turns values into text: string conversion, JSON, `console`, `Deno.inspect`. Only
 * {@link Secret.reveal} gives it back.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: to be used, not to be kept or shown. */
  reveal(): string {
    return this.#text;
  }

  /** True if both hide the same text. Not constant in time: for comparing a file's own entries, never a peer's input. */
  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  toString(): string {
    return maskedValue;
  }

  toJSON(): string {
    return maskedValue;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return maskedValue;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return maskedValue;
  }
}
