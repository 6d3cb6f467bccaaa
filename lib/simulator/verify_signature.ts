/**
 * Verifies the signature of a request, as Duo's servers do: canonical forms 2, 4 and 5.
 *
 * Written apart from `lib/duo/signature.ts`, and sharing nothing with it: a mistake in the one must not hide in the other.
 *
 * @module
 */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Pairs } from "./parameters.ts";

/** What a signature covers. */
export interface SignedParts {
  /** The value of `X-Duo-Date`, else of `Date`, to the letter. */
  readonly date: string;
  readonly method: string;
  /** The `Host` header; a port is cut off. */
  readonly host: string;
  /** Without query. */
  readonly path: string;
  /** The query's pairs, and the form's. */
  readonly params: Pairs;
  /** The JSON body's octets; undefined for a form, and for a request without body. */
  readonly json?: Uint8Array | undefined;
  /** All headers; only those that begin with `x-duo-` are signed. */
  readonly headers: Pairs;
}

/** What a signature was found to be. */
export interface SignatureForm {
  readonly version: 2 | 4 | 5;
  readonly hash: "sha1" | "sha512";
}

/** Milliseconds by which a request's date may be off. */
export const dateTolerance = 300_000;

/**
 * Finds the form in which `signature` is right. Which forms come into question follows from its length and from the body:
 * SHA-1 is for version 2 alone, and a JSON body is never signed in version 2.
 *
 * @returns undefined if it is right in none, has capital letters, or if the X-Duo headers can't be signed.
 */
export function verifySignature(parts: SignedParts, skey: string, signature: string): SignatureForm | undefined {
  const hash = signature.length === 40 ? "sha1" : signature.length === 128 ? "sha512" : undefined;
  if (hash === undefined || !/^[0-9a-f]+$/.test(signature)) return undefined;
  const given = Buffer.from(signature, "latin1");
  const lines = [
    parts.date,
    parts.method.toUpperCase(),
    parts.host.replace(/:\d*$/, "").toLowerCase(),
    parts.path,
    canonicalLine(parts.params),
  ];
  const matches = (more: readonly string[]): boolean => {
    const expected = createHmac(hash, Buffer.from(skey, "utf8"))
      .update(Buffer.from([...lines, ...more].join("\n"), "utf8"))
      .digest("hex");
    return timingSafeEqual(given, Buffer.from(expected, "latin1"));
  };
  if (parts.json === undefined && matches([])) return { version: 2, hash };
  if (hash === "sha1") return undefined;
  const body = digest(parts.json ?? new Uint8Array(0));
  const headers = canonicalHeaders(parts.headers);
  if (headers === undefined) return undefined;
  if (matches([body, digest(Buffer.from(headers, "utf8"))])) return { version: 5, hash };
  return matches([body]) ? { version: 4, hash } : undefined;
}

/**
 * The line of parameters: encoded octet by octet, sorted by encoded name, then by encoded value.
 */
export function canonicalLine(params: Pairs): string {
  const encoded = params.map(([name, value]) => ({ name: encodeOctets(name), value: encodeOctets(value) }));
  encoded.sort((a, b) => order(a.name, b.name) || order(a.value, b.value));
  return encoded.map(({ name, value }) => name + "=" + value).join("&");
}

/**
 * The text whose digest stands for the X-Duo headers: lower-cased names in order, each before its value, NUL between all.
 *
 * @returns undefined if a name comes twice, or if a NUL is in one of them.
 */
export function canonicalHeaders(headers: Pairs): string | undefined {
  const ours = headers
    .map(([name, value]) => ({ name: name.toLowerCase(), value }))
    .filter(({ name }) => name.startsWith("x-duo-"))
    .sort((a, b) => order(a.name, b.name));
  for (const [index, { name, value }] of ours.entries()) {
    if (name === ours[index + 1]?.name || name.includes("\0") || value.includes("\0")) return undefined;
  }
  return ours.flatMap(({ name, value }) => [name, value]).join("\0");
}

/** SHA-512 as lower-case hex. */
export function digest(octets: Uint8Array): string {
  return createHash("sha512").update(octets).digest("hex");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Reads a date as RFC 2822, 3.3 writes it, with English names and a zone as offset or `GMT`.
 *
 * @returns milliseconds since the epoch, or undefined if it is written otherwise.
 */
export function parseDate(text: string): number | undefined {
  const match =
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|UTC|([+-])(\d\d)(\d\d))$/
      .exec(text);
  if (match === null) return undefined;
  const [, day, month, year, hour, minute, second, sign, zoneHours = "0", zoneMinutes = "0"] = match;
  const monthIndex = months.indexOf(month ?? "");
  if (monthIndex < 0) return undefined;
  const utc = Date.UTC(Number(year), monthIndex, Number(day), Number(hour), Number(minute), Number(second));
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return sign === "-" ? utc + zone : utc - zone;
}

const plain = new Set(Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-", "latin1"));

function encodeOctets(text: string): string {
  let encoded = "";
  for (const octet of Buffer.from(text, "utf8")) {
    encoded += plain.has(octet) ? String.fromCharCode(octet) : "%" + octet.toString(16).toUpperCase().padStart(2, "0");
  }
  return encoded;
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
