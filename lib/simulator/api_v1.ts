/**
 * Duo's Auth API, version 1 (reference A.8): everything below `/rest/v1` once the signature is right.
 *
 * @module
 */

import type { Endpoint } from "./applications.ts";
import { type ApiRequest, checkCommon, enrollmentUrl, given, groupsOf, preauthTexts } from "./api_request.ts";
import { fail, type Failure, type Json, ok, type Reply } from "./reply.ts";
import { steps } from "./steps.ts";
import type { Step, Transaction } from "./transaction.ts";
import { automatic, type SimulatedDevice, type SimulatedUser } from "./users.ts";

/** Answers a call to `/rest/v1/ENDPOINT`; `status` goes by the name that v2 gives it. */
export function answerV1(endpoint: Endpoint, request: ApiRequest): Reply | Promise<Reply> {
  switch (endpoint) {
    case "ping":
      return ok("pong");
    case "check":
      return ok("valid");
    case "logo":
      return request.options.logo === null ? fail(40401) : { kind: "image", bytes: request.options.logo };
    case "preauth":
      return preauth(request);
    case "auth":
      return auth(request);
    case "auth_status":
      return status(request);
    case "enroll":
    case "enroll_status":
      return fail(40401);
  }
}

type FactorWord = "push" | "phone" | "sms";

/** One line of the menu: a name such as `push2`, and what it does. */
interface MenuEntry {
  readonly name: string;
  readonly factor: FactorWord;
  readonly device: SimulatedDevice;
}

/** What a user may choose, in the order of the menu: pushes, then calls, then SMS. */
function menu(request: ApiRequest, user: SimulatedUser): readonly MenuEntry[] {
  const phones = user.devices.filter(({ type }) => type === "phone");
  return (["push", "phone", "sms"] as const).flatMap((factor) => {
    const capable = phones.filter(({ capabilities }) => capabilities.includes(factor));
    const counted = request.options.numbering === "phones" ? phones : capable;
    return capable.map((device) => ({ name: `${factor}${counted.indexOf(device) + 1}`, factor, device }));
  });
}

function preauth(request: ApiRequest): Reply {
  const username = given(request, "user");
  if (username === undefined) return fail(40001, "user");
  const failmode = given(request, "failmode");
  if (failmode !== undefined && failmode !== "open" && failmode !== "closed") return fail(40002, "failmode");
  const wrong = checkCommon(request);
  if (wrong !== undefined) return wrong;
  const user = request.cloud.userByName(username);
  if (user === undefined) return enrollReply(request, username);
  switch (user.status) {
    case "not_enrolled":
      return enrollReply(request, user.username);
    case "bypass":
      return ok({ result: "allow", status: preauthTexts.bypass, ...groupsOf(user) });
    case "disabled":
      return ok({ result: "deny", status: preauthTexts.disabled });
    case "locked_out":
      return ok({ result: "deny", status: preauthTexts.lockedOut });
    case "active":
      return user.devices.length === 0 ? enrollReply(request, user.username) : authReply(request, user);
  }
}

function enrollReply(request: ApiRequest, username: string): Reply {
  return ok({ result: "enroll", status: `Please enroll at ${enrollmentUrl(request.host, username)}` });
}

function authReply(request: ApiRequest, user: SimulatedUser): Reply {
  const entries = menu(request, user);
  const factors: Record<string, Json> = {};
  for (const [index, { name }] of entries.entries()) factors[String(index + 1)] = name;
  const best = entries.find(({ factor }) => factor !== "sms");
  // Without an out-of-band factor there is no default: a token alone, for example.
  if (best !== undefined) factors["default"] = best.name;
  return ok({ result: "auth", factors, prompt: promptText(request, user, entries), ...groupsOf(user) });
}

function promptText(request: ApiRequest, user: SimulatedUser, entries: readonly MenuEntry[]): string {
  const title = `Duo login for ${user.username}`;
  if (entries.length === 0) return `${title}\n\nPasscode: `;
  const lines = entries.map(({ factor, device }, index) => {
    const where = device.number === "" ? device.name === "" ? "your device" : device.name : device.number;
    const next = factor === "sms" ? request.cloud.smsNextCode(device) : undefined;
    const hint = next === undefined ? "" : ` (next code starts with: ${next})`;
    const what = { push: "Duo Push to", phone: "Phone call to", sms: "SMS passcodes to" }[factor];
    return ` ${index + 1}. ${what} ${where}${hint}`;
  });
  return [
    title,
    "",
    "Enter a passcode or select one of the following options:",
    "",
    ...lines,
    "",
    `Passcode or option (1-${lines.length}): `,
  ].join("\n");
}

