/**
 * What both versions of the API have in common on the wire.
 *
 * @module
 */

import * as v from "valibot";
import type { AuthResult, CallLimits, DuoFailure, KeysValid, Pending } from "./api.ts";
import { type Answer, type DuoConnection, malformed } from "./connection.ts";
import type { Params } from "./signature.ts";

/** A text that may be left out, or null. */
export const textField = v.nullish(v.string(), "");

const begunReply = v.object({ txid: v.pipe(v.string(), v.nonEmpty()) });

/** Reads auth's answer to `async=1`: only the transaction, which `wait` asks about. */
export function readBegun(
  response: unknown,
  wait: (txid: string, limits: CallLimits) => Promise<AuthResult | DuoFailure>,
): Pending | DuoFailure {
  const begun = v.safeParse(begunReply, response);
  if (!begun.success) return malformed("The answer to auth holds neither a result nor a transaction");
  const { txid } = begun.output;
  return { kind: "pending", txid, wait: (limits) => wait(txid, limits) };
}

/** Asks whether the keys are good, at `/auth/v2/check` or `/rest/v1/check`. */
export async function checkKeys(
  connection: DuoConnection,
  path: string,
  limits: CallLimits,
): Promise<KeysValid | DuoFailure> {
  const result = await connection.call({ method: "GET", path, params: [], resend: "repeat" }, limits);
  return result.kind === "answer" ? { kind: "valid" } : result;
}

/** Asks for a transaction's status. It may be asked again at any time. */
export async function askStatus(
  connection: DuoConnection,
  path: string,
  txid: string,
  limits: CallLimits,
): Promise<Answer | DuoFailure> {
  return await connection.call({ method: "GET", path, params: [["txid", txid]], resend: "repeat" }, limits);
}

/** The end user's address as a parameter, if it is known. */
export function addressParam(ip: string | undefined): Params {
  return ip === undefined ? [] : [["ipaddr", ip]];
}
