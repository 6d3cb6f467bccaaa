/**
 * Writes an HTTP/1.1 request (RFC 9112, 3).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { HttpRequest } from "./http_exchange.ts";

/** What is ours to say: where a request goes, and where it ends. */
const own: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * The octets of a request, all of them.
 *
 * @returns undefined if a header or the path holds what would end it early or make another request of it.
 */
export function encodeRequest(request: HttpRequest, host: string, port: number): Uint8Array | undefined {
  const { method, path, headers, body, fresh } = request;
  if (!/^\/[\x21-\x7e]*$/.test(path)) return undefined;
  const name = host.includes(":") ? `[${host}]` : host;
  let text = `${method} ${path} HTTP/1.1\r\nHost: ${port === 443 ? name : `${name}:${port}`}\r\n`;
  for (const [field, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(field) || !/^[\t\x20-\x7e]*$/.test(value)) return undefined;
    if (own.has(field.toLowerCase())) return undefined;
    text += `${field}: ${value}\r\n`;
  }
  if (body !== undefined) text += `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  if (fresh === true) text += "Connection: close\r\n";
  return Buffer.from(`${text}\r\n${body ?? ""}`);
}
