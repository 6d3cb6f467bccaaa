/**
 * One login's memory: what its event will say, its time, and the verdict that each way of ending it comes to.
 *
 * @module
 */

import type { AuthResult, CallLimits, DuoFailure } from "../duo/api.ts";
import type { Outage } from "../duo/outage.ts";
import { plainText } from "../text.ts";
import type { AuthEvent } from "./events.ts";
import { describeFailure, describeOutage, type FailureDecision } from "./failmode.ts";
import type { Leader } from "./joining.ts";
import type { Unrecognized } from "./modes/mode.ts";
import { shortageRemedies } from "./overload.ts";
import type { PrimaryLimits } from "./primary/primary.ts";
import type { LoginRequest, Refusal } from "./request.ts";
import type { Section } from "./section.ts";
import type { Verdict } from "./verdict.ts";

/** How a login ended, for the user and for the event. */
export interface Outcome {
  readonly reason: string;
  /** For the user. */
  readonly text: string;
  /** For the event, where it differs from `text`. */
  readonly event?: string;
  readonly stage?: AuthEvent["auth_stage"];
  readonly status?: AuthEvent["status"];
  readonly failmode?: "safe" | "secure" | null;
  readonly groups?: readonly string[];
}

/** One login's memory: what its event will say, and its time. */
export class Attempt implements Leader {
  readonly request: LoginRequest;
  readonly section: Section;
  user: string | null = null;
  factor: string | null = null;
  txid: string | null = null;
  #device: string | null = null;
  #version: 1 | 2 | null = null;
  #event: AuthEvent | undefined;
  #approved = false;

  constructor(request: LoginRequest, section: Section) {
    this.request = request;
    this.section = section;
  }

  /** What was said of the login's end; undefined until then. */
  get event(): AuthEvent | undefined {
    return this.#event;
  }

  /** Whether Duo has approved the second factor. */
  get approved(): boolean {
    return this.#approved;
  }

  /** Until when a call to Duo may go on: so long after its request came. */
  get limits(): CallLimits {
    const { signal, loginTimeout } = this.section;
    return { deadline: this.request.receivedAt + loginTimeout, signal };
  }

  /** The same for the first factor, which leaves half of the time to the second. */
  get primaryLimits(): PrimaryLimits {
    const { signal, loginTimeout } = this.section;
    return { deadline: this.request.receivedAt + loginTimeout / 2, signal };
  }

  /** The same for the second factor from beginning to end, which `api_timeout` bounds as a whole. */
  get authLimits(): CallLimits {
    const { limits, section: { clock, apiTimeout } } = this;
    return apiTimeout > 0 ? { ...limits, deadline: Math.min(limits.deadline, clock.now() + apiTimeout) } : limits;
  }

  /** Notes which version of Duo's API gave the last answer. */
  answered({ version }: { readonly version?: 1 | 2 }): void {
    this.#version = version ?? this.#version;
  }

  accept(outcome: Outcome): Verdict {
    this.#report("Allow", outcome);
    const groups = this.section.mode.tellsGroups ? outcome.groups ?? [] : [];
    return { kind: "accept", text: plainText(outcome.text), groups };
  }

  reject(outcome: Outcome): Verdict {
    this.#report(outcome.status ?? "Reject", outcome);
    return { kind: "reject", text: plainText(outcome.text) };
  }

  /** Asks the user to type something more; the request that brings it is the next attempt. */
  challenge(user: string, text: string): Verdict {
    this.factor = "passcode";
    this.#report("Challenge", { reason: "challenge", text });
    const state = this.section.challenges.seal({ user, gateway: this.request.peer.address });
    return { kind: "challenge", text, state };
  }

  /** What was typed is none of what the section understands. */
  rejectText({ text, event }: Unrecognized): Verdict {
    return this.reject({ reason: "unrecognized-text", text, ...(event === undefined ? {} : { event }) });
  }

  /** A request that no login can begin with. */
  refuse({ reason, text, stage, event, user }: Refusal): Verdict {
    this.user ??= user ?? null;
    return this.reject({ reason, text, stage, status: "Error", ...(event === undefined ? {} : { event }) });
  }

  /** The end of the second factor. */
  finish(result: AuthResult, groups: readonly string[]): Verdict {
    this.factor = result.factor;
    this.txid = result.txid;
    this.#device = result.device;
    if (result.kind === "allow") {
      this.#approved = true;
      return this.accept({
        reason: "approved",
        text: result.text,
        groups: result.groups.length > 0 ? result.groups : groups,
      });
    }
    const sms = this.factor.startsWith("sms");
    const reason = sms
      ? "sms-sent"
      : { timeout: "timeout", fraud: "fraud", locked_out: "locked-out", sent: "sms-sent" }[result.status];
    return this.reject({ reason: reason ?? "denied", text: result.text });
  }

  /** Duo gave no answer that is of use: what comes of it, and a line in the log that says why. */
  failDuo(decision: FailureDecision, failure: DuoFailure | Outage): Verdict {
    const why = describeFailure(failure);
    if (failure.kind === "overloaded" || failure.kind === "delayed") {
      return this.fail(decision, `${why}; ${shortageRemedies[failure.kind]}`);
    }
    const leftOut = failure.kind === "aborted" ? undefined : this.section.lineLimits.take(failure.kind);
    if (leftOut !== undefined) {
      const user = this.user ?? "Somebody";
      const line = failure.kind === "outage" ? describeOutage(user, decision, failure) : `${user} was refused: ${why}`;
      this.#log(
        decision.allow || (failure.kind === "refused" && (failure.status === 401 || failure.status === 403))
          ? "error"
          : "warning",
        leftOut === 0 ? line : `${line} (before, ${leftOut} more logins ended so without a line here)`,
      );
    }
    return this.fail(decision, why);
  }

  fail({ allow, decidedBy, reason, text }: FailureDecision, why: string): Verdict {
    if (reason === "overloaded") this.section.overload.rejected(this.request.peer.address, why);
    const outcome: Outcome = { reason, text, event: `${text} (${why})`, failmode: decidedBy };
    return allow ? this.accept(outcome) : this.reject({ ...outcome, status: decidedBy === null ? "Error" : "Reject" });
  }

  /** The end of a request that repeats a login and gets its verdict. */
  follow({ event }: Leader): void {
    if (event === undefined) throw new Error(`${this.request.id} repeats a login that ended without an event`);
    this.section.events.auth({
      ...event,
      msg: `Repeats ${event.request_id}: ${event.msg}`,
      reason: "joined",
      joined: true,
      signed: this.request.signed,
      request_id: this.request.id,
      latency_ms: this.#took(),
    });
  }

  /** A line of the operational log about this login. */
  #log(level: "warning" | "error", message: string): void {
    const { request, section, user } = this;
    section.events.log(level, message, { section: section.name, request_id: request.id, user });
  }

  #report(status: AuthEvent["status"], { reason, text, event, stage, failmode }: Outcome): void {
    const { request, section } = this;
    this.#event = {
      msg: plainText(event ?? text),
      username: this.user,
      auth_stage: stage ?? "Secondary authentication",
      status,
      client_ip: request.clientIp.text,
      server_section: section.name,
      server_section_ikey: section.ikey,
      factor: this.factor,
      request_id: request.id,
      nas_ip: request.peer.address,
      latency_ms: this.#took(),
      txid: this.txid,
      device: this.#device,
      failmode: failmode ?? null,
      reason,
      api_version: this.#version,
      signed: request.signed,
      joined: false,
    };
    section.events.auth(this.#event);
  }

  #took(): number {
    return Math.round(this.section.clock.now() - this.request.receivedAt);
  }
}
