/**
 * What an endpoint answers, before it becomes HTTP: the envelope of Duo's Auth API (`stat`, `response`, `code`).
 *
 * @module
 */

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A refusal. The HTTP status is the first three digits of `code`. */
export interface Failure {
  readonly kind: "fail";
  readonly code: FailureCode;
  /** Names the parameter or the reason. */
  readonly detail?: string;
}

/** What an endpoint answers. */
export type Reply =
  | { readonly kind: "ok"; readonly response: Json }
  | { readonly kind: "image"; readonly bytes: Uint8Array<ArrayBuffer> }
  | Failure;

/** The codes that the simulator gives by itself, with Duo's messages. */
const failureMessages = {
  40001: "Missing required request parameters",
  40002: "Invalid request parameters",
  40101: "Missing request credentials",
  40102: "Invalid integration key in request credentials",
  40103: "Invalid signature in request credentials",
  40104: "Missing request date",
  40105: "Bad request timestamp",
  40106: "Invalid content type",
  40301: "Access forbidden",
  40401: "Resource not found",
  42901: "Too many requests",
  50000: "Internal error",
} as const;

/** One of the codes of {@link failureMessages}. */
export type FailureCode = keyof typeof failureMessages;

/** The detail that comes with 40301. */
export const wrongTypeDetail = "Wrong integration type for this API.";

/** Makes a refusal. */
export function fail(code: FailureCode, detail?: string): Failure {
  return detail === undefined ? { kind: "fail", code } : { kind: "fail", code, detail };
}

/** Makes a success. */
export function ok(response: Json): Reply {
  return { kind: "ok", response };
}

/** The text of a reply's body. */
export function envelope(reply: { readonly kind: "ok"; readonly response: Json } | Failure): string {
  if (reply.kind === "ok") return JSON.stringify({ stat: "OK", response: reply.response });
  const failure = { stat: "FAIL", code: reply.code, message: failureMessages[reply.code] };
  return JSON.stringify(reply.detail === undefined ? failure : { ...failure, message_detail: reply.detail });
}

/** HTTP status of a Duo code: its first three digits. */
export function httpStatus(code: number): number {
  return Math.trunc(code / 100);
}
