/**
 * HTTP/1.1 messages as the simulator's handlers see them.
 *
 * @module
 */

import type { Fields, RequestHead as ReadHead } from "../net/http_head.ts";

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** Without question mark; empty if there is none. */
  readonly query: string;
  readonly version: "1.0" | "1.1";
  /** Names as they came. */
  readonly headers: Fields;
}

/** What a server sends back. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Fields;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The head of a request to this server; undefined if its target is none of a server's own (RFC 9112, 3.2.1). */
export function toHandlers({ method, target, version, fields }: ReadHead): RequestHead | undefined {
  if (!target.startsWith("/")) return undefined;
  const question = target.indexOf("?");
  return {
    method,
    path: question < 0 ? target : target.slice(0, question),
    query: question < 0 ? "" : target.slice(question + 1),
    version,
    headers: fields,
  };
}

/** Encodes a reply. `close` announces that the connection ends after it. */
export function encodeReply(reply: HttpReply, close: boolean): Uint8Array<ArrayBuffer> {
  const lines = [`HTTP/1.1 ${reply.status} ${reasons[reply.status] ?? "Status"}`];
  for (const [name, value] of reply.headers) lines.push(`${name}: ${value}`);
  lines.push(`Content-Length: ${reply.body.length}`, `Connection: ${close ? "close" : "keep-alive"}`, "", "");
  const head = new TextEncoder().encode(lines.join("\r\n"));
  const octets = new Uint8Array(head.length + reply.body.length);
  octets.set(head);
  octets.set(reply.body, head.length);
  return octets;
}

/** Makes a reply with a text as body. */
export function textReply(
  status: number,
  type: string,
  body: string,
  headers: HttpReply["headers"] = [],
): HttpReply {
  return { status, headers: [["Content-Type", type], ...headers], body: new TextEncoder().encode(body) };
}

const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  413: "Content Too Large",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};
