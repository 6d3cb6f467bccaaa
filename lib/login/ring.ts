/**
 * The second factor within the push limit.
 *
 * @module
 */

import { type AuthFailure, type AuthResult, type Choices, isFailure, type NoDevice } from "../duo/api.ts";
import { resolveDevice, type TypedFactor } from "../duo/factor.ts";
import { plainName } from "../duo/user_name.ts";
import type { Attempt } from "./attempt.ts";
import type { PushCount, PushEnd, PushRefusal } from "./push_limit.ts";

/** What a second factor comes to. */
type Ended = AuthResult | NoDevice | AuthFailure;

/** The push limit keeps the phone quiet. */
export interface OverPushLimit {
  readonly kind: "push-limit";
}

/** So many SMS for each push: one brings several passcodes, and disturbs less. */
const smsPerPush = 2;

/** Asks for the second factor: a push, a call or an SMS as soon as the push limit lets it, anything else at once. */
export async function askWithinPushLimit(
  { section, user, limits }: Attempt,
  factor: TypedFactor,
  choices: Choices,
  ask: () => Promise<Ended>,
): Promise<Ended | OverPushLimit> {
  const { ikey, pushes, pushLimit } = section;
  if (pushLimit === 0) return await ask();
  const phones = choices.version === 2
    ? choices.devices.map(({ device }) => `${ikey} device ${device}`)
    // Version 1 names no devices, so the user stands for them.
    : [`${ikey} user ${plainName(user ?? "")}`];
  const rung = rings(factor, choices);
  const phone = rung < 0 ? undefined : phones[rung];
  const result = phone === undefined
    ? await ask()
    : await pushes.run(countOf(factor, phone, pushLimit), limits, ask, endOf);
  if (typeof result === "string") return refusals[result];
  if (result.kind === "allow") pushes.approved(phones.flatMap((phone) => [ringing(phone), texting(phone)]));
  return result;
}

const refusals: Readonly<Record<PushRefusal, AuthFailure | OverPushLimit>> = {
  limit: { kind: "push-limit" },
  timeout: {
    kind: "unavailable",
    cause: "timeout",
    detail: "Earlier pushes to the same phone were pending until the login's time was over",
  },
  aborted: { kind: "aborted" },
};

/** Which of the user's phones the factor rings; -1 if it rings none. Of those that an automatic one may ring it is the first. */
function rings(factor: TypedFactor, choices: Choices): number {
  if (factor.kind === "passcode") return -1;
  if (choices.version === 1) return 0;
  const { devices } = choices;
  if (factor.kind === "auto") {
    return devices.findIndex(({ capabilities }) => capabilities.includes("push") || capabilities.includes("phone"));
  }
  const device = resolveDevice(devices, factor);
  return device === undefined ? -1 : devices.indexOf(device);
}

function countOf(factor: TypedFactor, phone: string, limit: number): PushCount {
  return factor.kind === "word" && factor.factor === "sms"
    ? { key: texting(phone), limit: limit * smsPerPush }
    : { key: ringing(phone), limit };
}

function ringing(phone: string): string {
  return `ring ${phone}`;
}

function texting(phone: string): string {
  return `text ${phone}`;
}

/** A failure is an end that nobody knows, unless Duo refused the request itself. */
function endOf(result: Ended): PushEnd {
  if (result.kind === "allow") return "approved";
  if (result.kind === "no-device") return "none";
  return isFailure(result) && result.kind === "refused" && result.txid === undefined ? "none" : "unapproved";
}
