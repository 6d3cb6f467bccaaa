/**
 * One connection that serves one HTTP request at a time, and never sends one again.
 *
 * @module
 */

import { keepsConnection, type ReplyHead } from "./http_head.ts";
import { type MessageLimits, readReply } from "./http_message.ts";
import { describe } from "./socket_error.ts";

/** Whoever sends a request over a connection: told once how it ended. */
export interface Sender {
  /** The whole request was taken by the system. */
  written(): void;
  replied(head: ReplyHead, body: Uint8Array): void;
  failed(end: "error" | "cut" | "malformed", code: string | undefined, message: string): void;
}

const limits: MessageLimits = { head: 16_384, body: 1 << 20 };

/** The part of a socket that is used. */
export interface ConnectionSocket {
  on(event: "data", listener: (octets: Uint8Array) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  write(octets: Uint8Array, done: (error?: Error | null) => void): unknown;
  destroy(): unknown;
}

/** A connection that is open, and over which TLS has been set up. */
export class HttpConnection {
  readonly #socket: ConnectionSocket;
  readonly #released: (connection: HttpConnection, keepFor: number) => void;
  #sender: Sender | undefined;
  #reader = readReply(limits);
  #requests = 0;
  #written = true;
  #last = false;
  #closed = false;
  /** The reply has come before the system had taken the whole request: how long the connection may be kept after that. */
  #keepFor = 0;

  /**
   * @param released told when the connection can serve another request, and for how many milliseconds it may be kept for
   *   that: Infinity unless the server named a time; or that it is closed: 0.
   */
  constructor(socket: ConnectionSocket, released: (connection: HttpConnection, keepFor: number) => void) {
    this.#socket = socket;
    this.#released = released;
    socket.on("data", (octets: Uint8Array) => this.#receive(octets));
    socket.on("error", (error) => {
      const { end, code, message } = describe(error);
      this.#fail(end, code, message);
    });
    const onEnd = (): void => this.#end();
    socket.on("end", onEnd);
    socket.on("close", onEnd);
  }

  /** Requests sent over it. */
  get requests(): number {
    return this.#requests;
  }

  /** True once it can't be used any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends a request, while no other one is under way.
   *
   * @param last whether the connection is closed after it.
   */
  send(request: Uint8Array, sender: Sender, last: boolean): void {
    this.#sender = sender;
    this.#last = last;
    this.#keepFor = 0;
    this.#reader = readReply(limits);
    this.#requests++;
    this.#written = false;
    this.#socket.write(request, (error) => {
      if (error || this.#closed) return;
      this.#written = true;
      if (this.#sender === sender) sender.written();
      else if (this.#keepFor > 0) this.#released(this, this.#keepFor);
    });
  }

  /** Closes it; a request under way is told nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sender = undefined;
    this.#socket.destroy();
    this.#released(this, 0);
  }

  #receive(octets: Uint8Array): void {
    // Nothing was asked: whatever it is, it must not be taken for the reply to the next request.
    if (this.#sender === undefined) return this.close();
    this.#reader.feed(octets);
    this.#judge();
  }

  #end(): void {
    if (this.#sender === undefined) return this.close();
    this.#reader.end();
    this.#judge(true);
  }

  #judge(ended = false): void {
    const { state, head, body, rest, problem } = this.#reader;
    const sender = this.#sender;
    if (state === "more" || sender === undefined) return;
    if (state === "failed" || head === undefined) {
      return problem === "cut" || problem === "nothing"
        ? this.#fail("cut", undefined, "The connection was closed before the whole reply had come")
        : this.#fail("malformed", undefined, problems[problem ?? "malformed"]);
    }
    this.#sender = undefined;
    if (ended || this.#last || rest.length > 0 || !keepsConnection(head)) this.close();
    else {
      this.#keepFor = keepAliveHint(head);
      if (this.#keepFor <= 0) this.close();
      else if (this.#written) this.#released(this, this.#keepFor);
    }
    sender.replied(head, body);
  }

  #fail(end: "error" | "cut" | "malformed", code: string | undefined, message: string): void {
    const sender = this.#sender;
    this.close();
    sender?.failed(end, code, message);
  }
}

const problems = {
  malformed: "The reply can't be read as HTTP",
  version: "The reply is of another version of HTTP",
  "head-too-large": "The reply's head is too large",
  "body-too-large": "The reply's body is too large",
} as const;

/** A server's own time may end while a request is on its way: this much less (in ms) is used of it. */
const margin = 1_000;

/** How long the server promises to keep the connection, in ms; Infinity if it says nothing. */
function keepAliveHint({ fields }: ReplyHead): number {
  for (const [name, value] of fields) {
    if (name.length !== 10 || name.toLowerCase() !== "keep-alive") continue;
    const seconds = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,9})/i.exec(value)?.[1];
    if (seconds !== undefined) return Number(seconds) * 1_000 - margin;
  }
  return Infinity;
}
