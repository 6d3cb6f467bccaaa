/**
 * Heads of HTTP/1.1 messages (RFC 9112): their fields, and what they say about the body that follows.
 *
 * What can be read in two ways is refused, never guessed.
 *
 * @module
 */

/** Header fields in their order, names as they came. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** As it came. */
  readonly target: string;
  readonly version: "1.0" | "1.1";
  readonly fields: Fields;
}

/** The head of a reply. */
export interface ReplyHead {
  readonly status: number;
  readonly version: "1.0" | "1.1";
  readonly fields: Fields;
}

/** Why a head can't be read: it is no HTTP or can be read in two ways; it is of a version that isn't spoken. */
export type HeadProblem = "malformed" | "version";

/** The body behind a head (RFC 9112, 6.3): none, in chunks, up to the connection's end, of a length in octets, or unreadable. */
export type Framing = "none" | "chunked" | "to-end" | number | HeadProblem;

/** What differs between requests and replies. */
export interface Grammar<Head extends object> {
  /** What the first line begins with, as far as that is always the same. */
  readonly begin: string;
  /** Whether a line of the head may end in LF alone (RFC 9112, 2.2): people type requests. */
  readonly bareLineFeed: boolean;
  /** Reads a head whose fields have been. */
  readonly parse: (firstLine: string, fields: Fields) => Head | HeadProblem;
  /** `interim` for a head behind which another one comes. */
  readonly framing: (head: Head) => Framing | "interim";
}

/** The first value of a field, whatever the case of its name. */
export function fieldOf(fields: Fields, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return fields.find(([given]) => given.toLowerCase() === wanted)?.[1];
}

/** Whether the connection may serve another message behind this one (RFC 9112, 9.3), as far as its head says. */
export function keepsConnection({ version, fields }: Pick<ReplyHead, "version" | "fields">): boolean {
  if (version === "1.0") return false;
  return !fields.some(([name, value]) =>
    name.toLowerCase() === "connection" && value.toLowerCase().split(",").some((option) => option.trim() === "close")
  );
}

/** Requests of any method. */
export const requests: Grammar<RequestHead> = {
  begin: "",
  bareLineFeed: true,
  parse: (line, fields) => {
    const [method = "", target = "", protocol = "", ...more] = line.split(" ");
    const version = /^HTTP\/(\d)\.(\d)$/.exec(protocol);
    if (version === null || more.length > 0 || !token.test(method) || !/^[\x21-\x7e]+$/.test(target)) {
      return "malformed";
    }
    if (version[1] !== "1") return "version";
    return { method, target, version: version[2] === "0" ? "1.0" : "1.1", fields };
  },
  framing: (head) => {
    const framing = declaredFraming(head);
    return framing === "to-end" ? "none" : framing;
  },
};

/** Replies to GET and POST; those of 1xx are interim. */
export const replies: Grammar<ReplyHead> = {
  begin: "HTTP/1.",
  bareLineFeed: false,
  parse: (line, fields) => {
    const match = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(line);
    if (match === null) return "malformed";
    return { status: Number(match[2]), version: match[1] === "0" ? "1.0" : "1.1", fields };
  },
  framing: (head) => {
    const framing = declaredFraming(head);
    // Switching to another protocol is never asked for.
    if (head.status === 101) return "malformed";
    if (head.status < 200) return isProblem(framing) ? framing : "interim";
    const empty = head.status === 204 || head.status === 304;
    return empty && !isProblem(framing) ? "none" : framing;
  },
};

/** Replies to CONNECT: behind one of 2xx comes the tunnel (RFC 9110, 9.3.6). */
export const tunnelReplies: Grammar<ReplyHead> = {
  ...replies,
  framing: (head) => head.status >= 200 && head.status < 300 ? "none" : replies.framing(head),
};

/** What the fields say: contradicting, repeated or unreadable ones make a message malformed (RFC 9112, 6.1 and 6.3). */
function declaredFraming({ version, fields }: Pick<ReplyHead, "version" | "fields">): Framing {
  let length: string | undefined;
  let coding: string | undefined;
  for (const [name, value] of fields) {
    // Most names have other lengths, and need no look.
    if (name.length === 14 && name.toLowerCase() === "content-length") {
      if (length !== undefined) return "malformed";
      length = value;
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      if (coding !== undefined) return "malformed";
      coding = value;
    }
  }
  if (coding !== undefined) {
    return coding.toLowerCase() === "chunked" && length === undefined && version === "1.1" ? "chunked" : "malformed";
  }
  if (length === undefined) return "to-end";
  if (!/^\d+$/.test(length)) return "malformed";
  return Number(length);
}

function isProblem(framing: Framing): framing is "malformed" {
  return framing === "malformed";
}

/** A name as methods and fields have it (RFC 9110, 5.6.2). */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** One field (RFC 9112, 5): no blank before the colon, no line folding, no control characters. */
export function parseField(line: string): readonly [string, string] | undefined {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)$/.exec(line);
  return match === null ? undefined : [match[1] ?? "", trimBlanks(match[2] ?? "")];
}

function trimBlanks(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && isBlank(value.charCodeAt(from))) from++;
  while (to > from && isBlank(value.charCodeAt(to - 1))) to--;
  return value.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
