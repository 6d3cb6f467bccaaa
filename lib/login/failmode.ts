/**
 * What happens when Duo could not be asked. Failmode acts at preauth only, and only on an outage with both its witnesses: a failure
 * at auth, one odd answer, and everything that is our own fault, is a reject whatever the section says.
 *
 * @module
 */

import { type DuoFailure, explainRefusal } from "../duo/api.ts";
import type { Outage } from "../duo/outage.ts";
import { span } from "../span.ts";

/** Setting of `failmode`. */
export type Failmode = "safe" | "secure";

/** Whether to let the user in. `decidedBy` is null where failmode had no say. */
export interface FailureDecision {
  readonly allow: boolean;
  readonly decidedBy: Failmode | null;
  /** For events. */
  readonly reason: string;
  /** For the user's screen. */
  readonly text: string;
}

/** Decides about a failure at preauth. */
export function decideFailure(failmode: Failmode, failure: DuoFailure | Outage): FailureDecision {
  if (failure.kind !== "outage") return rejectFailure(failure);
  const { untrusted } = failure;
  switch (failmode) {
    case "safe":
      return {
        allow: true,
        decidedBy: "safe",
        reason: untrusted ? "duo-untrusted" : "failmode",
        text: "Logging you in without a second factor: Duo cannot be reached",
      };
    case "secure":
      return {
        allow: false,
        decidedBy: "secure",
        reason: untrusted ? "duo-untrusted" : "duo-unavailable",
        text: "Login refused: Duo cannot be reached",
      };
  }
}

/** The reject for a failure where failmode has no say. */
export function rejectFailure(failure: DuoFailure): FailureDecision {
  const { reason, text } = rejection(failure);
  return { allow: false, decidedBy: null, reason, text };
}

function rejection(failure: DuoFailure): Pick<FailureDecision, "reason" | "text"> {
  switch (failure.kind) {
    case "unavailable":
      if (failure.cause === "timeout") return { reason: "timeout", text: "Login timed out" };
      return {
        reason: failure.cause === "untrusted" ? "duo-untrusted" : "duo-unavailable",
        text: "Login refused: Duo cannot be reached",
      };
    case "delayed":
    case "overloaded":
      return { reason: "overloaded", text: "Login refused: too many logins at once" };
    case "refused":
      return failure.status === 429
        ? { reason: "rate-limited", text: "Login refused: Duo is busy, try again later" }
        : { reason: "duo-refused", text: "Login refused: Duo did not accept the request" };
    case "duo-error":
      return { reason: "duo-error", text: "Login refused: Duo had an error, try again later" };
    case "aborted":
      return { reason: "shutting-down", text: "Login refused: the proxy is stopping" };
  }
}

/** Why Duo gave no answer that is of use, for event and log. */
export function describeFailure(failure: DuoFailure | Outage): string {
  switch (failure.kind) {
    case "outage":
      return `${failure.first}; ${failure.second}`;
    case "refused":
      return explainRefusal(failure);
    case "aborted":
      return "The proxy is stopping";
    default:
      return failure.detail;
  }
}

/** An outage for the operational log: who got in without a second factor (or did not), why, and for how long this has been so. */
export function describeOutage(user: string, { allow }: FailureDecision, outage: Outage): string {
  const who = allow
    ? `${user} was let in without a second factor (failmode=safe)`
    : `${user} was refused (failmode=secure)`;
  return `${who}, because Duo is out: ${describeFailure(outage)}. It has been so for ${span(outage.lasting)}`;
}
