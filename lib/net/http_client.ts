/**
 * HTTP/1.1 over TLS to one server, by ourselves: each request is sent once, and whoever asked learns how far it came.
 *
 * GET and POST, one request a connection at a time, connections kept for a few seconds, a tunnel through a proxy where one is
 * named; no redirects, no compression, no other protocols. Other clients send a POST again by themselves when a kept
 * connection dies under it, which here would be a second push.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../clock.ts";
import { Deadlines } from "./deadlines.ts";
import { Dialer } from "./dialer.ts";
import type { Gate } from "./gate.ts";
import { HttpConnection } from "./http_connection.ts";
import { Exchange, type ExchangeMeans, type HttpRequest, type HttpResult } from "./http_exchange.ts";
import { encodeRequest } from "./http_request.ts";
import { LagMeter } from "./lag.ts";
import { describe } from "./socket_error.ts";
import { createTrust, secure, type Trust } from "./tls_socket.ts";
import { greet } from "./tls_greeting.ts";
import { openTunnel } from "./tunnel.ts";

export type { HttpFailure, HttpRequest, HttpResult } from "./http_exchange.ts";

/** Where the server is and how to get there. */
export interface HttpClientOptions {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** PEM text: these authorities are trusted alone (on 2.6 they come on top); undefined for the runtime's roots. */
  readonly caCerts: string | undefined;
  /** A proxy that is asked for a tunnel with CONNECT. */
  readonly httpProxy: { readonly host: string; readonly port: number } | undefined;
  readonly clock: Clock;
  /** One for the process: how many connections are being opened at one time. */
  readonly handshakes: Gate;
}

/** How long a connection is kept idle, in ms. One that died silently would reject a user who got no push. */
const keptIdle = 4_000;

/** So many handshakes may hang before a server is asked first whether it answers one. */
const maxHanging = 8;

/** A connection that waits for a request. */
interface Idle {
  readonly connection: HttpConnection;
  /** When it is closed, in the clock's monotonic milliseconds. */
  readonly until: number;
}

/** Requests to one server, and the connections for them. */
export class HttpClient implements AsyncDisposable {
  readonly #options: HttpClientOptions;
  readonly #means: ExchangeMeans;
  readonly #dialer: Dialer;
  /** `host:port`, as in a URL. */
  readonly #authority: string;
  readonly #exchanges = new Set<Exchange>();
  /** Those that wait at the gate, and would be content with a kept connection. */
  readonly #queued = new Map<Exchange, (connection: HttpConnection) => void>();
  readonly #connections = new Set<HttpConnection>();
  /** Sockets of handshakes that were given up, and that the runtime has not. */
  readonly #hanging = new Set<Socket>();
  /** The one that was used last is used first. */
  readonly #idle: Idle[] = [];
  #trust: Trust | undefined;
  #cancelSweep: (() => void) | undefined;
  #disposed = false;

  constructor(options: HttpClientOptions) {
    const { host, port, clock } = options;
    this.#options = options;
    this.#means = { clock, lag: new LagMeter(clock), deadlines: new Deadlines(clock) };
    this.#dialer = new Dialer(clock);
    this.#authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** Sockets that are open, or being opened or closed; but see {@link Dialer.lingering}. */
  get open(): number {
    return this.#dialer.open;
  }

  /** Sends a request once. Never throws, never sends again. */
  request(request: HttpRequest): Promise<HttpResult> {
    return new Promise((resolve) => {
      if (this.#disposed || request.signal.aborted) return resolve({ kind: "aborted" });
      const exchange: Exchange = new Exchange(request, this.#means, (result) => {
        this.#exchanges.delete(exchange);
        this.#queued.delete(exchange);
        resolve(result);
      });
      this.#exchanges.add(exchange);
      const octets = encodeRequest(request, this.#options.host, this.#options.port);
      if (octets === undefined) {
        return exchange.fail("error", {
          code: "ERR_INVALID_ARG_VALUE",
          message: "The request can't be written as HTTP",
        });
      }
      const kept = request.fresh === true ? undefined : this.#takeIdle();
      if (kept !== undefined) exchange.sendOver(kept, octets);
      else void this.#open(exchange, octets);
    });
  }

  /** Closes all connections, and waits until the system has them back; requests under way end as aborted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const exchange of this.#exchanges) exchange.abort();
    for (const connection of this.#connections) connection.close();
    this.#cancelSweep?.();
    this.#means.lag[Symbol.dispose]();
    this.#means.deadlines[Symbol.dispose]();
    await this.#dialer.closed();
  }

  /** Opens a connection for a request, unless one gets free while it waits at the gate. */
  async #open(exchange: Exchange, octets: Uint8Array): Promise<void> {
    const opening = new AbortController();
    const { signal } = opening;
    exchange.whenSettled(() => opening.abort());
    if (!exchange.fresh) {
      this.#queued.set(exchange, (connection) => {
        opening.abort();
        exchange.sendOver(connection, octets);
      });
    }
    const leave = await this.#options.handshakes.enter(signal, exchange.urgent);
    this.#queued.delete(exchange);
    if (leave === undefined) return;
    try {
      const socket = await this.#connect(exchange, signal);
      if (socket === undefined) return;
      const connection = new HttpConnection(socket, (connection, keepFor) => this.#release(connection, keepFor));
      this.#connections.add(connection);
      if (signal.aborted) connection.close();
      else exchange.sendOver(connection, octets);
    } catch (error) {
      // Nothing thrown comes from the network: it is a mistake of ours, and must not pass for the other side's.
      exchange.fail("error", { ...describe(error), code: "ERR_UNEXPECTED" });
    } finally {
      leave();
    }
  }

