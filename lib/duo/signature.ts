/**
 * Signs requests to Duo's APIs: HMAC over a canonical text of the request (Duo's Auth API documentation, "Authentication"),
 * version 2.
 *
 * @module
 */

import { createHmac } from "node:crypto";

/** Names and values of a request, in any order; a name may come several times. */
export type Params = readonly (readonly [name: string, value: string])[];

/** What is signed of a request. */
export interface SignedRequest {
  /** The `Date` header to the letter. */
  readonly date: string;
  /** In any case. */
  readonly method: string;
  /** Host name without port, in any case. */
  readonly host: string;
  /** Path as sent; its case counts. */
  readonly path: string;
  readonly params: Params;
}

/** The hash functions that Duo accepts for version 2. */
export type SignatureAlgorithm = "hmac-sha1" | "hmac-sha512";

/**
 * Percent-encodes as RFC 3986 asks: upper-case hex, nothing left alone but letters, digits and `_ . ~ -`.
 *
 * A lone surrogate, which no form can carry, becomes U+FFFD.
 */
function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The parameters as one line: encoded, sorted by encoded name and then value, joined with `&`. Also the body that is sent.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(canonicalParams([["user", "bob"], ["auto", "push 1"]]), "auto=push%201&user=bob");
 * ```
 */
export function canonicalParams(params: Params): string {
  return params
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Compares by code unit; never by a locale, which sorts `_` and capitals elsewhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function canonicalRequest(request: SignedRequest, params: string): string {
  return [request.date, request.method.toUpperCase(), request.host.toLowerCase(), request.path, params].join("\n");
}

/** Signature version 2 as lower-case hex. `skey` is the secret key's text. */
export function signV2(request: SignedRequest, skey: string, algorithm: SignatureAlgorithm): string {
  return createHmac(algorithm === "hmac-sha1" ? "sha1" : "sha512", skey)
    .update(canonicalRequest(request, canonicalParams(request.params)), "utf8")
    .digest("hex");
}

/** The `Authorization` header: the integration key and the signature in HTTP Basic. */
export function authorization(ikey: string, signature: string): string {
  return `Basic ${btoa(`${ikey}:${signature}`)}`;
}

/** A `Date` header for a time in milliseconds since the epoch, such as `Tue, 21 Aug 2012 17:29:18 -0000` (RFC 2822). */
export function dateHeader(time: number): string {
  return new Date(time).toUTCString().replace(/GMT$/, "-0000");
}
