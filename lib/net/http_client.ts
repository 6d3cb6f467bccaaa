/**
 * HTTP/1.1 over TLS to one server, by ourselves: each request is sent once, and whoever asked learns how far it came.
 *
 * GET and POST, one request a connection at a time, connections kept for a few seconds, a tunnel through a proxy where one is
 * named; no redirects, no compression, no other protocols. Other clients send a POST again by themselves when a kept
 * connection dies under it, which here would be a second push.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { Deadlines } from "./deadlines.ts";
import type { Gate } from "./gate.ts";
import { type ConnectionSocket, HttpConnection } from "./http_connection.ts";
import { Exchange, type ExchangeMeans, type HttpRequest, type HttpResult } from "./http_exchange.ts";
import { encodeRequest } from "./http_request.ts";
import { LagMeter } from "./lag.ts";
import { describe } from "./socket_error.ts";
import type { Way } from "./way.ts";

export type { HttpFailure, HttpRequest, HttpResult } from "./http_exchange.ts";

/** Where the server is and how to get there. */
export interface HttpClientOptions {
  /** Named in each request. A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Leads to that server, and to nobody else. */
  readonly way: Way;
  readonly clock: Clock;
  /** One for the process: how many connections are being opened at one time. */
  readonly handshakes: Gate;
}

/** How long a connection is kept idle, in ms. One that died silently would reject a user who got no push. */
const keptIdle = 4_000;

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
  readonly #way: Way;
  readonly #exchanges = new Set<Exchange>();
  /** Those that wait at the gate, and would be content with a kept connection. */
  readonly #queued = new Map<Exchange, (connection: HttpConnection) => void>();
  readonly #connections = new Set<HttpConnection>();
  /** The one that was used last is used first. */
  readonly #idle: Idle[] = [];
  #cancelSweep: (() => void) | undefined;
  #disposed = false;

  constructor(options: HttpClientOptions) {
    const { way, clock } = options;
    this.#options = options;
    this.#way = way;
    this.#means = { clock, lag: new LagMeter(clock), deadlines: new Deadlines(clock) };
  }

  /** Sockets that are open, or being opened or closed. */
  get open(): number {
    return this.#way.open;
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
    await this.#way.closed();
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

  /** The socket that the way gives; undefined if it came to nothing, which the exchange has been told. */
  async #connect(exchange: Exchange, signal: AbortSignal): Promise<ConnectionSocket | undefined> {
    const opened = await this.#way.connect(signal, (stage) => exchange.enter(stage));
    if (opened.kind === "failed") return exchange.fail(opened.end, opened);
    return opened.kind === "open" ? opened.socket : undefined;
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
