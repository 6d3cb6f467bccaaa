/**
 * Duo's Auth API, version 2 (reference A.2 to A.6): everything below `/auth/v2` once the signature is right.
 *
 * @module
 */

import type { Endpoint } from "./applications.ts";
import { type ApiRequest, checkCommon, enrollmentUrl, given, groupsOf, preauthTexts } from "./api_request.ts";
import { fail, type Failure, type Json, ok, type Reply } from "./reply.ts";
import { steps } from "./steps.ts";
import type { Step, Transaction } from "./transaction.ts";
import { automatic, firstCapable, type SimulatedDevice, type SimulatedUser } from "./users.ts";

/** Answers a call to `/auth/v2/ENDPOINT`. */
export function answerV2(endpoint: Endpoint, request: ApiRequest): Reply | Promise<Reply> {
  switch (endpoint) {
    case "ping":
    case "check":
      return ok({ time: request.time });
    case "logo":
      return request.options.logo === null ? fail(40401) : { kind: "image", bytes: request.options.logo };
    case "preauth":
      return preauth(request);
    case "auth":
      return auth(request);
    case "auth_status":
      return authStatus(request);
    case "enroll":
      return enroll(request);
    case "enroll_status":
      return enrollStatus(request);
  }
}

/** The user that a request names, the name of one whom Duo doesn't know, or what is wrong. */
function subject(
  request: ApiRequest,
): { readonly user: SimulatedUser } | { readonly unknown: string } | { readonly failure: Failure } {
  const username = given(request, "username");
  const userId = given(request, "user_id");
  if (username === undefined && userId === undefined) return { failure: fail(40001, "username or user_id") };
  if (username !== undefined && userId !== undefined) return { failure: fail(40002, "username and user_id") };
  if (userId !== undefined) {
    const user = request.cloud.userById(userId);
    return user === undefined ? { failure: fail(40002, "user_id") } : { user };
  }
  const user = request.cloud.userByName(username ?? "");
  return user === undefined ? { unknown: username ?? "" } : { user };
}

function preauth(request: ApiRequest): Reply {
  const found = subject(request);
  if ("failure" in found) return found.failure;
  const wrong = checkCommon(request);
  if (wrong !== undefined) return wrong;
  if ("unknown" in found) return enrollReply(request, found.unknown);
  const { user } = found;
  switch (user.status) {
    case "not_enrolled":
      return enrollReply(request, user.username);
    case "bypass":
      return ok({ result: "allow", status_msg: preauthTexts.bypass, ...groupsOf(user) });
    case "disabled":
      return ok({ result: "deny", status_msg: preauthTexts.disabled });
    case "locked_out":
      return ok({ result: "deny", status_msg: preauthTexts.lockedOut });
    case "active":
      return user.devices.length === 0 ? enrollReply(request, user.username) : ok({
        result: "auth",
        status_msg: preauthTexts.active,
        devices: user.devices.map((device) => deviceReply(request, device)),
        ...groupsOf(user),
      });
  }
}

function enrollReply(request: ApiRequest, username: string): Reply {
  const url = enrollmentUrl(request.host, username);
  return ok({ result: "enroll", status_msg: preauthTexts.enroll, enroll_portal_url: url });
}

function deviceReply(request: ApiRequest, device: SimulatedDevice): Json {
  if (device.type === "token") {
    return { device: device.id, type: device.type, name: device.name, display_name: device.displayName };
  }
  const next = request.cloud.smsNextCode(device);
  return {
    device: device.id,
    type: device.type,
    name: device.name,
    number: device.number,
    display_name: device.displayName,
    capabilities: device.capabilities,
    ...(next === undefined ? {} : { sms_nextcode: next }),
  };
}

function auth(request: ApiRequest): Reply | Promise<Reply> {
  const found = subject(request);
  if ("failure" in found) return found.failure;
  const factor = given(request, "factor");
  if (factor === undefined) return fail(40001, "factor");
  const wrong = checkCommon(request);
  if (wrong !== undefined) return wrong;
  if ("unknown" in found) return fail(40002, "username");
  const begun = begin(request, found.user, factor);
  if ("kind" in begun) return begun;
  if (request.params.get("async") === "1") return ok({ txid: begun.subject.txid });
  const outcome = begun.outcome(request.signal);
  return outcome instanceof Promise
    ? outcome.then((step) => ok(stepReply(step, begun)))
    : ok(stepReply(outcome, begun));
}

