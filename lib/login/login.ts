/**
 * A login, from the gateway's request to the verdict.
 *
 * Read {@link login} from top to bottom: who asks and with what, is it a repeat, the first factor, may this user go without a
 * second, and the second factor; where nobody checks a first factor, whether a second is needed comes before the password is
 * read. Each step that ends the login says so with one event.
 *
 * @module
 */

import type { Preauth } from "../duo/api.ts";
import { isFailure } from "../duo/api.ts";
import { factorName, type TypedFactor } from "../duo/factor.ts";
import { describeAttributes } from "../radius/describe.ts";
import type { AccessRequest } from "../radius/request.ts";
import type { Verdict } from "../radius/response.ts";
import { Attempt } from "./attempt.ts";
import { comesFromBrowser } from "../front/radius/browser.ts";
import {
  type Credentials,
  mayBeNoise,
  readClaim,
  readCredentials,
  refuseAutomatic,
} from "../front/radius/credentials.ts";
import { decideFailure, rejectFailure } from "./failmode.ts";
import { loginKey } from "./joining.ts";
import { explainShortage } from "./overload.ts";
import { askWithinPushLimit } from "./ring.ts";
import type { Section } from "./section.ts";

/**
 * Decides about a request of a known client whose authenticity has been checked.
 *
 * @throws what only a bug can throw; the event says that there was one.
 */
export async function login(request: AccessRequest, section: Section): Promise<Verdict> {
  const attempt = new Attempt(request, section);
  if (section.debug) attempt.log("debug", `Access-Request: ${describeAttributes(request.packet.attributes)}`);
  let verdict: Verdict;
  try {
    verdict = await decide(attempt);
  } catch (error) {
    attempt.reject({ stage: "Unknown", status: "Error", reason: "internal-error", text: "Internal error" });
    // Whoever asked answers with a reject, and says where it happened.
    throw error;
  }
  if (section.debug) attempt.log("debug", describeVerdict(verdict));
  return verdict;
}

async function decide(attempt: Attempt): Promise<Verdict> {
  const { request, section } = attempt;
  const claim = readClaim(request);
  if (claim.kind === "refused") return attempt.refuse(claim);
  attempt.user = claim.user;

  if (!section.primary.checksPassword) {
    const verdict = withoutSecondFactor(attempt, claim.user);
    if (verdict) return verdict;
  }
  const credentials = readCredentials(request, claim, section.passwordEncoding);
  if (credentials.kind === "refused") return attempt.refuse(credentials);

  const key = loginKey(request, section.name, credentials.passwordOctets);
  if (request.signed) section.pending.learn(key);
  const underWay = section.joinRepeats === "strict" ? section.pending.find(key) : undefined;
  if (underWay) {
    section.joined();
    const verdict = await underWay.verdict;
    attempt.follow(underWay.leader);
    return verdict;
  }
  const verdict = await section.pending.run(key, attempt, () => authenticate(attempt, credentials));
  if (attempt.approved) section.pending.learn(key);
  return verdict;
}

async function authenticate(attempt: Attempt, credentials: Credentials): Promise<Verdict> {
  const { request, section } = attempt;
  const first = await firstFactor(attempt, credentials);
  if ("verdict" in first) return first.verdict;

  const verdict = section.primary.checksPassword ? withoutSecondFactor(attempt, credentials.user) : undefined;
  if (verdict) return verdict;
  if (first.factor?.kind === "auto" && mayBeNoise(request, section.passwordEncoding)) {
    return attempt.refuse(refuseAutomatic(request, section.passwordEncoding));
  }

  const held = section.slots.hold(request.source.address, () => askDuo(attempt, credentials, first.factor));
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
async function askDuo(
  attempt: Attempt,
  credentials: Credentials,
  typed: TypedFactor | undefined,
): Promise<Verdict> {
  const { section } = attempt;
  const preauth = await section.duo.preauth(credentials.user, attempt.clientIp.ipv4, attempt.limits);
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
      return await secondFactor(attempt, credentials, preauth, typed);
  }
}

/** The first factor, or the answer to a challenge, which stands for one. */
async function firstFactor(
  attempt: Attempt,
  credentials: Credentials,
): Promise<{ readonly factor: TypedFactor | undefined } | { readonly verdict: Verdict }> {
  const { section, request } = attempt;
  const { mode } = section;
  if (credentials.state && mode.readAnswer) {
    if (!section.challenges.open(credentials.state, { user: credentials.user, gateway: request.source.address })) {
      return { verdict: attempt.reject({ stage: "Unknown", reason: "unknown-challenge", text: "Unknown Challenge" }) };
    }
    const factor = mode.readAnswer(credentials.password);
    return factor.kind === "unrecognized" ? { verdict: attempt.rejectText(factor) } : { factor };
  }
  const typed = mode.read(credentials.password, comesFromBrowser(request.packet));
  if (typed.kind === "unrecognized") return { verdict: attempt.rejectText(typed) };
  for (const [index, { password, factor }] of typed.readings.entries()) {
    const result = await section.primary.check({ user: credentials.user, password }, attempt.primaryLimits);
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
  throw new Error(`No reading of the password field in ${request.id}`);
}

async function secondFactor(
  attempt: Attempt,
  { user }: Credentials,
  { choices, groups }: Extract<Preauth, { kind: "auth" }>,
  typed: TypedFactor | undefined,
): Promise<Verdict> {
  const { request, section } = attempt;
  const next = section.mode.next(choices, typed);
  if (next.kind === "ask") return attempt.challenge(user, next.text);
  if (next.kind === "none") {
    return attempt.reject({ reason: "unknown-device", text: "User has no Duo factors usable with this configuration" });
  }
  if (typed === undefined && mayBeNoise(request, section.passwordEncoding)) {
    return attempt.refuse(refuseAutomatic(request, section.passwordEncoding));
  }
  const { factor } = next;
  attempt.factor = factorName(factor);

  const result = await askWithinPushLimit(attempt, factor, choices, async () => {
    const limits = attempt.authLimits;
    const result = await section.duo.auth({ user, factor, ip: attempt.clientIp.ipv4, choices }, limits);
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

function describeVerdict(verdict: Verdict): string {
  return `Answer: ${verdict.kind}, Reply-Message=${verdict.message ?? ""} ${
    describeAttributes(verdict.attributes ?? [])
  }`.trimEnd();
}
