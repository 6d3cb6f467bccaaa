/**
 * The state of the simulated Duo: its users, what they are being asked, which codes are still good.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { Enrolments, type EnrolmentStatus } from "./enrolments.ts";
import { hex, uuid } from "./identifiers.ts";
import { Passcodes } from "./passcodes.ts";
import { steps } from "./steps.ts";
import { type Factor, type Step, Transaction } from "./transaction.ts";
import {
  type Answer,
  type AnswerRule,
  makeDevice,
  makeUser,
  type SimulatedDevice,
  type SimulatedUser,
} from "./users.ts";

/** How the cloud behaves where documents leave room, or where a test wants to go to the edge. */
export interface CloudOptions {
  readonly clock: Clock;
  /** Milliseconds that a push or call without an answer lives. */
  readonly answerTimeout: number;
  /** Milliseconds that a status call is held without news. */
  readonly pollHold: number;
  /** What a status call without news ends with: the same step again, or 400 with code 40002. */
  readonly pollEnds: "same-step" | "invalid";
  /** Failures in a row, unanswered pushes included, after which a user is locked out; 0 never. */
  readonly lockoutAfter: number;
  /** Every push and call waits for an answer by hand, whatever the user's rule says. */
  readonly askAll: boolean;
  /** Octets at random, for identifiers and SMS codes. */
  readonly random: (length: number) => Uint8Array;
  /** Told of what a person at the terminal wants to see. */
  readonly observer: CloudObserver;
}

/** A push or call that waits for its answer. */
export interface PendingRequest {
  /** What {@link Cloud.answer} takes. */
  readonly number: number;
  readonly txid: string;
  readonly username: string;
  readonly factor: Factor;
  readonly deviceId: string;
  readonly deviceName: string;
  /** By the injected clock, in milliseconds. */
  readonly startedAt: number;
}

/** Codes sent to a phone. */
export interface SentCodes {
  readonly username: string;
  readonly deviceId: string;
  readonly codes: readonly string[];
}

/** Is told what happens to people. */
export interface CloudObserver {
  /** A push or call has begun, whatever its rule. */
  asked?(request: PendingRequest, rule: AnswerRule): void;
  /** A push or call has ended. */
  ended?(request: PendingRequest, step: Step): void;
  smsSent?(codes: SentCodes): void;
}

/** How many people have been bothered in which way. */
export interface FactorCounters {
  readonly pushes: number;
  readonly phoneCalls: number;
  /** Messages, not codes. */
  readonly sms: number;
  readonly passcodes: number;
}

/** Finished transactions are kept this many milliseconds: a status call after the outcome tells it again. */
const finishedLife = 300_000;
/** Transactions kept at most; the oldest is forgotten, as its client has certainly been. */
const transactionLimit = 20_000;

/** The simulated Duo behind both versions of the API. Closing it ends all timers and wakes nobody. */
export class Cloud implements Disposable {
  readonly #options: CloudOptions;
  readonly #initial: readonly SimulatedUser[];
  readonly #users = new Map<string, SimulatedUser>();
  readonly #ids = new Map<string, string>();
  readonly #passcodes: Passcodes;
  readonly #failures = new Map<string, number>();
  readonly #enrolments = new Enrolments();
  readonly #transactions = new Map<string, Transaction>();
  readonly #pending = new Map<number, PendingRequest & { readonly transaction: Transaction }>();
  readonly #timers = new Set<() => void>();
  readonly #awaitingPending = new Set<() => void>();
  #counters = { pushes: 0, phoneCalls: 0, sms: 0, passcodes: 0 };
  #number = 0;

  constructor(users: readonly SimulatedUser[], options: CloudOptions) {
    this.#initial = users;
    this.#options = options;
    this.#passcodes = new Passcodes(options.random);
    this.reset();
  }

