/**
 * What a login has to come to, said once more in as few rules as there are, without a look at how lib/login does it.
 *
 * @module
 */

import type { AuthEvent } from "../../lib/login/events.ts";
import type { Failmode } from "../../lib/login/failmode.ts";
import type { Verdict } from "../../lib/login/verdict.ts";

/** Kinds of sections. Where no factor was typed the first `auto` falls back on an automatic one, the second asks for a passcode. */
export const modes = ["duo_only", "concat", "auto", "auto, asking"] as const;
/** What the request names for a second factor: nothing, or something that its mode may fall back on. */
export const factors = ["passcode", "push", "auto", "none", "unrecognized"] as const;
/** The State that the request carries: one that may be answered, or one that must not be. */
export const states = [
  "none",
  "valid",
  "expired",
  "of another user",
  "of another gateway",
  "of another section",
  "answered before",
  "tampered with",
] as const;
/** Who checks the first factor: nobody, or somebody who says this. */
export const primaries = ["unchecked", "accepts", "rejects", "fails"] as const;
/** What can be read of a request: all, not the field, or not even that somebody asks with one. */
export const readables = ["all", "no field", "no claim"] as const;
/** What Duo says, at preauth or after it has asked for a second factor. */
export const answers = [
  "preauth: allow",
  "preauth: deny",
  "preauth: enroll",
  "preauth: outage",
  "preauth: outage by a certificate",
  "preauth: refused",
  "preauth: too many requests",
  "preauth: error",
  "preauth: overloaded",
  "preauth: aborted",
  "auth: allow",
  "auth: deny",
  "auth: timeout",
  "auth: fraud",
  "auth: sent",
  "auth: no device",
  "auth: cut",
  "auth: no time left",
  "auth: refused",
] as const;

/** One login: a value of each axis. */
export interface Row {
  readonly mode: typeof modes[number];
  readonly failmode: Failmode;
  readonly primaryOnly: boolean;
  readonly exempt: boolean;
  readonly readable: typeof readables[number];
  readonly state: typeof states[number];
  readonly signed: boolean;
  /** Whether the field may be noise: text of an encoding that takes any octets. */
  readonly noisy: boolean;
  readonly factor: typeof factors[number];
  readonly primary: typeof primaries[number];
  readonly duo: typeof answers[number];
}

/** What comes of a row. */
export interface Expected {
  readonly verdict: Verdict["kind"];
  readonly status: AuthEvent["status"];
  readonly stage: AuthEvent["auth_stage"];
  readonly reason: string;
  readonly failmode: Failmode | null;
  /** What an Accept tells of the user's groups. */
  readonly groups: readonly string[];
  /** How often the field was read, and the primary, preauth and auth were asked. */
  readonly asked: readonly [read: number, primary: number, preauth: number, auth: number];
}

type Said = readonly [status: AuthEvent["status"], reason: string];

/** Answers that end a login, whatever the section says of failmode. */
const ends: Readonly<Partial<Record<Row["duo"], Said>>> = {
  "preauth: allow": ["Allow", "preauth-allow"],
  "preauth: deny": ["Reject", "preauth-deny"],
  "preauth: enroll": ["Reject", "not-enrolled"],
  "preauth: refused": ["Error", "duo-refused"],
  "preauth: too many requests": ["Error", "rate-limited"],
  "preauth: error": ["Error", "duo-error"],
  "preauth: overloaded": ["Error", "overloaded"],
  "preauth: aborted": ["Error", "shutting-down"],
  "auth: allow": ["Allow", "approved"],
  "auth: deny": ["Reject", "denied"],
  "auth: timeout": ["Reject", "timeout"],
  "auth: fraud": ["Reject", "fraud"],
  "auth: sent": ["Reject", "sms-sent"],
  "auth: no device": ["Reject", "unknown-device"],
  "auth: cut": ["Error", "duo-unavailable"],
  "auth: no time left": ["Error", "timeout"],
  "auth: refused": ["Error", "duo-refused"],
};