/** Checks what the factor needs and begins it; the user's status is asked last, as the request has to be right anyway. */
function begin(request: ApiRequest, user: SimulatedUser, factor: string): Transaction | Failure {
  const { cloud, application: { ikey } } = request;
  const deviceId = given(request, "device");
  if (factor === "passcode") {
    if (request.params.has("device")) return fail(40002, "device");
    const passcode = given(request, "passcode");
    if (passcode === undefined) return fail(40001, "passcode");
    const closed = closedStep(user);
    if (closed !== undefined) {
      return closed === "enroll" ? fail(40002, "username") : cloud.decide(ikey, user, factor, closed);
    }
    return cloud.passcode(ikey, user, passcode);
  }
  if (factor !== "auto" && factor !== "push" && factor !== "phone" && factor !== "sms") return fail(40002, "factor");
  if (deviceId === undefined) return fail(40001, "device");
  const named = user.devices.find(({ id }) => id === deviceId);
  if (deviceId !== "auto" && named === undefined) return fail(40002, "device");
  const closed = closedStep(user);
  if (closed === "enroll") return fail(40002, "username");
  if (closed !== undefined) return cloud.decide(ikey, user, factor === "auto" ? "push" : factor, closed);
  const choice = factor === "auto"
    ? automatic(named === undefined ? user.devices : [named])
    : withFactor(factor, named ?? firstCapable(user, factor));
  if (choice === undefined) return fail(40002, "no capable device");
  return choice.factor === "sms"
    ? cloud.sms(ikey, user, choice.device)
    : cloud.ask(ikey, user, choice.factor, choice.device);
}

function withFactor(
  factor: "push" | "phone" | "sms",
  device: SimulatedDevice | undefined,
): { readonly factor: "push" | "phone" | "sms"; readonly device: SimulatedDevice } | undefined {
  return device === undefined || !device.capabilities.includes(factor) ? undefined : { factor, device };
}

/** The outcome for a user who can't use, or doesn't need, a factor; undefined for an active one. */
function closedStep(user: SimulatedUser): Step | "enroll" | undefined {
  switch (user.status) {
    case "active":
      return undefined;
    case "bypass":
      return steps.bypass;
    case "disabled":
      return steps.denied;
    case "locked_out":
      return steps.lockedOut;
    case "not_enrolled":
      return "enroll";
  }
}

function stepReply(step: Step, transaction: Transaction): Json {
  return {
    result: step.result,
    status: step.status,
    status_msg: step.text,
    ...(step.result === "allow" ? groupsOf(transaction.subject.user) : {}),
  };
}

async function authStatus(request: ApiRequest): Promise<Reply> {
  const txid = given(request, "txid");
  if (txid === undefined) return fail(40001, "txid");
  const transaction = request.cloud.transaction(request.application.ikey, txid);
  if (transaction === undefined) return fail(40002, "txid");
  const step = await request.cloud.poll(transaction, request.signal);
  return step === undefined ? fail(40002) : ok(stepReply(step, transaction));
}

function enroll(request: ApiRequest): Reply {
  const seconds = given(request, "valid_secs") ?? "86400";
  if (!/^[1-9]\d{0,7}$/.test(seconds)) return fail(40002, "valid_secs");
  const begun = request.cloud.enroll(given(request, "username"), Number(seconds));
  if (begun === undefined) return fail(40002, "username already exists");
  const { user, activationCode, expires } = begun;
  const code = encodeURIComponent(activationCode);
  return ok({
    activation_barcode: `https://${request.host}/frame/qr?value=${code}`,
    activation_code: activationCode,
    activation_url: `https://${request.host}/activate/${code}`,
    expiration: Math.floor(expires / 1_000),
    user_id: user.userId,
    username: user.username,
  });
}

function enrollStatus(request: ApiRequest): Reply {
  const userId = given(request, "user_id");
  if (userId === undefined) return fail(40001, "user_id");
  const code = given(request, "activation_code");
  if (code === undefined) return fail(40001, "activation_code");
  return ok(request.cloud.enrollStatus(userId, code));
}
