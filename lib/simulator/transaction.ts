/**
 * One use of a factor, from the request to its outcome: what a push or a call goes through, and who is waiting for it.
 *
 * @module
 */

import type { SimulatedDevice, SimulatedUser } from "./users.ts";

/** Factors that end in an outcome. */
export type Factor = "push" | "phone" | "sms" | "passcode";

/** Status words of Auth API v2 (reference A.5). */
export type StatusWord =
  | "pushed"
  | "calling"
  | "answered"
  | "allow"
  | "bypass"
  | "deny"
  | "timeout"
  | "fraud"
  | "locked_out"
  | "sent";

/** A step on the way. v2 tells all three; v1 tells the text, and the result once it is no longer `waiting`. */
export interface Step {
  readonly result: "waiting" | "allow" | "deny";
  readonly status: StatusWord;
  readonly text: string;
}

/** Who uses which factor of which device. */
export interface TransactionSubject {
  /** A UUID. */
  readonly txid: string;
  /** Small, for people: what they type to answer a push by hand. */
  readonly number: number;
  readonly ikey: string;
  readonly user: SimulatedUser;
  readonly factor: Factor;
  /** Absent for a passcode. */
  readonly device: SimulatedDevice | undefined;
  /** By the injected clock, in milliseconds. */
  readonly startedAt: number;
}

/** A use of a factor. */
export class Transaction {
  readonly subject: TransactionSubject;
  readonly #steps: Step[];
  #current: Step;
  readonly #waiting = new Set<() => void>();
  #told = 0;

  /** Begins with a first step. */
  constructor(subject: TransactionSubject, first: Step) {
    this.subject = subject;
    this.#steps = [first];
    this.#current = first;
  }

  /** The latest step. */
  get current(): Step {
    return this.#current;
  }

  /** True once there is an outcome. */
  get finished(): boolean {
    return this.current.result !== "waiting";
  }

  /** Takes the next step and wakes all who wait; after an outcome nothing changes any more. */
  advance(step: Step): void {
    if (this.finished) return;
    this.#steps.push(step);
    this.#current = step;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /**
   * What a status call answers at once: the first step at the first call, even if more has happened since, as Duo tells
   * `pushed` before it tells the outcome; later the latest step. Undefined if there is nothing new.
   */
  news(): Step | undefined {
    if (this.#told === 0) {
      this.#told = 1;
      return this.#steps[0];
    }
    if (this.#told < this.#steps.length || this.finished) {
      this.#told = this.#steps.length;
      return this.current;
    }
    return undefined;
  }

  /** Calls `wake` at the next step. @returns a function that takes the wish back. */
  onChange(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => {
      this.#waiting.delete(wake);
    };
  }

  /** Waits for the outcome; gives the current step if the client goes away before. */
  outcome(signal: AbortSignal): Step | Promise<Step> {
    if (this.finished) return this.current;
    return new Promise((resolve) => {
      let forget = (): void => {};
      const done = (): void => {
        forget();
        signal.removeEventListener("abort", done);
        resolve(this.current);
      };
      const look = (): void => {
        if (this.finished) done();
        else forget = this.onChange(look);
      };
      signal.addEventListener("abort", done);
      look();
    });
  }
}
