/**
 * A small HTTP/1.1 server that can misbehave on purpose: cut a connection before or after reading, answer byte by byte, or
 * show each connection another certificate. Servers that come with the runtime hide the connection from their handlers.
 *
 * @module
 */

import type { Duplex } from "node:stream";
import { type Clock, sleep } from "../clock.ts";
import {
  fieldOf,
  keepsConnection,
  type MessageLimits,
  type MessageProblem,
  readRequest,
  type RequestHead as ReadHead,
} from "../net/http_message.ts";
import { Octets } from "../net/octets.ts";
import type { ServerCertificate } from "./certificates.ts";
import { encodeReply, type HttpReply, type RequestHead, textReply, toHandlers } from "./http_message.ts";
import {
  type Accepted,
  certificatePerConnection,
  type ListenAddress,
  type Listener,
  openListener,
} from "./listener.ts";

/** A connection as handlers see it. */
export interface ConnectionInfo {
  /** Counts from 1 over the life of the server. */
  readonly number: number;
  /** Requests read from this connection, the current one included. */
  readonly requests: number;
}

/** A request with its body. */
export interface HttpRequest {
  readonly head: RequestHead;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly connection: ConnectionInfo;
  /** Aborts when the client has gone or the server closes, whichever comes first. */
  readonly signal: AbortSignal;
}

/** What becomes of a request. */
export type HttpOutcome =
  | { readonly kind: "reply"; readonly reply: HttpReply; readonly then?: "keep" | "close" | "close-unannounced" }
  /** Octets as they are; the connection ends after them. */
  | { readonly kind: "raw"; readonly octets: Uint8Array<ArrayBuffer> }
  /** The reply in pieces with a pause of `pause` milliseconds before each. */
  | { readonly kind: "slow"; readonly reply: HttpReply; readonly pieces: number; readonly pause: number }
  | { readonly kind: "cut" };

/** What a server asks of its owner. */
export interface HttpHandler {
  /** Called for a new connection before anything is read; `false` cuts it. */
  accept?(connection: ConnectionInfo): boolean;
  /** Called with the head before the body is read; `false` cuts the connection. */
  begin?(head: RequestHead, connection: ConnectionInfo): boolean;
  /** Called with the whole request. */
  answer(request: HttpRequest): HttpOutcome | Promise<HttpOutcome>;
}

/** A server on one port, with or without TLS. Requests of a connection are answered one after the other. */
export class HttpServer implements AsyncDisposable {
  readonly #handler: HttpHandler;
  readonly #clock: Clock;
  readonly #certificate: (() => ServerCertificate) | undefined;
  readonly #connections = new Set<Connection>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #listener: Listener | undefined;
  #address: ListenAddress;
  #accepted = 0;
  #broken = 0;

  private constructor(
    address: ListenAddress,
    handler: HttpHandler,
    clock: Clock,
    certificate: (() => ServerCertificate) | undefined,
  ) {
    this.#address = address;
    this.#handler = handler;
    this.#clock = clock;
    this.#certificate = certificate;
  }

  /**
   * Opens the port.
   *
   * @param certificate asked for at each new connection; without it the server speaks plain HTTP.
   * @throws what the system says, such as an error with the code `EADDRINUSE`.
   */
  static async start(
    address: ListenAddress,
    handler: HttpHandler,
    clock: Clock,
    certificate?: () => ServerCertificate,
  ): Promise<HttpServer> {
    const server = new HttpServer(address, handler, clock, certificate);
    await server.listen();
    return server;
  }

  /** Where it listens, with the port that the system chose. */
  get address(): ListenAddress {
    return this.#address;
  }

  /** Connections accepted so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections that failed before a request came: mostly clients that refused the certificate. */
  get broken(): number {
    return this.#broken;
  }

  /** Connections open now. */
  get open(): number {
    return this.#connections.size;
  }

  /** Opens the port again after {@link stopListening}. Throws as {@link start}. */
  async listen(): Promise<void> {
    if (this.#listener !== undefined) return;
    this.#listener = await openListener(this.#address, this.#certificate, (accepted) => this.#accept(accepted));
    this.#address = this.#listener.address;
  }

  /** Closes the port and cuts all connections: clients are refused until {@link listen}. */
  async stopListening(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    const closed = listener?.close();
    this.cutConnections();
    await closed;
  }

  /** Cuts all connections; those that follow see the certificate of now. */
  async renewCertificate(): Promise<void> {
    if (certificatePerConnection || this.#listener === undefined) {
      this.cutConnections();
    } else {
      await this.stopListening();
      await this.listen();
    }
  }

  /** Cuts connections: all of them, or only those on which no request is being answered. */
  cutConnections(which: "all" | "idle" = "all"): void {
    for (const connection of this.#connections) {
      if (which === "all" || !connection.busy) connection.cut();
    }
  }

  /** Closes everything and waits until nothing runs any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.stopListening();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  #accept({ raw, open }: Accepted): void {
    const number = ++this.#accepted;
    const wanted = this.#handler.accept?.({ number, requests: 0 }) ?? true;
    if (!wanted || this.#abort.signal.aborted) {
      raw.on("error", () => {});
      raw.destroy();
      return;
    }
    const connection = new Connection(raw, open(), number);
    this.#connections.add(connection);
    const task = this.#serve(connection).finally(() => {
      this.#connections.delete(connection);
      this.#tasks.delete(task);
    });
    this.#tasks.add(task);
  }

  async #serve(connection: Connection): Promise<void> {
    try {
      while (await this.#serveOne(connection));
    } catch {
      // A handler's own error costs this connection, and nothing else.
    }
    if (connection.failed && connection.info.requests === 0) this.#broken++;
    await connection.end();
  }

  /** Reads and answers one request; false ends the connection. */
  async #serveOne(connection: Connection): Promise<boolean> {
    const request = await connection.readRequest((head) => {
      connection.countRequest();
      return this.#handler.begin?.(head, connection.info) ?? true;
    });
    if (request === undefined) return false;
    if (typeof request === "number") return await connection.refuse(request);
    const { head, body } = request;
    connection.busy = true;
    try {
      const signal = AbortSignal.any([connection.gone, this.#abort.signal]);
      const outcome = await this.#handler.answer({ head, body, connection: connection.info, signal });
      const clientCloses = !keepsConnection({ version: head.version, fields: head.headers });
      return await this.#send(connection, outcome, clientCloses, signal);
    } finally {
      connection.busy = false;
    }
  }

  async #send(
    connection: Connection,
    outcome: HttpOutcome,
    clientCloses: boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    switch (outcome.kind) {
      case "cut":
        connection.cut();
        return false;
      case "raw":
        await connection.write(outcome.octets);
        return false;
      case "slow": {
        const octets = encodeReply(outcome.reply, true);
        const size = Math.max(1, Math.ceil(octets.length / outcome.pieces));
        for (let from = 0; from < octets.length; from += size) {
          if (!await sleep(this.#clock, outcome.pause, signal)) return false;
          await connection.write(octets.subarray(from, from + size));
        }
        return false;
      }
      case "reply": {
        const then = outcome.then ?? "keep";
        await connection.write(encodeReply(outcome.reply, clientCloses || then === "close"));
        return !clientCloses && then === "keep";
      }
    }
  }
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
class Connection {
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
  busy = false;

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
