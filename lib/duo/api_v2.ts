/**
 * Duo's Auth API version 2: `/auth/v2/...`.
 *
 * @module
 */

import * as v from "valibot";
import type { Clock } from "../clock.ts";
import type {
  AuthRequest,
  AuthResult,
  CallLimits,
  DuoApi,
  DuoFailure,
  KeysValid,
  NoDevice,
  Pending,
  Preauth,
} from "./api.ts";
import { offers } from "./choices.ts";
import { addressParam, askStatus, checkKeys, listField, readBegun, textField } from "./common.ts";
import { type DuoConnection, unknownAnswer } from "./connection.ts";
import { type Device, factorName, resolveDevice, type TypedFactor } from "./factor.ts";
import { groupsField } from "./groups.ts";
import { type Poll, pollUntilDone } from "./polling.ts";
import type { Params } from "./signature.ts";

/** A device without an identifier can't be asked for: it is left out. */
const device = v.pipe(
  v.object({
    device: v.pipe(v.string(), v.nonEmpty()),
    type: textField,
    display_name: textField,
    capabilities: listField(v.string()),
  }),
  v.transform(({ device, type, display_name, capabilities }): Device => ({
    device,
    type,
    displayName: display_name,
    capabilities,
  })),
);

const preauthReply = v.variant("result", [
  v.object({ result: v.literal("allow"), status_msg: textField, groups: groupsField }),
  v.object({ result: v.literal("deny"), status_msg: textField, groups: groupsField }),
  v.object({ result: v.literal("enroll"), status_msg: textField, enroll_portal_url: textField }),
  v.object({ result: v.literal("auth"), devices: listField(device), groups: groupsField }),
]);

const finished = v.object({
  result: v.picklist(["allow", "deny"]),
  status: textField,
  status_msg: textField,
  groups: groupsField,
});

const progress = v.object({ result: v.literal("waiting"), status: textField, status_msg: textField });

/** The adapter for version 2. */
export class DuoApiV2 implements DuoApi {
  readonly version = 2;
  readonly #connection: DuoConnection;
  readonly #clock: Clock;

  constructor(connection: DuoConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  check(limits: CallLimits): Promise<KeysValid | DuoFailure> {
    return checkKeys(this.#connection, "/auth/v2/check", limits);
  }

  async preauth(user: string, ip: string | undefined, limits: CallLimits): Promise<Preauth | DuoFailure> {
    const result = await this.#connection.call({
      method: "POST",
      path: "/auth/v2/preauth",
      params: [["username", user], ...addressParam(ip)],
      resend: "repeat",
    }, limits);
    if (result.kind !== "answer") return result;
    const parsed = v.safeParse(preauthReply, result.response);
    if (!parsed.success) return unknownAnswer("The answer to preauth is none of allow, deny, enroll and auth");
    const reply = parsed.output;
    switch (reply.result) {
      case "allow":
      case "deny":
        return { kind: reply.result, text: reply.status_msg, groups: reply.groups };
      case "enroll":
        return { kind: "enroll", text: enrolmentText(reply.status_msg, reply.enroll_portal_url) };
      case "auth":
        return { kind: "auth", choices: { version: 2, devices: reply.devices }, groups: reply.groups };
    }
  }

  async auth(
    { user, factor, ip, choices }: AuthRequest,
    limits: CallLimits,
  ): Promise<AuthResult | Pending | NoDevice | DuoFailure> {
    const chosen = choose(factor, choices.version === 2 ? choices.devices : []);
    if (!chosen) return { kind: "no-device" };
    const outOfBand = chosen.factor === "push" || chosen.factor === "phone" || chosen.factor === "auto";
    const result = await this.#connection.call({
      method: "POST",
      path: "/auth/v2/auth",
      params: [
        ["username", user],
        ["factor", chosen.factor],
        ...chosen.params,
        ...(outOfBand ? [["async", "1"] as const] : []),
        ...addressParam(ip),
      ],
      resend: "once",
    }, limits);
    if (result.kind !== "answer") return result;
    const context = { factor: factorName(factor), device: chosen.device };
    return readEnd(result.response, { ...context, txid: null }) ??
      readBegun(result.response, (txid, limits) => this.#wait(txid, context, limits));
  }

  async #wait(
    txid: string,
    context: { readonly factor: string; readonly device: string | null },
    limits: CallLimits,
  ): Promise<AuthResult | DuoFailure> {
    let factor = context.factor;
    return await pollUntilDone(
      async (limits): Promise<Poll<AuthResult>> => {
        const result = await askStatus(this.#connection, "/auth/v2/auth_status", txid, limits);
        if (result.kind !== "answer") return result;
        const waiting = v.safeParse(progress, result.response);
        if (waiting.success) {
          if (factor === "auto") factor = factorOf(waiting.output.status) ?? factor;
          return { kind: "waiting", progress: `${waiting.output.status} ${waiting.output.status_msg}` };
        }
        return readEnd(result.response, { ...context, factor, txid }) ??
          unknownAnswer("The answer to auth_status holds no result");
      },
      limits,
      this.#clock,
    );
  }
}

interface Chosen {
  readonly factor: "auto" | "push" | "phone" | "sms" | "passcode";
  readonly params: Params;
  readonly device: string | null;
}

/** What to send for what the user typed, or undefined if no device of hers can do it. */
function choose(factor: TypedFactor, devices: readonly Device[]): Chosen | undefined {
  switch (factor.kind) {
    case "passcode":
      return { factor: "passcode", params: [["passcode", factor.code]], device: null };
    case "auto":
      // Looked up here first, so that a user with a token only is told to type a passcode.
      return offers({ version: 2, devices }, "auto")
        ? { factor: "auto", params: [["device", "auto"]], device: null }
        : undefined;
    case "word": {
      const device = resolveDevice(devices, factor);
      return device && { factor: factor.factor, params: [["device", device.device]], device: device.device };
    }
  }
}

/** How the second factor went; undefined as long as it is under way. */
function readEnd(
  response: unknown,
  context: Pick<AuthResult, "factor" | "device" | "txid">,
): AuthResult | undefined {
  const parsed = v.safeParse(finished, response);
  if (!parsed.success) return undefined;
  const reply = parsed.output;
  return { kind: reply.result, text: reply.status_msg, status: reply.status, groups: reply.groups, ...context };
}

function factorOf(status: string): string | undefined {
  if (status === "pushed") return "push";
  return status === "calling" || status === "answered" ? "phone" : undefined;
}

/** Version 2 keeps the address apart from the text; version 1's text holds it. */
function enrolmentText(status: string, url: string): string {
  if (url === "" || status.includes(url)) return status === "" ? "Please enroll with Duo" : status;
  return `Please enroll at ${url}`;
}