/** What the design says of a row. */
export function expect(row: Row): Expected {
  const { mode, failmode, primaryOnly, exempt, readable, state, signed, noisy, primary, duo } = row;
  const checks = primary !== "unchecked";
  let [read, first, preauth, auth] = [0, 0, 0, 0];
  const end = (
    [status, reason]: Said,
    { stage = "Secondary authentication", decided = null, groups = [] }: {
      readonly stage?: AuthEvent["auth_stage"];
      readonly decided?: Failmode | null;
      readonly groups?: readonly string[];
    } = {},
  ): Expected => ({
    verdict: status === "Allow" ? "accept" : status === "Challenge" ? "challenge" : "reject",
    status,
    stage,
    reason,
    failmode: decided,
    groups,
    asked: [read, first, preauth, auth],
  });

  // No request without a password field is a login, whoever asks.
  if (readable === "no claim") return end(["Error", "no-password"], { stage: "Primary authentication" });
  // Exempt is exempt, also from primary-only, which failmode decides. Where nobody checks a first factor this needs no field.
  const spared = exempt
    ? (): Expected => end(["Allow", "exempt"])
    : primaryOnly
    ? (): Expected => end([failmode === "safe" ? "Allow" : "Reject", "primary-only"], { decided: failmode })
    : undefined;
  if (spared && !checks) return spared();
  read = 1;
  if (readable === "no field") return end(["Error", "undecodable-password"], { stage: "Unknown" });

  // A State stands for the first factor, once, and only where it was made; a section that never asks does not look at it.
  const answering = state !== "none" && mode === "auto, asking";
  if (answering && state !== "valid") return end(["Reject", "unknown-challenge"], { stage: "Unknown" });
  const { named, understood, readings } = meaning(row, answering);
  if (!understood) return end(["Reject", "unrecognized-text"]);
  if (!answering && checks) {
    // The whole field is tried too, but only after a wrong password: a primary that failed has not said anything.
    first = primary === "rejects" ? readings : 1;
    const stage = "Primary authentication";
    if (primary === "rejects") return end(["Reject", "wrong-password"], { stage });
    if (primary === "fails") return end(["Error", "primary-unavailable"], { stage });
  }
  if (spared) return spared();

  // Noise must ring no phone. What the section asks for by itself is known only once Duo has said that it needs a second factor.
  const unasked = noisy && !signed;
  if (unasked && named === "auto") return end(["Error", "unsigned-automatic"]);
  preauth = 1;
  if (duo === "preauth: outage" || duo === "preauth: outage by a certificate") {
    const reason = duo === "preauth: outage by a certificate"
      ? "duo-untrusted"
      : failmode === "safe"
      ? "failmode"
      : "duo-unavailable";
    return end([failmode === "safe" ? "Allow" : "Reject", reason], { decided: failmode });
  }
  if (duo.startsWith("auth: ")) {
    if (named === "none" && mode === "auto, asking") return end(["Challenge", "challenge"]);
    if (named === "none" && unasked) return end(["Error", "unsigned-automatic"]);
    auth = 1;
  }
  const said = ends[duo];
  if (said === undefined) throw new Error(`Nothing is said of ${duo}`);
  const told = mode === "duo_only" && (duo === "preauth: allow" || duo === "auth: allow");
  return end(said, { groups: told ? ["staff"] : [] });
}

/** What the request names for a second factor, and in how many ways its field can be read. */
function meaning({ mode, factor }: Row, answering: boolean): {
  readonly named: Exclude<Row["factor"], "unrecognized">;
  readonly understood: boolean;
  readonly readings: number;
} {
  if (answering) {
    // Who was asked for a passcode has to type something; any factor will do, but none that is chosen for her.
    return factor === "auto" || factor === "none" || factor === "unrecognized"
      ? { named: "none", understood: false, readings: 0 }
      : { named: factor, understood: true, readings: 1 };
  }
  if (mode === "duo_only") {
    if (factor === "unrecognized") return { named: "none", understood: false, readings: 0 };
    return { named: factor === "none" ? "auto" : factor, understood: true, readings: 1 };
  }
  if (mode === "concat") {
    // There are two parts or none, so the whole field is never a password.
    if (factor === "none" || factor === "unrecognized") return { named: "none", understood: false, readings: 0 };
    return { named: factor, understood: true, readings: 1 };
  }
  // What is no factor is the end of a password: nothing is unrecognized here. Only digits may be such an end themselves.
  return factor === "none" || factor === "unrecognized"
    ? { named: "none", understood: true, readings: 1 }
    : { named: factor, understood: true, readings: factor === "passcode" ? 2 : 1 };
}
