/**
 * An output stream whose every write a test lets through, cuts short or fails.
 *
 * @module
 */

/** Collects what is written. By default it takes everything at once. */
export class FakeStream {
  #text = "";
  #failure: Error | undefined;
  #atMost = Infinity;
  #held: (() => void)[] | undefined;
  /** How often `write` was called. */
  calls = 0;

  /** All that was taken so far. */
  get text(): string {
    return this.#text;
  }

  /** The lines taken so far, without the last line end. */
  get lines(): string[] {
    return this.#text === "" ? [] : this.#text.replace(/\n$/, "").split("\n");
  }

  /** Takes at most so many octets a call from now on. */
  takeAtMost(octets: number): void {
    this.#atMost = octets;
  }

  /** Fails every call from now on, or none with undefined. */
  failWith(error: Error | undefined): void {
    this.#failure = error;
  }

  /** Stalls: calls from now on wait for {@link release}. */
  hold(): void {
    this.#held = [];
  }

  /** Lets the waiting calls and all later ones through. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.calls++;
    const held = this.#held;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    if (this.#failure !== undefined) throw this.#failure;
    const taken = bytes.subarray(0, this.#atMost);
    this.#text += new TextDecoder().decode(taken);
    return taken.length;
  }

  isTerminal(): boolean {
    return false;
  }
}
