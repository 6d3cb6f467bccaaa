/**
 * Signs requests to Duo's APIs: HMAC over a canonical text of the request (Duo's Auth API documentation, "Authentication").
 *
 * Version 2 is what the proxy sends. Version 5, of newer SDKs, is kept beside it because the published vectors cover both
 * and the difference is two lines.
 *
 * @module
 */

import { createHash, createHmac } from "node:crypto";

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
export function percentEncode(text: string): string {
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

/** What version 5 signs beyond version 2. */
export interface SignedBody {
  /** The JSON text exactly as sent; empty for GET. */
  readonly body: string;
  /** The `X-Duo-...` headers. */
  readonly headers: Params;
}

/**
 * Signature version 5 as lower-case hex: version 2 with SHA-512, then the digests of the body and of the X-Duo headers.
 *
 * @throws {RangeError} if a header's name does not begin with `x-duo-`, comes twice, or name or value hold a NUL.
 */
export function signV5(request: SignedRequest, { body, headers }: SignedBody, skey: string): string {
  const text = `${canonicalRequest(request, canonicalParams(request.params))}\n${sha512(body)}\n${
    headerDigest(headers)
  }`;
  return createHmac("sha512", skey).update(text, "utf8").digest("hex");
}

/**
 * SHA-512 of the X-Duo headers: lower-cased names, sorted, each followed by its value, all joined with NUL.
 *
 * @throws {RangeError} as {@link signV5}.
 */
export function headerDigest(headers: Params): string {
  const seen = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (!key.startsWith("x-duo-")) throw new RangeError(`Cannot sign header "${name}": only X-Duo- headers are signed`);
    if (seen.has(key)) throw new RangeError(`Cannot sign header "${name}": it is there twice`);
    if (key.includes("\0") || value.includes("\0")) throw new RangeError("Cannot sign a header that holds a NUL");
    seen.set(key, value);
  }
  return sha512([...seen].sort(([a], [b]) => compare(a, b)).flat().join("\0"));
}

/** SHA-512 of a text's UTF-8 octets as lower-case hex. */
export function sha512(text: string): string {
  return createHash("sha512").update(text, "utf8").digest("hex");
}

/** The `Authorization` header: the integration key and the signature in HTTP Basic. */
export function authorization(ikey: string, signature: string): string {
  return `Basic ${btoa(`${ikey}:${signature}`)}`;
}

/** A `Date` header for a time in milliseconds since the epoch, such as `Tue, 21 Aug 2012 17:29:18 -0000` (RFC 2822). */
export function dateHeader(time: number): string {
  return new Date(time).toUTCString().replace(/GMT$/, "-0000");
}
