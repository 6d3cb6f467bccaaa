/**
 * Writes an HTTP/1.1 request (RFC 9112, 3).
 *
 * @module
 */

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
  for (const field in headers) {
    const value = headers[field] ?? "";
    if (!token.test(field) || !visible.test(value) || own.has(field.toLowerCase())) return undefined;
    text += `${field}: ${value}\r\n`;
  }
  if (fresh === true) text += "Connection: close\r\n";
  const content = body ?? "";
  // Forms are in ASCII, which has one octet a character.
  const length = ascii.test(content) ? content.length : encoder.encode(content).length;
  if (body !== undefined) text += `Content-Length: ${length}\r\n`;
  return encoder.encode(`${text}\r\n${content}`);
}

const encoder = new TextEncoder();
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const visible = /^[\t\x20-\x7e]*$/;
const ascii = /^[\t\r\n\x20-\x7e]*$/;