function auth(request: ApiRequest): Reply | Promise<Reply> {
  const username = given(request, "user");
  if (username === undefined) return fail(40001, "user");
  const factor = given(request, "factor");
  if (factor === undefined) return fail(40001, "factor");
  const wrong = checkCommon(request);
  if (wrong !== undefined) return wrong;
  const user = request.cloud.userByName(username);
  const begun = begin(request, user, factor);
  if ("kind" in begun) return begun;
  if (request.params.get("async") === "1") return ok({ txid: begun.subject.txid });
  const outcome = begun.outcome(request.signal);
  return outcome instanceof Promise
    ? outcome.then((step) => ok(stepReply(step, begun)))
    : ok(stepReply(outcome, begun));
}

/** What a request asks for, once `auto` is resolved. */
type Choice =
  | { readonly kind: "passcode"; readonly code: string }
  | { readonly kind: "entry"; readonly entry: MenuEntry }
  | { readonly kind: "unknown" };

function begin(request: ApiRequest, user: SimulatedUser | undefined, factor: string): Transaction | Failure {
  const typed = parameterOf(request, factor);
  if (typeof typed !== "string") return typed;
  if (user === undefined || user.status === "not_enrolled") return fail(40002, "user");
  const { cloud, application: { ikey } } = request;
  const factorWord = factor === "phone" || factor === "sms" || factor === "passcode" ? factor : "push";
  if (user.status === "bypass") return cloud.decide(ikey, user, factorWord, steps.bypass);
  if (user.status === "disabled") return cloud.decide(ikey, user, factorWord, steps.denied);
  if (user.status === "locked_out") return cloud.decide(ikey, user, factorWord, steps.lockedOut);
  const choice = choose(request, user, factor, typed);
  switch (choice.kind) {
    case "passcode":
      return cloud.passcode(ikey, user, choice.code);
    case "unknown":
      if (request.options.unknownFactor === "error") return fail(40002, factor === "auto" ? "auto" : "phone");
      return cloud.decide(ikey, user, factorWord, unknownStep);
    case "entry":
      return choice.entry.factor === "sms"
        ? cloud.sms(ikey, user, choice.entry.device)
        : cloud.ask(ikey, user, choice.entry.factor, choice.entry.device);
  }
}

const unknownStep = {
  result: "deny",
  status: "deny",
  text: "No such device. Please try again.",
} as const satisfies Step;

const factorParameters: ReadonlyMap<string, string> = new Map([
  ["auto", "auto"],
  ["passcode", "code"],
  ["push", "phone"],
  ["phone", "phone"],
  ["sms", "phone"],
]);

/** The parameter that belongs to the factor. */
function parameterOf(request: ApiRequest, factor: string): string | Failure {
  const name = factorParameters.get(factor);
  if (name === undefined) return fail(40002, "factor");
  const value = given(request, name);
  if (value === undefined) return fail(40001, name);
  if (name === "phone" && !/^phone[1-9]\d?$/.test(value)) return fail(40002, "phone");
  return value;
}

function choose(request: ApiRequest, user: SimulatedUser, factor: string, typed: string): Choice {
  if (factor === "passcode") return { kind: "passcode", code: typed };
  const entries = menu(request, user);
  if (factor === "auto") {
    if (typed === "auto") {
      const best = automatic(user.devices);
      return best === undefined ? { kind: "unknown" } : { kind: "entry", entry: { name: "auto", ...best } };
    }
    // Words as they stand: a client that sends " PUSH" gets what it would get for a wrong passcode.
    const match = /^(push|phone|sms)(\d*)$/.exec(typed);
    if (match === null) return { kind: "passcode", code: typed };
    const entry = match[2] === ""
      ? entries.find((candidate) => candidate.factor === match[1])
      : entries.find((candidate) => candidate.name === typed);
    return entry === undefined ? { kind: "unknown" } : { kind: "entry", entry };
  }
  const phones = user.devices.filter(({ type }) => type === "phone");
  const device = phones[Number(typed.slice("phone".length)) - 1];
  const entry = entries.find((candidate) => candidate.factor === factor && candidate.device === device);
  return entry === undefined ? { kind: "unknown" } : { kind: "entry", entry };
}

function stepReply(step: Step, transaction: Transaction): Json {
  // While nothing is decided v1 gives no result at all.
  if (step.result === "waiting") return { status: step.text };
  const groups = step.result === "allow" ? groupsOf(transaction.subject.user) : {};
  return { result: step.result, status: step.text, ...groups };
}

async function status(request: ApiRequest): Promise<Reply> {
  const txid = given(request, "txid");
  if (txid === undefined) return fail(40001, "txid");
  const transaction = request.cloud.transaction(request.application.ikey, txid);
  if (transaction === undefined) return fail(40002, "txid");
  const step = await request.cloud.poll(transaction, request.signal);
  return step === undefined ? fail(40002) : ok(stepReply(step, transaction));
}