  /** Look-up, TCP, tunnel, TLS; undefined if it came to nothing, which the exchange has been told. */
  async #connect(exchange: Exchange, signal: AbortSignal): Promise<TLSSocket | undefined> {
    if (this.#hanging.size >= maxHanging) {
      const greeted = await this.#reach(exchange, signal, (tcp) => this.#greet(exchange, tcp, signal));
      if (greeted === undefined) return undefined;
    }
    return await this.#reach(exchange, signal, (tcp) => this.#secure(exchange, tcp, signal));
  }

  /** Look-up, TCP, tunnel, and then what is given, over the socket. */
  async #reach<Result>(
    exchange: Exchange,
    signal: AbortSignal,
    then: (socket: Socket) => Promise<Result | undefined>,
  ): Promise<Result | undefined> {
    const { host, port, httpProxy } = this.#options;
    const next = httpProxy ?? { host, port };
    const tcp = await this.#dialer.connect(next.host, next.port, {
      signal,
      entered: (stage) => exchange.enter(stage),
    });
    if (tcp.kind === "aborted") return undefined;
    if (tcp.kind === "failed") return exchange.fail(tcp.end, tcp);
    try {
      return await this.#tunnel(exchange, tcp.socket, signal) ? await then(tcp.socket) : undefined;
    } catch (error) {
      tcp.socket.destroy();
      throw error;
    }
  }

  /** The tunnel over an open socket, where there is to be one. False if it came to nothing; then the socket is closed. */
  async #tunnel(exchange: Exchange, tcp: Socket, signal: AbortSignal): Promise<boolean> {
    if (this.#options.httpProxy === undefined) return true;
    exchange.enter("tunnel");
    const tunnel = await openTunnel(tcp, this.#authority, signal);
    switch (tunnel.kind) {
      case "open":
        return true;
      case "failed":
        exchange.fail(tunnel.end, tunnel);
        return false;
      case "refused":
        exchange.fail("tunnel-refused", {
          code: undefined,
          message: `The HTTP proxy answered CONNECT with ${tunnel.status}`,
          tunnelStatus: tunnel.status,
        });
        return false;
      case "aborted":
        return false;
    }
  }

  /** Whether the server answers a handshake at all; undefined if it doesn't. The socket is closed. */
  async #greet(exchange: Exchange, tcp: Socket, signal: AbortSignal): Promise<true | undefined> {
    exchange.enter("handshake");
    const greeted = await greet(tcp, this.#options.host, signal);
    if (greeted.kind === "failed") exchange.fail(greeted.end, greeted);
    return greeted.kind === "answered" ? true : undefined;
  }

  /** TLS over an open socket, which is closed if it comes to nothing. */
  async #secure(exchange: Exchange, tcp: Socket, signal: AbortSignal): Promise<TLSSocket | undefined> {
    const { host, caCerts } = this.#options;
    exchange.enter("handshake");
    this.#trust ??= createTrust(caCerts);
    const hangs = (socket: Socket): void => {
      this.#dialer.letGo(socket);
      this.#hanging.add(socket);
      socket.once("close", () => this.#hanging.delete(socket));
    };
    const tls = await secure(tcp, { host, trust: this.#trust, signal, hangs });
    if (tls.kind === "aborted") return undefined;
    if (tls.kind === "failed") return exchange.fail(tls.end, tls);
    return tls.socket;
  }

  #takeIdle(): HttpConnection | undefined {
    const now = this.#options.clock.now();
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.until > now) return idle.connection;
      idle.connection.close();
    }
    return undefined;
  }

  #release(connection: HttpConnection, keepFor: number): void {
    if (connection.closed) {
      this.#connections.delete(connection);
      const index = this.#idle.findIndex((idle) => idle.connection === connection);
      if (index >= 0) this.#idle.splice(index, 1);
      return;
    }
    if (this.#disposed) return connection.close();
    const [next] = this.#queued;
    if (next !== undefined) {
      const [exchange, take] = next;
      this.#queued.delete(exchange);
      return take(connection);
    }
    const { clock } = this.#options;
    this.#idle.push({ connection, until: clock.now() + Math.min(keptIdle, keepFor) });
    this.#cancelSweep ??= clock.after(keptIdle, () => this.#sweep());
  }

  /** Closes what has been idle for too long. */
  #sweep(): void {
    this.#cancelSweep = undefined;
    const { clock } = this.#options;
    const now = clock.now();
    for (const { connection, until } of [...this.#idle]) if (until <= now) connection.close();
    const next = Math.min(...this.#idle.map(({ until }) => until));
    if (next !== Infinity) this.#cancelSweep = clock.after(next - now, () => this.#sweep());
  }
}
