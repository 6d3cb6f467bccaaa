/**
 * The model: it knows who did what, what Duo and its users decided, and what went wrong, and judges by that everything that the proxy
 * sends, asks and writes. What the proxy says of itself is no argument.
 *
 * @module
 */

import { verifyResponseAuthenticator } from "../../lib/radius/authenticator.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import type { AuthEvent } from "../../lib/login/events.ts";
import type { PendingRequest } from "../../lib/simulator/cloud.ts";
import { radiusIkey } from "../../lib/simulator/applications.ts";
import { minute, moment, second, type VirtualClock } from "./clock.ts";
import { BrownOuts } from "./brown_outs.ts";
import type { DuoCall, DuoObserver } from "./duo.ts";
import type { Address } from "./network.ts";
import { PushCount } from "./push_count.ts";
import {
  type AtKey,
  type AtRun,
  type Attempt,
  codes,
  type Figures,
  keyOf,
  type Login,
  nameOf,
  newKey,
  placeOf,
  type Run,
  type Violation,
} from "./records.ts";
import { toldToDuo, toldToPeople } from "./secrets.ts";
import type { Setup } from "./setup.ts";
import type { Weather } from "./weather.ts";

/** How long after `login_timeout` an answer may still come, in ms. */
const margin = 3 * second;
/** How long answers are kept for repeats, in ms. */
const kept = 30 * second;
/** How long a failed pair of calls speaks for an outage, and some more, in ms. */
const outageMemory = 12 * second;

/** Judges a world. */
export class Model implements DuoObserver {
  readonly figures: Figures = { logins: 0, requests: 0, answers: 0, pushes: 0, duoCalls: 0, reasons: new Map() };
  readonly #clock: VirtualClock;
  readonly #weather: Weather;
  readonly #setup: Setup;
  readonly #traced: boolean;
  readonly #trace: string[] = [];
  readonly #rang: (call: DuoCall, request: PendingRequest) => void;
  /** By where an answer goes to, latest last. */
  readonly #sent = new Map<string, Attempt[]>();
  readonly #atRun = new Map<string, AtRun>();
  readonly #numbers = new Map<Attempt, number>();
  readonly #atKey = new Map<string, AtKey>();
  /** Authentic requests that wait for an answer, by process. */
  readonly #waiting = new Map<number, Set<AtRun | undefined>>();
  /** When something that may hold a slot arrived last. */
  readonly #lastArrival = new Map<number, number>();
  readonly #brownOuts = new BrownOuts();
  readonly #pushes = new PushCount();
  /** States of challenges that were answered, by process. */
  readonly #answered = new Set<string>();
  #violation: Violation | undefined;
  #attempts = 0;

  /** @param rang told about each phone that rings. */
  constructor(
    { clock, weather, setup, traced, rang }: {
      readonly clock: VirtualClock;
      readonly weather: Weather;
      readonly setup: Setup;
      readonly traced: boolean;
      readonly rang: (call: DuoCall, request: PendingRequest) => void;
    },
  ) {
    this.#clock = clock;
    this.#weather = weather;
    this.#setup = setup;
    this.#traced = traced;
    this.#rang = rang;
  }

  /** The first violation. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  /** What happened, if the world is traced. */
  get trace(): readonly string[] {
    return this.#trace;
  }

