/**
 * One connection to the simulator's HTTP server: requests are read from it, and it can be cut at any moment.
 *
 * @module
 */

import type { Duplex } from "node:stream";
import { fieldOf, type RequestHead as ReadHead } from "../net/http_head.ts";
import { type MessageLimits, type MessageProblem, readRequest } from "../net/http_message.ts";
import { Octets } from "../net/octets.ts";
import { encodeReply, type RequestHead, textReply, toHandlers } from "./http_message.ts";

/** A connection as handlers see it. */
export interface ConnectionInfo {
  /** Counts from 1 over the life of the server. */
  readonly number: number;
  /** Requests read from this connection, the current one included. */
  readonly requests: number;
}

/** `pushinfo` alone may have 20,000 octets, encoded twice. */
const limits: MessageLimits = { head: 16_384, body: 262_144 };

/** Octets kept while a request is being answered; a client that sends more waits. */
const bufferLimit = limits.head + limits.body;

/** What a request is refused with that can't be read. */
const statuses: Readonly<Record<Exclude<MessageProblem, "cut" | "nothing">, number>> = {
  malformed: 400,
  version: 505,
  "head-too-large": 431,
  "body-too-large": 413,
};

/** One connection: octets that have come and are not used yet, and whoever waits for more. */
export class Connection {
  readonly #raw: Duplex;
  readonly #socket: Duplex;
  readonly #number: number;
  readonly #gone = new AbortController();
  readonly #closed = Promise.withResolvers<void>();
  #requests = 0;
  readonly #unread = new Octets();
  #ended = false;
  #failed = false;
  #wake: () => void = () => {};
  /** Whether a request is being answered. */
  busy = false;

  /** @param socket what the client says; the same as `raw` where there is no TLS between them. */
  constructor(raw: Duplex, socket: Duplex, number: number) {
    this.#raw = raw;
    this.#socket = socket;
    this.#number = number;
    const end = (): void => {
      this.#ended = true;
      this.#gone.abort();
      this.#wake();
    };
    socket.on("data", (octets: Uint8Array) => {
      this.#unread.append(octets);
      if (this.#unread.length > bufferLimit) socket.pause();
      this.#wake();
    });
    socket.on("end", end);
    socket.on("close", end);
    for (const each of new Set([raw, socket])) {
      each.on("error", () => {
        this.#failed = true;
        end();
        // An error of the one doesn't always close the other.
        this.cut();
      });
    }
    raw.on("close", () => {
      end();
      this.#closed.resolve();
    });
  }

  /** As handlers see it. */
  get info(): ConnectionInfo {
    return { number: this.#number, requests: this.#requests };
  }

  /** Aborts when the peer has closed its side, or the connection has failed. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** True if the connection ended by an error, such as a handshake that the peer broke off. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Counts a request whose head was read. */
  countRequest(): void {
    this.#requests++;
  }

  /**
   * The next request.
   *
   * @param begin told the head before the body is waited for; false cuts the connection.
   * @returns undefined at the end of the stream, an HTTP status if the request can't be read.
   */
  async readRequest(
    begin: (head: RequestHead) => boolean,
  ): Promise<{ readonly head: RequestHead; readonly body: Uint8Array<ArrayBuffer> } | number | undefined> {
    const reader = readRequest(limits);
    let head: RequestHead | undefined;
    while (true) {
      reader.feed(this.#unread.take(this.#unread.length));
      if (head === undefined && reader.head !== undefined) {
        head = toHandlers(reader.head);
        if (head === undefined) return 400;
        if (!begin(head)) {
          this.cut();
          return undefined;
        }
        if (reader.state === "more" && expectsContinue(reader.head)) {
          await this.write(new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n"));
        }
      }
      const { state, problem } = reader;
      if (state === "failed") {
        return problem === undefined || problem === "cut" || problem === "nothing" ? undefined : statuses[problem];
      }
      if (state === "done" && head !== undefined) {
        const later = this.#unread.take(this.#unread.length);
        this.#unread.append(reader.rest);
        this.#unread.append(later);
        return { head, body: reader.body.slice() };
      }
      if (!await this.#fill()) return undefined;
    }
  }

  /** Refuses what can't be read, and ends the connection. */
  async refuse(status: number): Promise<false> {
    await this.write(encodeReply(textReply(status, "text/plain", `HTTP ${status}\n`), true));
    return false;
  }

  /** Hands octets over; returns when they are on their way, or when the connection is gone. */
  async write(octets: Uint8Array): Promise<void> {
    if (this.#socket.destroyed) return;
    const written = Promise.withResolvers<void>();
    const done = (): void => written.resolve();
    this.#gone.signal.addEventListener("abort", done, { once: true });
    this.#socket.write(octets, done);
    await written.promise;
    this.#gone.signal.removeEventListener("abort", done);
  }

  /** Closes at once, whatever is under way. */
  cut(): void {
    this.#socket.destroy();
    this.#raw.destroy();
  }

  /** Closes once all that was written has been handed to the system, and waits for it. */
  async end(): Promise<void> {
    if (!this.#socket.destroyed && !this.#ended) {
      const flushed = Promise.withResolvers<void>();
      this.#gone.signal.addEventListener("abort", () => flushed.resolve(), { once: true });
      this.#socket.end(() => flushed.resolve());
      await flushed.promise;
    }
    this.cut();
    await this.#closed.promise;
  }

  /** Waits for more octets; false at the end of the stream or after an error. */
  async #fill(): Promise<boolean> {
    if (this.#unread.length > 0) return true;
    if (this.#ended || this.#socket.destroyed) return false;
    const woken = Promise.withResolvers<void>();
    this.#wake = (): void => woken.resolve();
    if (this.#socket.isPaused()) this.#socket.resume();
    await woken.promise;
    this.#wake = () => {};
    return this.#unread.length > 0;
  }
}

function expectsContinue({ fields }: ReadHead): boolean {
  return fieldOf(fields, "expect")?.toLowerCase() === "100-continue";
}
