/**
 * Reads HTTP/1.1 messages (RFC 9112) out of octets that come in pieces of any size.
 *
 * Every size is bounded, and what can be read in two ways is refused, never guessed. How the octets were cut into pieces
 * changes nothing. There is no input or output here.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  type Framing,
  type Grammar,
  type HeadProblem,
  parseField,
  replies,
  type ReplyHead,
  type RequestHead,
  requests,
  tunnelReplies,
} from "./http_head.ts";
import { Octets } from "./octets.ts";

/** How long a message may be, in octets. */
export interface MessageLimits {
  /** Of the head with its empty line; for interim replies and trailers the same again. */
  readonly head: number;
  /** Of the content, without the framing of chunks. */
  readonly body: number;
}

/**
 * Why a message can't be read: its head can't be, or its framing; it is longer than allowed; the peer ended it in the middle,
 * or before its first octet.
 */
export type MessageProblem = HeadProblem | "head-too-large" | "body-too-large" | "cut" | "nothing";

/** Most fields of a head. */
const maxFields = 100;
/** Most octets of a line that announces a chunk. */
const maxChunkLine = 256;

type Phase = "head" | "length" | "chunk-line" | "chunk" | "chunk-end" | "trailers" | "to-end" | "done" | "failed";

const lineFeed = 10;
const carriageReturn = 13;
const nothing: Uint8Array = new Uint8Array(0);

/** Reads one message. Feed it until it is `done` or has `failed`. */
export class MessageReader<Head extends object> {
  readonly #grammar: Grammar<Head>;
  readonly #limits: MessageLimits;
  readonly #unread = new Octets();
  readonly #content = new Octets();
  #phase: Phase = "head";
  #problem: MessageProblem | undefined;
  #head: Head | undefined;
  /** How far the head, or a line, has been searched for its end. */
  #searched = 0;
  /** Octets of heads, of framing and of trailers so far. */
  #headSize = 0;
  #framingSize = 0;
  #trailerSize = 0;
  /** Octets still to come of a body or chunk. */
  #missing = 0;

  /** Use {@link readRequest}, {@link readReply} or {@link readTunnelReply}. */
  constructor(grammar: Grammar<Head>, limits: MessageLimits) {
    this.#grammar = grammar;
    this.#limits = limits;
  }

  /** `more` while octets are missing. */
  get state(): "more" | "done" | "failed" {
    return this.#phase === "done" || this.#phase === "failed" ? this.#phase : "more";
  }

  /** Why it has failed. */
  get problem(): MessageProblem | undefined {
    return this.#problem;
  }

  /** The head, once it is there. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** The body, as far as it has come. */
  get body(): Uint8Array {
    return this.#content.view;
  }

  /** Octets that came behind the message. */
  get rest(): Uint8Array {
    return this.#phase === "done" ? this.#unread.view : nothing;
  }