  /** Back to the users it began with: codes unused, nobody locked out, nothing pending, counters at zero. */
  reset(): void {
    this.#cancelTimers();
    for (const known of [this.#users, this.#ids, this.#passcodes, this.#failures, this.#enrolments]) known.clear();
    // Whoever still waits for an outcome gets one: a call left open would hold its client for a minute.
    for (const { transaction } of this.#pending.values()) transaction.advance(steps.timeout);
    this.#pending.clear();
    this.#transactions.clear();
    this.#counters = { pushes: 0, phoneCalls: 0, sms: 0, passcodes: 0 };
    for (const user of this.#initial) this.setUser(user);
  }

  [Symbol.dispose](): void {
    this.#cancelTimers();
  }

  #cancelTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** How many people have been bothered in which way, since the start or the last reset. */
  get counters(): FactorCounters {
    return { ...this.#counters };
  }

  /** All users by name. */
  get users(): readonly SimulatedUser[] {
    return [...this.#users.values()];
  }

  /** Adds a user, or replaces the one of the same name. */
  setUser(user: SimulatedUser): void {
    this.#users.set(nameKey(user.username), user);
    this.#ids.set(user.userId, nameKey(user.username));
  }

  /** A user by name, in any case, or undefined. */
  userByName(username: string): SimulatedUser | undefined {
    return this.#users.get(nameKey(username));
  }

  /** A user by identifier, or undefined. */
  userById(userId: string): SimulatedUser | undefined {
    const name = this.#ids.get(userId);
    return name === undefined ? undefined : this.#users.get(name);
  }

  /** First character of the next SMS code of a device; undefined if none is outstanding. */
  smsNextCode(device: SimulatedDevice): string | undefined {
    return this.#passcodes.sentTo(device)[0]?.slice(0, 1);
  }

  /** The outstanding SMS codes of all devices of a user. */
  smsCodes(username: string): readonly string[] {
    return (this.userByName(username)?.devices ?? []).flatMap((device) => this.#passcodes.sentTo(device));
  }

  /** Begins a push or a call. With a rule that answers at once, the outcome is there when this returns. */
  ask(ikey: string, user: SimulatedUser, factor: "push" | "phone", device: SimulatedDevice): Transaction {
    const first: Step = factor === "push" ? steps.pushed : {
      result: "waiting",
      status: "calling",
      text: device.number === "" ? "Dialing..." : `Dialing ${device.number}...`,
    };
    const transaction = this.#begin(ikey, user, factor, device, first);
    this.#counters[factor === "push" ? "pushes" : "phoneCalls"]++;
    const { txid, number, startedAt } = transaction.subject;
    const request: PendingRequest = {
      number,
      txid,
      username: user.username,
      factor,
      deviceId: device.id,
      deviceName: device.displayName,
      startedAt,
    };
    this.#pending.set(number, { ...request, transaction });
    const rule = this.#options.askAll ? { answer: "ask", after: 0 } as const : device.rule ?? user.rule;
    this.#options.observer.asked?.(request, rule);
    if (rule.answer === "timeout" || rule.answer === "ask") {
      this.#after(this.#options.answerTimeout, () => this.answer(number, "timeout"));
    } else if (rule.answer !== "never") {
      const answer = rule.answer;
      if (factor === "phone" && rule.after > 0) {
        this.#after(rule.after / 2, () => transaction.advance(steps.answered));
      }
      if (rule.after > 0) this.#after(rule.after, () => this.answer(number, answer));
      else this.answer(number, answer);
    }
    for (const wake of [...this.#awaitingPending]) wake();
    return transaction;
  }

  /** Uses a passcode: one that is always right, one that is right once, or one from an SMS. */
  passcode(ikey: string, user: SimulatedUser, code: string): Transaction {
    this.#counters.passcodes++;
    const right = this.#passcodes.use(user, code);
    return this.#begin(ikey, user, "passcode", undefined, this.#judge(user, right ? steps.success : steps.wrongCode));
  }

  /** Sends new SMS codes; those sent before to the same device are no longer good. */
  sms(ikey: string, user: SimulatedUser, device: SimulatedDevice): Transaction {
    this.#counters.sms++;
    const codes = this.#passcodes.send(device);
    this.#options.observer.smsSent?.({ username: user.username, deviceId: device.id, codes });
    // The login that asks for codes is denied, but nobody has failed: it doesn't count towards a lockout.
    return this.#begin(ikey, user, "sms", device, steps.sent);
  }

  /** An outcome that needs no factor. */
  decide(ikey: string, user: SimulatedUser, factor: Factor, step: Step): Transaction {
    return this.#begin(ikey, user, factor, undefined, step);
  }

  /** Pushes and calls that wait for an answer, in the order in which they came. */
  get pending(): readonly PendingRequest[] {
    return [...this.#pending.values()].map(({ transaction: _, ...request }) => request);
  }

  /**
   * Answers a push or call by its number.
   *
   * @returns false if nothing of that number is pending.
   */
  answer(number: number, answer: Exclude<Answer, "ask" | "never">): boolean {
    const entry = this.#pending.get(number);
    if (entry === undefined) return false;
    this.#pending.delete(number);
    const { transaction, ...request } = entry;
    const unanswered = transaction.subject.factor === "phone" && transaction.current.status === "answered"
      ? steps.noKey
      : steps.timeout;
    const outcome = { approve: steps.success, deny: steps.denied, fraud: steps.fraud, timeout: unanswered }[answer];
    transaction.advance(this.#judge(transaction.subject.user, outcome));
    this.#options.observer.ended?.(request, transaction.current);
    return true;
  }

  /** Resolves once at least `count` pushes or calls are pending. */
  whenPending(count: number, signal: AbortSignal): Promise<readonly PendingRequest[]> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (this.#pending.size < count) return;
        stop();
        resolve(this.pending);
      };
      const onAbort = (): void => {
        stop();
        reject(signal.reason);
      };
      const stop = (): void => {
        this.#awaitingPending.delete(check);
        signal.removeEventListener("abort", onAbort);
      };
      this.#awaitingPending.add(check);
      signal.addEventListener("abort", onAbort);
      check();
    });
  }

  /** A transaction by its identifier; those of other applications don't exist. */
  transaction(ikey: string, txid: string): Transaction | undefined {
    const transaction = this.#transactions.get(txid);
    return transaction?.subject.ikey === ikey ? transaction : undefined;
  }

  /**
   * What a status call answers: news at once, else the next step, else after the hold time the same step again, or
   * undefined where the options say that it ends in an error. An abort gives the current step, which nobody will read.
   */
  async poll(transaction: Transaction, signal: AbortSignal): Promise<Step | undefined> {
    const news = transaction.news();
    if (news !== undefined) return news;
    const changed = await new Promise<boolean>((resolve) => {
      const finish = (result: boolean): void => {
        forget();
        cancel();
        signal.removeEventListener("abort", onAbort);
        resolve(result);
      };
      const onAbort = (): void => finish(false);
      const forget = transaction.onChange(() => finish(true));
      const cancel = this.#options.clock.after(this.#options.pollHold, () => finish(false));
      signal.addEventListener("abort", onAbort);
    });
    if (changed) return transaction.news() ?? transaction.current;
    return this.#options.pollEnds === "same-step" || signal.aborted ? transaction.current : undefined;
  }

  /**
   * Begins an enrolment over the API.
   *
   * @param validFor seconds that the activation code lives.
   * @returns undefined if the name is taken.
   */
  enroll(
    username: string | undefined,
    validFor: number,
  ): { readonly user: SimulatedUser; readonly activationCode: string; readonly expires: number } | undefined {
    const name = username ?? `user-${hex(this.#options.random(6))}`;
    if (this.userByName(name) !== undefined) return undefined;
    const user = makeUser({ username: name, status: "not_enrolled" });
    this.setUser(user);
    const activationCode = `duo://${hex(this.#options.random(10))}`;
    const expires = this.#options.clock.wallNow() + validFor * 1_000;
    this.#enrolments.begin(user.userId, activationCode, expires);
    return { user, activationCode, expires };
  }

  /** Where an enrolment stands. */
  enrollStatus(userId: string, activationCode: string): EnrolmentStatus {
    return this.#enrolments.status(userId, activationCode, this.#options.clock.wallNow());
  }

  /**
   * Ends an enrolment as its user does with a phone: the user becomes active with one phone.
   *
   * @returns false if there is no such user, or if they are enrolled.
   */
  completeEnrollment(username: string): boolean {
    const user = this.userByName(username);
    if (user === undefined || user.status !== "not_enrolled") return false;
    this.setUser({ ...user, status: "active", devices: [makeDevice(user.username, 1)] });
    this.#enrolments.complete(user.userId);
    return true;
  }

  #begin(
    ikey: string,
    user: SimulatedUser,
    factor: Factor,
    device: SimulatedDevice | undefined,
    first: Step,
  ): Transaction {
    const now = this.#options.clock.now();
    for (const [txid, old] of this.#transactions) {
      const expired = old.finished && now - old.subject.startedAt > finishedLife;
      if (!expired && this.#transactions.size < transactionLimit) break;
      this.#transactions.delete(txid);
    }
    const txid = uuid(this.#options.random(16));
    const subject = { txid, number: ++this.#number, ikey, user, factor, device, startedAt: now };
    const transaction = new Transaction(subject, first);
    this.#transactions.set(txid, transaction);
    return transaction;
  }

  /** Counts failures in a row, and locks out the user whose last allowed one this is. */
  #judge(user: SimulatedUser, step: Step): Step {
    const limit = this.#options.lockoutAfter;
    if (step.result === "allow") {
      this.#failures.delete(user.userId);
      return step;
    }
    const failures = (this.#failures.get(user.userId) ?? 0) + 1;
    this.#failures.set(user.userId, failures);
    if (limit === 0 || failures < limit) return step;
    const current = this.userById(user.userId);
    if (current !== undefined) this.setUser({ ...current, status: "locked_out" });
    return step;
  }

  #after(delay: number, action: () => void): void {
    const cancel = this.#options.clock.after(delay, () => {
      this.#timers.delete(cancel);
      action();
    });
    this.#timers.add(cancel);
  }
}

/** Duo compares names without case. */
function nameKey(username: string): string {
  return username.toLowerCase();
}
