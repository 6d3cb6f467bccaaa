/**
 * A login, from the gateway's request to the verdict.
 *
 * Read {@link login} from top to bottom: who asks and with what, is it a repeat, the first factor, may this user go without a
 * second, and the second factor; where nobody checks a first factor, whether a second is needed comes before the password is
 * read. Each step that ends the login says so with one event.
 *
 * @module
 */

import { isFailure, type Preauth } from "../duo/api.ts";
import { factorName, type TypedFactor } from "../duo/factor.ts";
import { Attempt } from "./attempt.ts";
import { decideFailure, rejectFailure } from "./failmode.ts";
import { explainShortage } from "./overload.ts";
import type { Credentials, LoginRequest } from "./request.ts";
import { askWithinPushLimit } from "./ring.ts";
import type { Section } from "./section.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Decides about a request of a known gateway whose authenticity has been checked.
 *
 * @throws what only a bug can throw; the event says that there was one.
 */
export async function login(request: LoginRequest, section: Section): Promise<Verdict> {
  const attempt = new Attempt(request, section);
  try {
    return await decide(attempt);
  } catch (error) {
    attempt.reject({ stage: "Unknown", status: "Error", reason: "internal-error", text: "Internal error" });
    // Whoever asked answers with a reject, and says where it happened.
    throw error;
  }
}

async function decide(attempt: Attempt): Promise<Verdict> {
  const { request: { claim, signed }, section } = attempt;
  if (claim.kind === "refused") return attempt.refuse(claim);
  const { user } = claim;
  attempt.user = user;

  if (!section.primary.checksPassword) {
    const verdict = withoutSecondFactor(attempt, user);
    if (verdict) return verdict;
  }
  const credentials = claim.readCredentials();
  if (credentials.kind === "refused") return attempt.refuse(credentials);

  const { key } = credentials;
  if (signed) section.pending.learn(key);
  const underWay = section.joinRepeats === "strict" ? section.pending.find(key) : undefined;
  if (underWay) {
    section.joined();
    const verdict = await underWay.verdict;
    attempt.follow(underWay.leader);
    return verdict;
  }
  const verdict = await section.pending.run(key, attempt, () => authenticate(attempt, user, credentials));
  if (attempt.approved) section.pending.learn(key);
  return verdict;
}

async function authenticate(attempt: Attempt, user: string, credentials: Credentials): Promise<Verdict> {
  const { request: { peer, automaticRefusal }, section } = attempt;
  const first = await firstFactor(attempt, user, credentials);
  if ("verdict" in first) return first.verdict;

  const verdict = section.primary.checksPassword ? withoutSecondFactor(attempt, user) : undefined;
  if (verdict) return verdict;
  if (first.factor?.kind === "auto" && automaticRefusal) return attempt.refuse(automaticRefusal);

  const held = section.slots.hold(peer.address, () => askDuo(attempt, user, first.factor));
  if (typeof held !== "string") return await held;
  return attempt.fail(rejectFailure({ kind: "overloaded", detail: "" }), explainShortage(held, section));
}

/** The verdict on a user who needs no second factor, or can't be asked for one; undefined for all others. */
function withoutSecondFactor(attempt: Attempt, user: string): Verdict | undefined {
  const { section } = attempt;
  if (section.exemptUsernames.has(user)) {
    return attempt.accept({ reason: "exempt", text: "User exempted from 2FA" });
  }
  return section.primaryOnly() ? primaryOnlyVerdict(attempt) : undefined;
}

/** Preauth, and the second factor if it asks for one. */
async function askDuo(attempt: Attempt, user: string, typed: TypedFactor | undefined): Promise<Verdict> {
  const { request: { clientIp }, section } = attempt;
  const preauth = await section.duo.preauth(user, clientIp.ipv4, attempt.limits);
  attempt.answered(preauth);
  if (preauth.kind === "outage" || isFailure(preauth)) {
    return attempt.failDuo(decideFailure(section.failmode, preauth), preauth);
  }
  switch (preauth.kind) {
    case "allow":
      return attempt.accept({ reason: "preauth-allow", text: preauth.text, groups: preauth.groups });
    case "deny":
      return attempt.reject({ reason: "preauth-deny", text: preauth.text });
    case "enroll":
      return attempt.reject({
        reason: "not-enrolled",
        text: preauth.text,
        event: `User is not enrolled: ${preauth.text}`,
      });
    case "auth":
      return await secondFactor(attempt, user, preauth, typed);
  }
}