  /** Takes what came. The octets must not be changed afterwards. */
  feed(octets: Uint8Array): void {
    this.#unread.append(octets);
    while (this.#step());
  }

  /** The peer will send no more. */
  end(): void {
    if (this.#phase === "to-end") this.#phase = "done";
    else if (this.#phase !== "done" && this.#phase !== "failed") {
      this.#fail(this.#phase === "head" && this.#headSize === 0 && this.#unread.length === 0 ? "nothing" : "cut");
    }
  }

  /** Does one thing; false if octets are missing for it, or nothing is left to do. */
  #step(): boolean {
    switch (this.#phase) {
      case "head":
        return this.#readHead();
      case "length":
      case "chunk":
        return this.#readContent();
      case "to-end": {
        const { length } = this.#unread;
        if (this.#content.length + length > this.#limits.body) return this.#fail("body-too-large");
        this.#content.append(this.#unread.take(length));
        return false;
      }
      case "chunk-line":
        return this.#readChunkLine();
      case "chunk-end": {
        const line = this.#readLine(2);
        if (line === undefined) return false;
        if (line !== "") return this.#fail("malformed");
        this.#phase = "chunk-line";
        return true;
      }
      case "trailers":
        return this.#readTrailer();
      case "done":
      case "failed":
        return false;
    }
  }

  #fail(problem: MessageProblem): false {
    this.#phase = "failed";
    this.#problem = problem;
    return false;
  }

  #readHead(): boolean {
    // Empty lines before a message are none of its parts (section 2.2).
    if (this.#searched === 0) this.#skipEmptyLines();
    const { view } = this.#unread;
    if (view.length === 1 && view[0] === carriageReturn) return false;
    const { begin } = this.#grammar;
    for (let index = 0; index < begin.length && index < view.length; index++) {
      if (view[index] !== begin.charCodeAt(index)) return this.#fail("malformed");
    }
    const end = findHeadEnd(view, this.#searched);
    const size = this.#headSize + (end < 0 ? view.length : end);
    if (size > this.#limits.head) return this.#fail("head-too-large");
    if (end < 0) {
      this.#searched = Math.max(0, view.length - 3);
      return false;
    }
    this.#searched = 0;
    this.#headSize = size;
    const head = this.#parseHead(text(this.#unread.take(end)));
    if (typeof head === "string") return this.#fail(head);
    const framing = this.#grammar.framing(head);
    if (framing === "interim") return true;
    this.#head = head;
    return this.#begin(framing);
  }

  #skipEmptyLines(): void {
    const { view } = this.#unread;
    let skipped = 0;
    while (true) {
      if (view[skipped] === carriageReturn && view[skipped + 1] === lineFeed) skipped += 2;
      else if (view[skipped] === lineFeed && this.#grammar.bareLineFeed) skipped++;
      else break;
    }
    this.#unread.take(skipped);
    this.#headSize += skipped;
  }

  #parseHead(head: string): Head | MessageProblem {
    const lines = head.split("\n");
    const clean: string[] = [];
    // The last two are the empty line and what is behind it: nothing.
    for (let index = 0; index < lines.length - 2; index++) {
      const line = lines[index] ?? "";
      if (line.endsWith("\r")) clean.push(line.slice(0, -1));
      else if (this.#grammar.bareLineFeed) clean.push(line);
      else return "malformed";
    }
    if (!this.#grammar.bareLineFeed && lines.at(-2) !== "\r") return "malformed";
    if (clean.length > maxFields + 1) return "head-too-large";
    const fields: (readonly [string, string])[] = [];
    for (let index = 1; index < clean.length; index++) {
      const field = parseField(clean[index] ?? "");
      if (field === undefined) return "malformed";
      fields.push(field);
    }
    return this.#grammar.parse(clean[0] ?? "", fields);
  }

  #begin(framing: Framing): boolean {
    switch (framing) {
      case "none":
        this.#phase = "done";
        return false;
      case "chunked":
        this.#phase = "chunk-line";
        return true;
      case "to-end":
        this.#phase = "to-end";
        return true;
      default:
        if (typeof framing === "string") return this.#fail(framing);
        if (framing > this.#limits.body) return this.#fail("body-too-large");
        this.#missing = framing;
        this.#phase = framing === 0 ? "done" : "length";
        return true;
    }
  }

  #readContent(): boolean {
    const length = Math.min(this.#missing, this.#unread.length);
    if (length === 0) return false;
    this.#content.append(this.#unread.take(length));
    this.#missing -= length;
    if (this.#missing > 0) return false;
    this.#phase = this.#phase === "length" ? "done" : "chunk-end";
    return true;
  }

  #readChunkLine(): boolean {
    const line = this.#readLine(maxChunkLine);
    if (line === undefined) return false;
    // Many small chunks, or long extensions: a body of a few octets may not take for ever.
    this.#framingSize += line.length + 4;
    const match = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;[ \t]*[\x21-\x3a\x3c-\x7e][\t\x20-\x7e\x80-\xff]*)?$/.exec(line);
    if (match === null) return this.#fail("malformed");
    const length = Number.parseInt(match[1] ?? "", 16);
    if (
      this.#content.length + length > this.#limits.body || this.#framingSize > this.#limits.body + this.#limits.head
    ) {
      return this.#fail("body-too-large");
    }
    this.#missing = length;
    this.#phase = length === 0 ? "trailers" : "chunk";
    return true;
  }

  #readTrailer(): boolean {
    const line = this.#readLine(this.#limits.head - this.#trailerSize);
    if (line === undefined) return false;
    if (line === "") {
      this.#phase = "done";
      return false;
    }
    this.#trailerSize += line.length + 2;
    return parseField(line) === undefined ? this.#fail("malformed") : true;
  }

  /**
   * Takes one line that ends in CRLF.
   *
   * @param limit most octets, with its end.
   * @returns undefined if its end is missing, or reading has failed.
   */
  #readLine(limit: number): string | undefined {
    const { view } = this.#unread;
    const end = view.indexOf(lineFeed, this.#searched);
    if (end < 0 ? view.length >= limit : end >= limit) {
      this.#fail(this.#phase === "trailers" ? "head-too-large" : "malformed");
      return undefined;
    }
    if (end < 0) {
      this.#searched = view.length;
      return undefined;
    }
    this.#searched = 0;
    if (end === 0 || view[end - 1] !== carriageReturn) {
      this.#fail("malformed");
      return undefined;
    }
    return text(this.#unread.take(end + 1).subarray(0, end - 1));
  }
}

/** Reads a request. */
export function readRequest(limits: MessageLimits): MessageReader<RequestHead> {
  return new MessageReader(requests, limits);
}

/** Reads the reply to a GET or POST; interim replies (1xx) are skipped. */
export function readReply(limits: MessageLimits): MessageReader<ReplyHead> {
  return new MessageReader(replies, limits);
}

/** Reads the reply to a CONNECT: behind one of 2xx comes the tunnel, as the reader's `rest` (RFC 9110, 9.3.6). */
export function readTunnelReply(limits: MessageLimits): MessageReader<ReplyHead> {
  return new MessageReader(tunnelReplies, limits);
}

/** The index behind the empty line that ends a head, whichever line ends it has; -1 if it isn't there yet. */
function findHeadEnd(octets: Uint8Array, from: number): number {
  for (let at = octets.indexOf(lineFeed, from); at >= 0; at = octets.indexOf(lineFeed, at + 1)) {
    if (octets[at + 1] === lineFeed) return at + 2;
    if (octets[at + 1] === carriageReturn && octets[at + 2] === lineFeed) return at + 3;
  }
  return -1;
}

/** Octets as characters of the same number; what is beyond ASCII has no meaning in HTTP's own syntax. */
function text(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1");
}
