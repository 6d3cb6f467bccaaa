/**
 * Duo's legacy Auth API version 1: `/rest/v1/...`, which the old proxy speaks and every RADIUS-type application allows.
 *
 * Its documents are gone; the shapes are those that Duo's own open plugins read. What they leave open is read either way.
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
import { modernName } from "./choices.ts";
import { addressParam, askStatus, checkKeys, readBegun, textField } from "./common.ts";
import { type DuoConnection, unknownAnswer } from "./connection.ts";
import { factorName, type TypedFactor } from "./factor.ts";
import { groupsField } from "./groups.ts";
import { type Poll, pollUntilDone } from "./polling.ts";

/** `status` is the text here; should a reply carry `status_msg` as in version 2, that is the text. */
const words = { status: textField, status_msg: textField };

const preauthReply = v.variant("result", [
  v.object({ result: v.literal("allow"), ...words, groups: groupsField }),
  v.object({ result: v.literal("deny"), ...words, groups: groupsField }),
  v.object({ result: v.literal("enroll"), ...words, enroll_portal_url: textField }),
  v.object({
    result: v.literal("auth"),
    factors: v.fallback(v.optional(v.record(v.string(), v.unknown())), undefined),
    groups: groupsField,
  }),
]);

const finished = v.object({ result: v.picklist(["allow", "deny"]), ...words, groups: groupsField });
/** Unfinished: no `result` at all, or the word of version 2. */
const progress = v.object({ result: v.nullish(v.literal("waiting")), ...words });

/** The adapter for version 1. */
export class DuoApiV1 implements DuoApi {
  readonly version = 1;
  readonly #connection: DuoConnection;
  readonly #clock: Clock;

  constructor(connection: DuoConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  check(limits: CallLimits): Promise<KeysValid | DuoFailure> {
    return checkKeys(this.#connection, "/rest/v1/check", limits);
  }

  async preauth(user: string, ip: string | undefined, limits: CallLimits): Promise<Preauth | DuoFailure> {
    const result = await this.#connection.call({
      method: "POST",
      path: "/rest/v1/preauth",
      params: [["user", user], ...addressParam(ip)],
      resend: "repeat",
    }, limits);
    if (result.kind !== "answer") return result;
    const parsed = v.safeParse(preauthReply, result.response);
    if (!parsed.success) return unknownAnswer("The answer to preauth is none of allow, deny, enroll and auth");
    const reply = parsed.output;
    switch (reply.result) {
      case "allow":
      case "deny":
        return { kind: reply.result, text: textOf(reply), groups: reply.groups };
      case "enroll": {
        const text = textOf(reply);
        const url = reply.enroll_portal_url;
        return { kind: "enroll", text: url === "" || text.includes(url) ? text : `Please enroll at ${url}` };
      }
      case "auth":
        return { kind: "auth", choices: { version: 1, ...choices(reply.factors) }, groups: reply.groups };
    }
  }

  async auth(
    { user, factor, ip, choices }: AuthRequest,
    limits: CallLimits,
  ): Promise<AuthResult | Pending | NoDevice | DuoFailure> {
    const known = choices.version === 1 ? choices : { names: undefined, default: undefined };
    const auto = choose(factor, known);
    if (auto === undefined) return { kind: "no-device" };
    const outOfBand = factor.kind === "auto" || (factor.kind === "word" && factor.factor !== "sms");
    const result = await this.#connection.call({
      method: "POST",
      path: "/rest/v1/auth",
      params: [
        ["user", user],
        ["factor", "auto"],
        ["auto", auto],
        ...(outOfBand ? [["async", "1"] as const] : []),
        ...addressParam(ip),
      ],
      resend: "once",
    }, limits);
    if (result.kind !== "answer") return result;
    const name = factor.kind === "auto" ? auto : factorName(factor);
    return readEnd(result.response, name, null) ??
      readBegun(
        result.response,
        (txid, limits) => pollUntilDone((limits) => this.#status(txid, name, limits), limits, this.#clock),
      );
  }

  async #status(txid: string, factor: string, limits: CallLimits): Promise<Poll<AuthResult>> {
    const result = await askStatus(this.#connection, "/rest/v1/status", txid, limits);
    if (result.kind !== "answer") return result;
    const end = readEnd(result.response, factor, txid);
    if (end) return end;
    const waiting = v.safeParse(progress, result.response);
    return waiting.success
      ? { kind: "waiting", progress: textOf(waiting.output) }
      : unknownAnswer("The answer to status is neither a result nor a text");
  }
}

/** The list of `factors`: numbered names, and the best one. What is no name in it is left out. */
function choices(
  factors: Readonly<Record<string, unknown>> | undefined,
): { readonly names: readonly string[] | undefined; readonly default: string | undefined } {
  if (!factors) return { names: undefined, default: undefined };
  const { default: best, ...listed } = factors;
  const names = Object.values(listed).filter((name) => typeof name === "string");
  return { names, default: typeof best === "string" ? best : undefined };
}

/** What `auto=` is set to, or undefined if the user's list shows that nothing of hers can do it. */
function choose(
  factor: TypedFactor,
  { names, default: best }: { readonly names: readonly string[] | undefined; readonly default: string | undefined },
): string | undefined {
  switch (factor.kind) {
    case "passcode":
      return factor.code;
    case "auto":
      // Without a list it is Duo that knows; with one, a user without an out-of-band factor has no default.
      return best ?? (names === undefined ? "auto" : undefined);
    case "word": {
      const typed = factorName(factor);
      if (names === undefined) return typed;
      const able = names.map(modernName).some((name) =>
        factor.number === null ? name.replace(/\d+$/, "") === typed : name === typed
      );
      return able ? typed : undefined;
    }
  }
}

function textOf(reply: { readonly status: string; readonly status_msg: string }): string {
  return reply.status_msg === "" ? reply.status : reply.status_msg;
}

/** How the second factor went; undefined as long as it is under way. */
function readEnd(response: unknown, factor: string, txid: string | null): AuthResult | undefined {
  const parsed = v.safeParse(finished, response);
  if (!parsed.success) return undefined;
  const reply = parsed.output;
  return { kind: reply.result, text: textOf(reply), status: "", groups: reply.groups, factor, txid, device: null };
}