/** The first factor, or the answer to a challenge, which stands for one. */
async function firstFactor(
  attempt: Attempt,
  user: string,
  { password: field, state }: Credentials,
): Promise<{ readonly factor: TypedFactor | undefined } | { readonly verdict: Verdict }> {
  const { request: { id, peer, fromBrowser }, section } = attempt;
  const { mode } = section;
  if (state && mode.readAnswer) {
    if (!section.challenges.open(state, { user, gateway: peer.address })) {
      return { verdict: attempt.reject({ stage: "Unknown", reason: "unknown-challenge", text: "Unknown Challenge" }) };
    }
    const factor = mode.readAnswer(field);
    return factor.kind === "unrecognized" ? { verdict: attempt.rejectText(factor) } : { factor };
  }
  const typed = mode.read(field, fromBrowser);
  if (typed.kind === "unrecognized") return { verdict: attempt.rejectText(typed) };
  for (const [index, { password, factor }] of typed.readings.entries()) {
    const result = await section.primary.check({ user, password }, attempt.primaryLimits);
    if (result.kind === "accepted") return { factor };
    if (result.kind === "failed" || index === typed.readings.length - 1) {
      return {
        verdict: attempt.reject({
          stage: "Primary authentication",
          status: result.kind === "failed" ? "Error" : "Reject",
          reason: result.reason,
          text: result.text,
        }),
      };
    }
  }
  throw new Error(`No reading of the password field in ${id}`);
}

async function secondFactor(
  attempt: Attempt,
  user: string,
  { choices, groups }: Extract<Preauth, { kind: "auth" }>,
  typed: TypedFactor | undefined,
): Promise<Verdict> {
  const { request: { clientIp, automaticRefusal }, section } = attempt;
  const next = section.mode.next(choices, typed);
  if (next.kind === "ask") return attempt.challenge(user, next.text);
  if (next.kind === "none") {
    return attempt.reject({ reason: "unknown-device", text: "User has no Duo factors usable with this configuration" });
  }
  if (typed === undefined && automaticRefusal) return attempt.refuse(automaticRefusal);
  const { factor } = next;
  attempt.factor = factorName(factor);

  const result = await askWithinPushLimit(attempt, factor, choices, async () => {
    const limits = attempt.authLimits;
    const result = await section.duo.auth({ user, factor, ip: clientIp.ipv4, choices }, limits);
    attempt.answered(result);
    return result;
  });
  if (result.kind === "push-limit") {
    return attempt.reject({
      reason: "push-limit",
      text: "Too many unanswered login requests: enter a passcode, or try again in a few minutes",
      event: `The push limit (${section.pushLimit}) is reached: nothing was sent`,
    });
  }
  if (result.kind === "no-device") {
    return attempt.reject({ reason: "unknown-device", text: noDeviceText(factor) });
  }
  if (isFailure(result)) {
    attempt.txid = result.txid ?? null;
    return attempt.failDuo(rejectFailure(result), result);
  }
  return attempt.finish(result, groups);
}

function noDeviceText(factor: TypedFactor): string {
  if (factor.kind !== "word") return "You have no phone for an automatic push or call: enter a passcode";
  const what = { push: "push", phone: "phone call", sms: "SMS" }[factor.factor];
  return factor.number === null
    ? `You have no device for a ${what}`
    : `You have no device number ${factor.number} for a ${what}`;
}

function primaryOnlyVerdict(attempt: Attempt): Verdict {
  return attempt.section.failmode === "safe"
    ? attempt.accept({ reason: "primary-only", text: "Logging you in without a second factor", failmode: "safe" })
    : attempt.reject({
      reason: "primary-only",
      text: "Login refused: the second factor is switched off",
      failmode: "secure",
    });
}
