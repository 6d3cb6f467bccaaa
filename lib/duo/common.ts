/**
 * What both versions of the API have in common on the wire.
 *
 * @module
 */

import * as v from "valibot";
import type { AuthResult, CallLimits, DuoFailure, KeysValid, Pending } from "./api.ts";
import { type Answer, type DuoConnection, unknownAnswer } from "./connection.ts";
import type { Params } from "./signature.ts";

/**
 * A text that may be left out. Anything else in its place is dropped: the `result` beside it counts, and a denied user must
 * not get in because the words that say so are no words.
 */
export const textField = v.fallback(v.optional(v.string(), ""), "");

/** A list of which only what is of the right shape is kept; none where there is no list. */
export function listField<Item>(
  item: v.GenericSchema<unknown, Item>,
): v.GenericSchema<unknown, readonly Item[]> {
  return v.pipe(
    v.fallback(v.optional(v.array(v.unknown()), []), []),
    v.transform((items) =>
      items.flatMap((one) => {
        const parsed = v.safeParse(item, one);
        return parsed.success ? [parsed.output] : [];
      })
    ),
  );
}

const begunReply = v.object({ txid: v.pipe(v.string(), v.nonEmpty()) });

/** Reads auth's answer to `async=1`: only the transaction, which `wait` asks about. */
export function readBegun(
  response: unknown,
  wait: (txid: string, limits: CallLimits) => Promise<AuthResult | DuoFailure>,
): Pending | DuoFailure {
  const begun = v.safeParse(begunReply, response);
  if (!begun.success) return unknownAnswer("The answer to auth holds neither a result nor a transaction");
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
