/**
 * HTTP/1.1 messages as octets (RFC 9112), as far as a server for small requests needs them.
 *
 * @module
 */

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** Without question mark; empty if there is none. */
  readonly query: string;
  readonly version: "1.0" | "1.1";
  /** Names as they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** How the end of a body is known. */
export type BodyFraming = { readonly kind: "length"; readonly length: number } | { readonly kind: "chunked" };

/** What a server sends back. */
export interface HttpReply {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Most octets of a head. */
export const headLimit = 16_384;

/** Most octets of a body; `pushinfo` alone may have 20,000, encoded twice. */
export const bodyLimit = 262_144;

/** The first value of a header, whatever the case of its name. */
export function header(headers: RequestHead["headers"], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([given]) => given.toLowerCase() === wanted)?.[1];
}

/**
 * Finds the end of a head: the index after its empty line, -1 if it isn't there yet.
 */
export function findHeadEnd(octets: Uint8Array, from = 0): number {
  for (let index = Math.max(0, from); index + 3 < octets.length; index++) {
    if (octets[index] === 13 && octets[index + 1] === 10 && octets[index + 2] === 13 && octets[index + 3] === 10) {
      return index + 4;
    }
  }
  return -1;
}

const latin1 = new TextDecoder("latin1");

/**
 * Reads a head, with its empty line.
 *
 * @returns undefined if it is no HTTP/1.0 or 1.1 request.
 */
export function parseHead(octets: Uint8Array): RequestHead | undefined {
  const [first = "", ...lines] = latin1.decode(octets).split("\r\n");
  const match = /^([A-Z]{1,20}) (\/[\x21-\x7e]*) HTTP\/(1\.[01])$/.exec(first);
  if (match === null) return undefined;
  const [, method = "", target = "", version] = match;
  const headers: (readonly [string, string])[] = [];
  for (const line of lines) {
    if (line === "") continue;
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (field === null) return undefined;
    headers.push([field[1] ?? "", field[2] ?? ""]);
  }
  const question = target.indexOf("?");
  return {
    method,
    path: question < 0 ? target : target.slice(0, question),
    query: question < 0 ? "" : target.slice(question + 1),
    version: version === "1.0" ? "1.0" : "1.1",
    headers,
  };
}

/**
 * Says how a request's body ends (RFC 9112, 6.3).
 *
 * @returns undefined if two headers contradict each other or are written wrongly: the connection can't be read further.
 */
export function bodyFraming(head: RequestHead): BodyFraming | undefined {
  const lengths = head.headers.filter(([name]) => name.toLowerCase() === "content-length");
  const coding = header(head.headers, "transfer-encoding");
  if (coding !== undefined) {
    return coding.toLowerCase() === "chunked" && lengths.length === 0 ? { kind: "chunked" } : undefined;
  }
  const [first] = lengths;
  if (first === undefined) return { kind: "length", length: 0 };
  if (lengths.length > 1 || !/^\d{1,9}$/.test(first[1])) return undefined;
  return { kind: "length", length: Number(first[1]) };
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
};
