/**
 * Enrolments that were begun over the API.
 *
 * @module
 */

/** What is known of an enrolment begun over the API. */
interface Enrolment {
  readonly activationCode: string;
  /** By the date of the injected clock, in milliseconds. */
  readonly expires: number;
  done: boolean;
}

/** Where an enrolment stands. */
export type EnrolmentStatus = "success" | "invalid" | "waiting";

/** The enrolments of all users. */
export class Enrolments {
  readonly #enrolments = new Map<string, Enrolment>();

  /** Forgets all. */
  clear(): void {
    this.#enrolments.clear();
  }

  /** Begins one. `expires` is by the date of the injected clock, in milliseconds. */
  begin(userId: string, activationCode: string, expires: number): void {
    this.#enrolments.set(userId, { activationCode, expires, done: false });
  }

  /** Where one stands at a date of the injected clock. */
  status(userId: string, activationCode: string, now: number): EnrolmentStatus {
    const enrolment = this.#enrolments.get(userId);
    if (enrolment === undefined || enrolment.activationCode !== activationCode) return "invalid";
    if (enrolment.done) return "success";
    return now > enrolment.expires ? "invalid" : "waiting";
  }

  /** The user has ended it with a phone. */
  complete(userId: string): void {
    const enrolment = this.#enrolments.get(userId);
    if (enrolment !== undefined) enrolment.done = true;
  }
}
