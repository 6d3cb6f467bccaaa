/**
 * One login's memory: what its event will say, its time, and the verdict that each way of ending it comes to.
 *
 * @module
 */

import type { AuthResult, CallLimits, DuoFailure } from "../duo/api.ts";
import type { Outage } from "../duo/outage.ts";
import { type Attribute, attributeType, getDefined, textAttribute } from "../radius/attributes.ts";
import { maxValueLength } from "../radius/packet.ts";
import type { AccessRequest } from "../radius/request.ts";
import { formatValue } from "../radius/value.ts";
import type { Verdict } from "../radius/response.ts";
import { holdsInvisible, plainText } from "../text.ts";
import { readClientIp } from "../front/client_ip.ts";
import type { RefusedCredentials } from "../front/radius/credentials.ts";
import type { AuthEvent } from "./events.ts";
import { describeFailure, describeOutage, type FailureDecision } from "./failmode.ts";
import type { Leader } from "./joining.ts";
import type { Unrecognized } from "./modes/mode.ts";
import { shortageRemedies } from "./overload.ts";
import type { PrimaryLimits } from "./primary/primary.ts";
import type { Section } from "./section.ts";

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
  readonly request: AccessRequest;
  readonly section: Section;
  readonly clientIp: ReturnType<typeof readClientIp>;
  user: string | null = null;
  factor: string | null = null;
  txid: string | null = null;
  #device: string | null = null;
  #version: 1 | 2 | null = null;
  #event: AuthEvent | undefined;
  #approved = false;

  constructor(request: AccessRequest, section: Section) {
    this.request = request;
    this.section = section;
    const value = getDefined(request.packet, section.clientIpAttribute);
    this.clientIp = readClientIp(value && formatValue(section.clientIpAttribute, value));
  }

  /** What was said of the login's end; undefined until then. */
  get event(): AuthEvent | undefined {
    return this.#event;
  }

  /** Whether Duo has approved the second factor. */
  get approved(): boolean {
    return this.#approved;
  }

  /** Until when a call to Duo may go on: so long after the login's first datagram. */
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
    const message = plainText(outcome.text);
    const group = this.section.mode.tellsGroups ? outcome.groups?.[0] : undefined;
    const attribute = group === undefined ? undefined : this.#classOf(group);
    return attribute === undefined ? { kind: "accept", message } : { kind: "accept", message, attributes: [attribute] };
  }

  reject(outcome: Outcome): Verdict {
    this.#report(outcome.status ?? "Reject", outcome);
    return { kind: "reject", message: plainText(outcome.text) };
  }

  /** Asks the user to type something more; the request that brings it is the next attempt. */
  challenge(user: string, text: string): Verdict {
    this.factor = "passcode";
    this.#report("Challenge", { reason: "challenge", text });
    const state = this.section.challenges.seal({ user, gateway: this.request.source.address });
    return { kind: "challenge", message: text, attributes: [{ type: attributeType.state, value: state }] };
  }

  /** What was typed is none of what the section understands. */
  rejectText({ text, event }: Unrecognized): Verdict {
    return this.reject({ reason: "unrecognized-text", text, ...(event === undefined ? {} : { event }) });
  }

  /** A request that no login can begin with. */
  refuse({ reason, text, stage, event, user, eapFailure }: RefusedCredentials): Verdict {
    this.user ??= user ?? null;
    const verdict = this.reject({ reason, text, stage, status: "Error", ...(event === undefined ? {} : { event }) });
    return eapFailure ? { kind: "reject", attributes: [eapFailure] } : verdict;
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
      this.log(
        decision.allow || (failure.kind === "refused" && (failure.status === 401 || failure.status === 403))
          ? "error"
          : "warning",
        leftOut === 0 ? line : `${line} (before, ${leftOut} more logins ended so without a line here)`,
      );
    }
    return this.fail(decision, why);
  }

  fail({ allow, decidedBy, reason, text }: FailureDecision, why: string): Verdict {
    if (reason === "overloaded") this.section.overload.rejected(this.request.source.address, why);
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

  /** A line of the operational log about this login; in debug lines also which datagram it is about. */
  log(level: "debug" | "warning" | "error", message: string): void {
    const { request: { id, source, packet }, section } = this;
    const datagram = { address: source.address, port: source.port, identifier: packet.identifier };
    section.events.log(level, message, {
      section: section.name,
      request_id: id,
      user: this.user,
      ...(level === "debug" ? datagram : {}),
    });
  }

  /** `OU=<group>;`, from which an ASA takes the group policy; undefined for a name that would say something else there. */
  #classOf(group: string): Attribute | undefined {
    if (group === "" || group.includes(";") || holdsInvisible(group)) {
      this.log(
        "warning",
        "The name of the user's first group holds a semicolon, control or format characters: no Class is sent",
      );
      return undefined;
    }
    const attribute = textAttribute(attributeType.class, `OU=${group};`);
    if (attribute.value.length <= maxValueLength) return attribute;
    this.log("warning", "The user's first group has too long a name for a Class attribute: none is sent");
    return undefined;
  }

  #report(status: AuthEvent["status"], { reason, text, event, stage, failmode }: Outcome): void {
    const { request, section } = this;
    this.#event = {
      msg: plainText(event ?? text),
      username: this.user,
      auth_stage: stage ?? "Secondary authentication",
      status,
      client_ip: this.clientIp.text,
      server_section: section.name,
      server_section_ikey: section.ikey,
      factor: this.factor,
      request_id: request.id,
      nas_ip: request.source.address,
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
