/**
 * A line on the terminal that says what is being waited for, as long as nothing else is printed.
 *
 * Our own, since npm's repack of the standard library leaves `@std/cli/unstable-spinner` out for being unstable. That one
 * writes synchronously from a timer, so that a terminal that is held up stops the program and one that is gone ends it; and
 * it steers the terminal with escape sequences, which not every one understands.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";

/** What a {@link Spinner} needs. */
export interface SpinnerOptions {
  readonly clock: Clock;
  readonly message: string;
  /** Prints in order, without line end. */
  readonly print: (text: string) => Promise<void>;
  /** Columns of the terminal at the moment. */
  readonly columns: () => number;
}

/** One turn of the sign in front of the message. */
const frames = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];
/** Milliseconds between two frames. */
const interval = 100;
/** Milliseconds of silence before the line appears: what is quick doesn't flash. */
const patience = 300;
/** Milliseconds after which the line also says how long it has been. */
const longWait = 3_000;

/** The line, from {@link start} until it is disposed of. */
export class Spinner implements AsyncDisposable {
  /** What is being waited for; a new text shows with the next frame. */
  message: string;
  readonly #options: SpinnerOptions;
  readonly #ended = new AbortController();
  #turning: Promise<void> = Promise.resolve();
  #quietUntil = 0;
  /** Columns that the line takes at the moment; 0: it isn't shown. */
  #width = 0;

  constructor(options: SpinnerOptions) {
    this.#options = options;
    this.message = options.message;
  }

  /** Shows the line soon, and again soon after each {@link hide}. */
  start(): void {
    this.#turning = this.#turn();
  }

  /** Takes the line off the terminal for something else that is to be printed. */
  async hide(): Promise<void> {
    const { clock, print } = this.#options;
    this.#quietUntil = clock.now() + patience;
    const width = this.#width;
    this.#width = 0;
    if (width > 0) await print(`\r${" ".repeat(width)}\r`);
  }

  /** Ends it, and leaves nothing on the terminal. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#turning;
    await this.hide();
  }

  async #turn(): Promise<void> {
    const { clock } = this.#options;
    const began = clock.now();
    this.#quietUntil = began + patience;
    for (let turn = 0; await sleep(clock, interval, this.#ended.signal); turn++) {
      // Waited for: frames must not pile up in front of a terminal that is held up.
      if (clock.now() >= this.#quietUntil) await this.#draw(frames[turn % frames.length] ?? "", clock.now() - began);
    }
  }

  #draw(frame: string, waited: number): Promise<void> {
    const { columns, print } = this.#options;
    const duration = waited < longWait ? "" : ` (${Math.floor(waited / 1_000)} s)`;
    // The last column is left free: some terminals would go on to the next line.
    const room = Math.max(0, columns() - 1 - duration.length);
    const text = `${frame} ${this.message}`.slice(0, room) + duration;
    const before = this.#width;
    this.#width = text.length;
    return print(`\r${text.padEnd(before)}`);
  }
}
