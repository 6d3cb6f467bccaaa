/**
 * A small HTTP/1.1 server that can misbehave on purpose: cut a connection before or after reading, answer byte by byte, or
 * show each connection another certificate. Servers that come with the runtime hide the connection from their handlers.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import { keepsConnection } from "../net/http_head.ts";
import type { ServerCertificate } from "./certificates.ts";
import { Connection, type ConnectionInfo } from "./http_connection.ts";
import { encodeReply, type HttpReply, type RequestHead } from "./http_message.ts";
import {
  type Accepted,
  certificatePerConnection,
  type ListenAddress,
  type Listener,
  openListener,
} from "./listener.ts";

export type { ConnectionInfo } from "./http_connection.ts";

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
