/**
 * What happens when Duo could not be asked. It acts at preauth only: a failure at auth, and everything that is our own
 * fault, is a reject whatever the section says.
 *
 * @module
 */

import type { DuoFailure } from "../duo/api.ts";

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
export function decideFailure(failmode: Failmode, failure: DuoFailure): FailureDecision {
  switch (failure.kind) {
    case "unavailable":
      return failmode === "safe"
        ? {
          allow: true,
          decidedBy: "safe",
          reason: "failmode",
          text: "Logging you in without a second factor: Duo cannot be reached",
        }
        : {
          allow: false,
          decidedBy: "secure",
          reason: "duo-unavailable",
          text: "Login refused: Duo cannot be reached",
        };
    default:
      return rejectFailure(failure);
  }
}

/** The reject for a failure where failmode has no say. */
export function rejectFailure(failure: DuoFailure): FailureDecision {
  switch (failure.kind) {
    case "unavailable":
      return failure.cause === "timeout"
        ? { allow: false, decidedBy: null, reason: "timeout", text: "Login timed out" }
        : { allow: false, decidedBy: null, reason: "duo-unavailable", text: "Login refused: Duo cannot be reached" };
    case "overloaded":
      return { allow: false, decidedBy: null, reason: "overloaded", text: "Login refused: too many logins at once" };
    case "refused":
      return failure.status === 429
        ? { allow: false, decidedBy: null, reason: "rate-limited", text: "Login refused: Duo is busy, try again later" }
        : {
          allow: false,
          decidedBy: null,
          reason: "duo-refused",
          text: "Login refused: Duo did not accept the request",
        };
    case "duo-error":
      return {
        allow: false,
        decidedBy: null,
        reason: "duo-error",
        text: "Login refused: Duo had an error, try again later",
      };
    case "aborted":
      return { allow: false, decidedBy: null, reason: "shutting-down", text: "Login refused: the proxy is stopping" };
  }
}
