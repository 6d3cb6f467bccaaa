/**
 * HTTPS to Duo: a pool of kept connections that never sends a request twice by itself, own roots, and a CONNECT proxy.
 *
 * Built on undici's `Pool`, because `fetch` and `node:https` both re-send a POST when a kept connection dies under it,
 * which would push a second time.
 *
 * @module
 */

import "./environment.ts";
import { buildConnector, Client, type Dispatcher, Pool } from "undici";
import type { Clock } from "../clock.ts";
import { judge, type Overloaded, TunnelRefusedError, type Unavailable } from "./availability.ts";

/** Where Duo is and how to get there. */
export interface TransportOptions {
  readonly host: string;
  readonly port: number;
  /** PEM certificates that replace the runtime's roots. */
  readonly caCerts: string | undefined;
  readonly httpProxy: { readonly host: string; readonly port: number } | undefined;
  readonly clock: Clock;
  /** See {@link judge}. */
  readonly canOpenSockets: () => boolean;
}

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; undefined for none. */
  readonly body: string | undefined;
  /** When to give up, in the clock's monotonic milliseconds. */
  readonly deadline: number;
  /** Aborts the request early. */
  readonly signal: AbortSignal;
}

/** What came back. `reused` tells that the connection had served an earlier request. */
export type HttpResult =
  | {
    readonly kind: "reply";
    readonly status: number;
    readonly body: string;
    /** `Retry-After` or `X-Retry-After`, as sent. */
    readonly retryAfter: string | undefined;
  }
  | (Unavailable & { readonly reused: boolean })
  | Overloaded
  | { readonly kind: "aborted" };

/** A reply of Duo's is a few kilobytes; more is not from Duo. */
const maxReplyOctets = 1 << 20;
/** A kept connection that died silently would reject a user who got no push, so none is kept for long. */
const keepAlive = 4_000;
/** A timer that fires this late (in ms) means that this process stood still, and that a timeout says nothing about Duo. */
const stalled = 1_000;

/** Carried through undici with a request to learn which connection it went out on. */
class Journey {
  reused = false;
}

/** A connection that tells a request whether it is the first on it. */
class TrackedClient extends Client {
  #served = 0;
  #journey: Journey | undefined;

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options);
    this.on("connect", () => {
      this.#served = 0;
      if (this.#journey) this.#journey.reused = false;
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const journey = "opaque" in options && options.opaque instanceof Journey ? options.opaque : undefined;
    if (journey) {
      journey.reused = this.#served > 0;
      this.#journey = journey;
    }
    this.#served++;
    return super.dispatch(options, handler);
  }
}

/** A pool of connections to one host. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #pool: Pool;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#pool = this.#createPool(Infinity);
  }

  /** Sends a request once. Never throws, never sends again. */
  request(request: HttpRequest): Promise<HttpResult> {
    return this.#send(this.#pool, request);
  }

  /** As {@link request}, on a connection that nothing was sent on before and that is not kept. */
  async requestFresh(request: HttpRequest): Promise<HttpResult> {
    const pool = this.#createPool(1);
    try {
      return await this.#send(pool, request);
    } finally {
      await pool.destroy();
    }
  }

  /** Closes all connections; requests under way end as aborted. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  #createPool(connections: number): Pool {
    const { host, port } = this.#options;
    return new Pool(`https://${host.includes(":") ? `[${host}]` : host}:${port}`, {
      ...(connections === Infinity ? {} : { connections }),
      pipelining: 1,
      keepAliveTimeout: keepAlive,
      keepAliveMaxTimeout: keepAlive,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: maxReplyOctets,
      connect: connector(this.#options),
      factory: (origin, options) => new TrackedClient(origin, options),
    });
  }

  async #send(pool: Pool, request: HttpRequest): Promise<HttpResult> {
    const { clock, canOpenSockets } = this.#options;
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    if (request.signal.aborted) return { kind: "aborted" };
    const cancel = clock.after(request.deadline - clock.now(), abort);
    request.signal.addEventListener("abort", abort, { once: true });
    const journey = new Journey();
    try {
      const { statusCode, headers, body } = await pool.request({
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body ?? null,
        signal: controller.signal,
        opaque: journey,
      });
      const retryAfter = headers["retry-after"] ?? headers["x-retry-after"];
      return {
        kind: "reply",
        status: statusCode,
        body: await body.text(),
        retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      };
    } catch (error) {
      if (request.signal.aborted) return { kind: "aborted" };
      if (controller.signal.aborted) {
        const late = clock.now() - request.deadline;
        return late > stalled
          ? {
            kind: "overloaded",
            detail: `This process stood still for ${Math.round(late)} ms while it waited for Duo`,
          }
          : { kind: "unavailable", cause: "timeout", detail: "No answer from Duo in time", reused: journey.reused };
      }
      const judged = judge(error, canOpenSockets);
      return judged.kind === "unavailable" ? { ...judged, reused: journey.reused } : judged;
    } finally {
      cancel();
      request.signal.removeEventListener("abort", abort);
    }
  }
}

/** How long a connection may take to be set up, in ms. undici's own timers for this outlive what they were set for. */
const connectLimit = 10_000;

/** Opens the connections of a pool: TCP or a tunnel through the proxy, then TLS. */
function connector({ caCerts, httpProxy, clock }: TransportOptions): buildConnector.connector {
  const connectTls = buildConnector({ timeout: 0, ...(caCerts === undefined ? {} : { ca: splitPem(caCerts) }) });
  return (options, callback) => {
    let abandon = (): void => {};
    let settled = false;
    const settle: buildConnector.Callback = (...result) => {
      if (settled) return;
      settled = true;
      cancel();
      callback(...result);
    };
    const cancel = clock.after(connectLimit, () => {
      abandon();
      settle(coded("ETIMEDOUT", "The connection was not set up in time"), null);
    });
    const secure = (tunnel?: TunnelSocket): void => {
      const socket: unknown = connectTls({ ...options, ...(tunnel ? { httpSocket: tunnel } : {}) }, settle);
      if (!isSocket(socket)) return;
      abandon = () => socket.destroy();
      // A server that closes before the handshake is done only closes the socket here, so that case is made an error.
      socket.once("close", () => settle(coded("ECONNRESET", "The connection was closed before TLS was set up"), null));
    };
    if (!httpProxy) return secure();
    const host = httpProxy.host.includes(":") ? `[${httpProxy.host}]` : httpProxy.host;
    const client = new Client(`http://${host}:${httpProxy.port}`, {
      connectTimeout: 0,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    abandon = () => void client.destroy();
    openTunnel(client, options).then(secure, (error) => settle(error, null));
  };
}

type TunnelSocket = NonNullable<buildConnector.Options["httpSocket"]>;

interface ConnectingSocket {
  once(event: string, listener: () => void): void;
  destroy(): void;
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function isSocket(value: unknown): value is ConnectingSocket {
  return typeof value === "object" && value !== null && "once" in value && "destroy" in value;
}

/** Asks the proxy for a tunnel with CONNECT (RFC 9110 section 9.3.6). */
async function openTunnel(client: Client, target: buildConnector.Options): Promise<TunnelSocket> {
  const path = `${target.hostname}:${target.port || 443}`;
  try {
    const { statusCode, socket } = await client.connect({ path, headers: { host: path } });
    if (statusCode === 200) return socket as TunnelSocket;
    socket.on("error", () => {}).destroy();
    throw new TunnelRefusedError(statusCode);
  } catch (error) {
    await client.destroy();
    throw error;
  }
}

/** One PEM text into its certificates: the runtime reads only the first of a text. */
export function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
