/**
 * One request on its way: how far it is, and how it ends, which is told once.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Deadlines, Waiting } from "./deadlines.ts";
import type { HttpConnection, Sender } from "./http_connection.ts";
import type { ReplyHead } from "./http_head.ts";
import type { Lag, LagMeter } from "./lag.ts";

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** Path with query. */
  readonly path: string;
  /** In ASCII, without those that say where the request goes and where it ends. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; undefined for none. */
  readonly body: string | undefined;
  /** When to give up, in the clock's monotonic milliseconds. */
  readonly deadline: number;
  /** Gives up early. */
  readonly signal: AbortSignal;
  /** True: on a connection that nothing was sent on before, and that isn't kept afterwards. */
  readonly fresh?: boolean;
  /** True: it passes those that wait to open a connection. */
  readonly urgent?: boolean;
}

/** How a request ended. */
export type HttpResult =
  | {
    readonly kind: "reply";
    readonly status: number;
    /** Names in lower case; what came more than once is joined by a comma. */
    readonly headers: ReadonlyMap<string, string>;
    readonly body: string;
  }
  | { readonly kind: "failed"; readonly failure: HttpFailure }
  /** The request's signal aborted, or the client was disposed of. */
  | { readonly kind: "aborted" };

/** Why there is no reply. */
export interface HttpFailure {
  /**
   * How far it was: waiting for a place of ours, name look-up, TCP, CONNECT, TLS, writing the request, waiting for or reading
   * the reply.
   */
  readonly stage: "queue" | "look-up" | "connect" | "tunnel" | "handshake" | "write" | "reply";
  /**
   * What ended it: the deadline; an error of the system or of TLS; the peer closed; octets that are no HTTP or beyond the
   * limits; the proxy said no.
   */
  readonly end: "time" | "error" | "cut" | "malformed" | "tunnel-refused";
  /** A code of the system or of OpenSSL's vocabulary, where it is known. */
  readonly code: string | undefined;
  /** For the log; nothing of the reply's content. */
  readonly message: string;
  /** The proxy's answer to CONNECT. */
  readonly tunnelStatus?: number;
  /** The server's certificate was not accepted. */
  readonly untrusted: boolean;
  /** Milliseconds since it left our own queue; 0 while it was there. */
  readonly underWay: number;
  /** The longest lag of the event loop in that time, in milliseconds. */
  readonly lag: number;
  /** All lags of the event loop in that time together, in milliseconds. */
  readonly lagInAll: number;
  /** The whole request was handed to the system and taken by it. */
  readonly writtenWhole: boolean;
  /** The connection had served an earlier request. */
  readonly reused: boolean;
}

type Stage = HttpFailure["stage"];

/** What is known of a failure beside how far it was. */
interface Cause {
  readonly code: string | undefined;
  readonly message: string;
  readonly untrusted?: boolean;
  readonly tunnelStatus?: number;
}

/** What all requests of a client share. */
export interface ExchangeMeans {
  readonly clock: Clock;
  readonly lag: LagMeter;
  readonly deadlines: Deadlines;
}

/** A request from its beginning to its end. It is told by its connection what becomes of it. */
export class Exchange implements Sender, Waiting {
  /** See {@link HttpRequest.fresh}. */
  readonly fresh: boolean;
  /** See {@link HttpRequest.urgent}. */
  readonly urgent: boolean;
  /** See {@link HttpRequest.deadline}. */
  readonly deadline: number;
  readonly #means: ExchangeMeans;
  readonly #signal: AbortSignal;
  readonly #resolve: (result: HttpResult) => void;
  readonly #abort = (): void => this.abort();
  #whenSettled: (() => void) | undefined;
  #stage: Stage = "queue";
  #left: number | undefined;
  #endWatch: (() => Lag) | undefined;
  #connection: HttpConnection | undefined;
  #reused = false;
  #writtenWhole = false;
  #settled = false;

  /** @param resolve told how the request ended. */
  constructor(request: HttpRequest, means: ExchangeMeans, resolve: (result: HttpResult) => void) {
    this.fresh = request.fresh === true;
    this.urgent = request.urgent === true;
    this.deadline = request.deadline;
    this.#means = means;
    this.#resolve = resolve;
    this.#signal = request.signal;
    this.#signal.addEventListener("abort", this.#abort, { once: true });
    means.deadlines.add(this);
  }

  /** Calls `action` when the request has ended, in whatever way. */
  whenSettled(action: () => void): void {
    this.#whenSettled = action;
  }

  /** It has got so far. The first call takes it out of our own queue. */
  enter(stage: Exclude<Stage, "queue">): void {
    this.#stage = stage;
    this.#left ??= this.#means.clock.now();
    this.#endWatch ??= this.#means.lag.watch();
  }

  /** Sends it over a connection on which no other request is under way. */
  sendOver(connection: HttpConnection, octets: Uint8Array): void {
    this.#reused = connection.requests > 0;
    this.#connection = connection;
    this.enter("write");
    connection.send(octets, this, this.fresh);
  }

  /** @inheritdoc */
  written(): void {
    this.#writtenWhole = true;
    this.#stage = "reply";
  }

  /** @inheritdoc */
  replied({ status, fields }: ReplyHead, body: Uint8Array): void {
    const headers = new Map<string, string>();
    for (const [name, value] of fields) {
      const key = name.toLowerCase();
      const before = headers.get(key);
      headers.set(key, before === undefined ? value : `${before}, ${value}`);
    }
    this.#settle({ kind: "reply", status, headers, body: utf8.decode(body) });
  }

  /** @inheritdoc */
  failed(end: "error" | "cut" | "malformed", code: string | undefined, message: string): void {
    this.fail(end, { code, message });
  }

  /** It ends without a reply. */
  fail(end: HttpFailure["end"], { code, message, untrusted = false, tunnelStatus }: Cause): undefined {
    const { longest, total } = this.#endWatch?.() ?? { longest: 0, total: 0 };
    this.#settle({
      kind: "failed",
      failure: {
        stage: this.#stage,
        end,
        code,
        message,
        ...(tunnelStatus === undefined ? {} : { tunnelStatus }),
        untrusted,
        underWay: this.#left === undefined ? 0 : this.#means.clock.now() - this.#left,
        lag: longest,
        lagInAll: total,
        writtenWhole: this.#writtenWhole,
        reused: this.#reused,
      },
    });
  }

  /** @inheritdoc */
  timeUp(): void {
    this.fail("time", { code: undefined, message: waits[this.#stage] });
  }

  /** It is given up by whoever asked. */
  abort(): void {
    this.#settle({ kind: "aborted" });
  }

  #settle(result: HttpResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#means.deadlines.delete(this);
    this.#signal.removeEventListener("abort", this.#abort);
    this.#endWatch?.();
    this.#whenSettled?.();
    // After a reply it may serve the next request already.
    if (result.kind !== "reply") this.#connection?.close();
    this.#resolve(result);
  }
}

const utf8 = new TextDecoder();

/** What a deadline found it waiting for. */
const waits: Readonly<Record<Stage, string>> = {
  queue: "No connection could be opened in time: too many were being opened",
  "look-up": "The name was not looked up in time",
  connect: "The connection was not set up in time",
  tunnel: "The HTTP proxy did not open the tunnel in time",
  handshake: "TLS was not set up in time",
  write: "The request could not be written in time",
  reply: "No whole reply came in time",
};