  /** Notes a line of the trace. */
  note(line: () => string): void {
    if (this.#traced) this.#trace.push(`${moment(this.#clock.now())}   ${line()}`);
  }

  /** A promise was broken. */
  fail(invariant: string, text: string): void {
    this.note(() => `VIOLATION: ${text}`);
    this.#violation ??= { invariant, at: this.#clock.now(), text };
  }

  /** A request is on its way, for the first time or again. */
  made(attempt: Attempt): void {
    const key = placeOf(attempt.source, attempt.identifier);
    const before = (this.#sent.get(key) ?? []).filter((one) => one !== attempt);
    this.#sent.set(key, [...before.slice(-31), attempt]);
    if (this.#numbers.has(attempt)) return;
    this.figures.requests++;
    this.#numbers.set(attempt, ++this.#attempts);
  }

  /** A request arrives at a process of the proxy. */
  arrived(run: Run, attempt: Attempt): void {
    const { file } = run;
    const { login, authentic } = attempt;
    this.note(() =>
      `${nameOf(attempt)} arrives at proxy ${run.proxy}${file === undefined ? ", which is stopping" : ""}`
    );
    if (
      file === undefined || !authentic ||
      file.without.some((index) => this.#setup.gateways[index]?.address === attempt.source.hostname)
    ) {
      return;
    }
    const now = this.#clock.now();
    this.#lastArrival.set(run.id, now);
    const atKey = this.#keyed(run.id, login.key);
    if (!atKey.logins.has(login)) atKey.logins.set(login, now);
    if (attempt.source.hostname !== login.gateway.address) atKey.copied = true;
    if (file.failmode === "safe") atKey.safe.add(login);
    const original = attempt.original ?? attempt;
    const { signs, secret } = login.gateway;
    // Requests that nobody can tell from others are known by their port too, and are forgotten with their answer.
    const alike = this.#setup.gateways.filter((one) => one.secret === secret);
    const forgettable = !signs || alike.some(({ constantAuthenticator }) => constantAuthenticator);
    const known = this.#at(run.id, forgettable ? attempt : original);
    const again = forgettable && known?.first !== undefined && now - known.first.at >= kept;
    // A challenge is answered once.
    const state = attempt.state === undefined ? undefined : `${run.id} ${attempt.state}`;
    if ((known === undefined || again) && (state === undefined || !this.#answered.has(state))) atKey.opportunities++;
    if (state !== undefined) this.#answered.add(state);
    // A gateway that signs is believed in nothing that isn't signed, once that is known of it.
    const place = this.#setup.gateways.find(({ address }) => address === attempt.source.hostname);
    if (place?.signs === true && !signs) return;
    if (signs && (known === undefined || again)) this.#supersede(run, attempt);
    const own = this.#at(run.id, attempt);
    if (own === undefined || again) this.#begin(run, attempt, own, file.loginTimeout * second + margin);
  }

  /** The proxy sends an answer. */
  replied(run: Run, to: Address, bytes: Uint8Array): void {
    this.figures.answers++;
    const code = bytes[0] ?? 0;
    const candidates = this.#sent.get(placeOf(to, bytes[1] ?? 0)) ?? [];
    const proven = candidates.filter(({ authenticator, secret }) =>
      verifyResponseAuthenticator(bytes, authenticator, secret)
    );
    // Where all have one authenticator it answers the one that waits.
    const attempt = proven.findLast((one) => this.#waiting.get(run.id)?.has(this.#at(run.id, one)) === true) ??
      proven.at(-1);
    if (attempt === undefined) {
      return this.fail("one answer", `Proxy ${run.proxy} answers ${to.hostname} what nobody asked`);
    }
    const now = this.#clock.now();
    this.note(() => `proxy ${run.proxy} answers ${nameOf(attempt)}: ${codes[code] ?? code}`);
    const at = this.#at(run.id, attempt);
    const again = at?.first;
    if (again !== undefined) this.#compare(run, attempt, again, code, bytes);
    else if (at !== undefined) {
      at.first = { at: now, code, bytes };
      this.#waiting.get(run.id)?.delete(at);
    }
    this.#keyed(run.id, attempt.login.key).open = undefined;
    if (code === packetCode.accessAccept) this.#accepted(run, attempt);
    if (code === packetCode.accessReject && at !== undefined && again === undefined) this.#rejected(run, attempt, at);
  }

  /** @inheritdoc */
  called(call: DuoCall): void {
    this.figures.duoCalls++;
    const { run, endpoint, ikey, version, fault = "as asked" } = call;
    this.note(() => `Duo reads ${endpoint} (version ${version}) for ${keyOf(call)}: ${fault}`);
    const told = toldToDuo(call.params, this.#setup);
    if (told !== undefined) this.fail("secrets", `A call to ${endpoint} holds ${told}`);
    // Version 2 refuses this application cleanly, and nothing comes of it.
    if (ikey === radiusIkey && version === 2) return;
    this.#brownOuts.called(call);
    const atKey = this.#keyed(run, keyOf(call));
    if (endpoint === "preauth" && atKey.opportunities === 0) {
      this.fail("first factor", `Duo is asked about ${keyOf(call)}, though nobody with a secret asked the proxy`);
    }
    if (endpoint !== "auth") return;
    atKey.auths++;
    if (atKey.auths > atKey.opportunities) {
      const times = `${atKey.auths} times, by ${atKey.opportunities} requests`;
      this.fail("one push", `Duo is asked for a second factor of ${keyOf(call)} ${times} that may do so`);
    }
    const [only, ...others] = atKey.logins.keys();
    const named = others.length === 0 && !atKey.copied && only?.gateway.marking === "audit-session" &&
      this.#setup.file.joins;
    // An answer that its gateway does not wait for any more is not sent: then only the time says that the login is over.
    const { file: { loginTimeout } } = this.#setup;
    if (named && atKey.open !== undefined && call.at - atKey.open < (loginTimeout - 15) * second) {
      this.fail("one push", `A second push for ${keyOf(call)}, of a named session, while the first is under way`);
    }
    atKey.open = call.at;
  }

  /** @inheritdoc */
  answered(call: DuoCall, result: string): void {
    this.note(() => `the proxy gets Duo's answer to ${call.endpoint} for ${keyOf(call)}: ${result}`);
    if (call.endpoint === "preauth") {
      this.#keyed(call.run, keyOf(call)).preauths.push({ at: this.#clock.now(), result });
    }
  }

  /** @inheritdoc */
  rang(call: DuoCall, request: PendingRequest): void {
    this.figures.pushes++;
    this.note(() => `the phone of ${request.username} rings for ${keyOf(call)}`);
    const rung = this.#pushes.rang(call, request);
    if (rung > this.#setup.file.pushLimit) {
      this.fail(
        "push limit",
        `${request.deviceName} of ${request.username} rings for the ${rung}. time in five minutes`,
      );
    }
    this.#rang(call, request);
  }

  /** @inheritdoc */
  decided(call: DuoCall, allowed: boolean): void {
    this.note(() => `${call.user} ${allowed ? "has approved" : "has not approved"} ${keyOf(call)}`);
    const atKey = this.#keyed(call.run, keyOf(call));
    atKey.open = undefined;
    if (!allowed) return;
    const at = this.#clock.now();
    atKey.approvals.push({ at, used: false });
    this.#pushes.approved(call, at);
  }

  /** The proxy writes an event. */
  event(run: Run, event: AuthEvent): void {
    const { reason, status } = event;
    const name = `${status} ${reason}`;
    this.figures.reasons.set(name, (this.figures.reasons.get(name) ?? 0) + 1);
    this.note(() => `proxy ${run.proxy} writes: ${status}, ${reason}: ${event.msg}`);
    this.written(JSON.stringify(event));
    if (reason === "overloaded") this.#overloaded(run);
  }

  /** The proxy writes something that people read. */
  written(text: string): void {
    const told = toldToPeople(text);
    if (told !== undefined) this.fail("secrets", `A log holds ${told}: ${text}`);
  }

  /** A process is told to stop, or was killed: what arrives from now on is nobody's. */
  stopping(run: Run): void {
    run.file = undefined;
  }

  /** A process has ended in peace. */
  ended(run: Run, left: { readonly timers: number; readonly streams: number }): void {
    const waiting = [...this.#waiting.get(run.id) ?? []].filter((at) => at?.superseded === false).length;
    if (waiting > 0) this.fail("answers", `Proxy ${run.proxy} ends, and ${waiting} requests have got no answer`);
    if (left.timers > 0) this.fail("nothing left", `Proxy ${run.proxy} ends and leaves ${left.timers} timers`);
    if (left.streams > 0) {
      this.fail("nothing left", `Proxy ${run.proxy} ends and leaves ${left.streams} streams`);
    }
    this.#waiting.delete(run.id);
  }

  /** What a process holds is looked at while nothing is asked of it. */
  look(run: Run, held: Readonly<Record<string, number>>, timers: number): void {
    const { file } = run;
    const quiet = this.#clock.now() - (this.#lastArrival.get(run.id) ?? -Infinity);
    if (file === undefined || quiet < file.loginTimeout * second + margin) return;
    const left = Object.entries(held).filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name}`);
    if (left.length > 0) this.fail("nothing left", `Proxy ${run.proxy} is idle and holds ${left.join(", ")}`);
    // The look at Duo's clock, a probe, the sweep of idle connections and the meter of their lag.
    if (timers > 6) this.fail("nothing left", `Proxy ${run.proxy} is idle and has ${timers} timers`);
  }

  /** A request is to be answered, for the first time or after its answer was forgotten. */
  #begin(run: Run, attempt: Attempt, before: AtRun | undefined, patience: number): void {
    const at: AtRun = { arrived: this.#clock.now(), first: undefined, superseded: false, again: before !== undefined };
    this.#atRun.set(`${run.id} ${this.#numbers.get(attempt)}`, at);
    const waiting = this.#waiting.get(run.id) ?? new Set();
    waiting.add(at);
    this.#waiting.set(run.id, waiting);
    this.#clock.after(patience, () => {
      if (waiting.delete(at) && this.#waiting.get(run.id) === waiting && !at.superseded) {
        this.fail("answers", `${nameOf(attempt)} got no answer within ${patience / second} s`);
      }
    });
  }

  /** A gateway that signs proves that it has given an identifier to a new request. */
  #supersede(run: Run, attempt: Attempt): void {
    for (const other of this.#sent.get(placeOf(attempt.source, attempt.identifier)) ?? []) {
      const at = this.#at(run.id, other);
      if (other !== attempt && at !== undefined) at.superseded = true;
    }
  }

  #compare(run: Run, attempt: Attempt, first: NonNullable<AtRun["first"]>, code: number, bytes: Uint8Array): void {
    const same = bytes.length === first.bytes.length && bytes.every((octet, index) => octet === first.bytes[index]);
    // A copy gets the answer as long as the request does that was first.
    const since = this.#at(run.id, attempt.original ?? attempt)?.first?.at ?? first.at;
    if (!same && this.#clock.now() - since < kept) {
      this.fail(
        "one answer",
        `${nameOf(attempt)} got ${codes[first.code]}, and then another answer: ${codes[code]}`,
      );
    }
    if (first.code === packetCode.accessReject && code === packetCode.accessAccept) {
      this.fail("one answer", `${nameOf(attempt)} was rejected first and accepted then`);
    }
  }

  #accepted(run: Run, attempt: Attempt): void {
    const { login } = attempt;
    const now = this.#clock.now();
    if (login.user === this.#setup.exempt) return;
    if (!attempt.authentic) {
      return this.fail("first factor", `${nameOf(attempt)} is accepted, though its sender has no secret`);
    }
    const atKey = this.#keyed(run.id, login.key);
    if (atKey.accepted.has(login)) return;
    const since = atKey.logins.get(login) ?? now;
    const preauths = atKey.preauths.filter(({ at }) => at >= since);
    if (preauths.some(({ result }) => result === "allow")) return void atKey.accepted.add(login);
    // With several requests of one key nobody can tell which of them Duo has answered.
    const unanswered = preauths.length === 0 || atKey.opportunities > 1;
    if (unanswered && atKey.safe.has(login) && this.#mayBeOut(run, login, since)) return;
    const approval = atKey.approvals.find(({ at, used }) => !used && at >= since);
    if (approval === undefined) {
      const after = preauths.length === 0 ? "" : ", after Duo's answer to preauth";
      return this.fail(
        login.who === "thief" ? "no rider" : "second factor",
        `${nameOf(attempt)} is accepted without a second factor of its own and without an outage${after}`,
      );
    }
    approval.used = true;
    atKey.accepted.add(login);
  }

  /** Whether Duo was out, by what the model knows of it. */
  #mayBeOut(run: Run, { user }: Login, since: number): boolean {
    if (this.#weather.wasOut(since - outageMemory, this.#clock.now())) return true;
    return this.#brownOuts.speakFor(run.id, user, since);
  }

  /** A first answer that says no to somebody who has approved in time, while everything was well. */
  #rejected(run: Run, attempt: Attempt, { arrived }: AtRun): void {
    const { login } = attempt;
    const now = this.#clock.now();
    const atKey = this.#keyed(run.id, login.key);
    if (login.who !== "owner" || atKey.logins.size > 1 || atKey.opportunities > 1 || run.file === undefined) return;
    const approved = atKey.approvals.some(({ at, used }) => !used && at > arrived && at < now - second);
    if (!approved || now - arrived > run.file.loginTimeout * second - 2 * second) return;
    if (this.#weather.wasDisturbed(arrived - minute, now)) return;
    this.fail("welcome", `${nameOf(attempt)} is rejected, though ${login.user} has approved it and Duo is well`);
  }

  /** Fewer requests are under way than the proxy must take, and Duo is well. */
  #overloaded(run: Run): void {
    const now = this.#clock.now();
    // What the process began with bounds what a reload may allow.
    const limit = Math.min(run.file?.maxPending ?? 0, run.maxPending);
    const reserve = limit <= 16 ? 0 : Math.max(8, Math.ceil(limit / 10));
    const others = (this.#waiting.get(run.id)?.size ?? 0) - 1;
    if (run.file === undefined || others >= limit - reserve) return;
    if (this.#weather.wasDisturbed(now - 2 * minute, now)) return;
    this.fail(
      "nothing left",
      `Proxy ${run.proxy} says that it is overloaded, with ${others} other requests under way and room for ${limit}`,
    );
  }

  #at(run: number, attempt: Attempt): AtRun | undefined {
    return this.#atRun.get(`${run} ${this.#numbers.get(attempt)}`);
  }

  #keyed(run: number, key: string): AtKey {
    const name = `${run} ${key}`;
    const known = this.#atKey.get(name);
    if (known !== undefined) return known;
    const made = newKey();
    this.#atKey.set(name, made);
    return made;
  }
}
