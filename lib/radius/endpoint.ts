/**
 * A UDP socket that serves: datagrams in, replies out, and lines about both that cannot fill the log.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import { LogLimiter } from "./log_limiter.ts";
import type { DropReason, ServerObserver } from "./observer.ts";
import { maxPacketLength } from "./packet.ts";

/** The part of `Deno.DatagramConn` that is used. */
export interface DatagramSocket {
  readonly addr: Deno.Addr;
  receive(buffer: Uint8Array): Promise<[Uint8Array, Deno.Addr]>;
  send(bytes: Uint8Array, to: Deno.Addr): Promise<number>;
  close(): void;
}

/** What an endpoint is made of. */
export interface EndpointOptions {
  /** Belongs to the endpoint from now on: closed with it. */
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  readonly observer: Pick<ServerObserver, "dropped" | "log">;
  /** Takes a datagram, whose octets are its own. Must not throw. */
  readonly take: (datagram: Uint8Array, from: Deno.NetAddr) => void;
}

/** Log lines about one topic: once in this many ms. */
const logInterval = 60_000;

/** Topics per interval. Strangers have their own, so that a flood of them doesn't hide what happens to gateways. */
const maxLogTopics = 256;

/** A socket that fails again and again is asked after these many ms, doubled each time up to the second. */
const retryDelays = { first: 10, last: 1_000 } as const;

/** A socket that serves from its construction until it is disposed of. */
export class Endpoint implements AsyncDisposable {
  readonly #socket: DatagramSocket;
  readonly #clock: Clock;
  readonly #observer: EndpointOptions["observer"];
  readonly #take: EndpointOptions["take"];
  readonly #gatewayLog = new LogLimiter(logInterval, maxLogTopics);
  readonly #strangerLog = new LogLimiter(logInterval, maxLogTopics);
  readonly #sending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;

  constructor({ socket, clock, observer, take }: EndpointOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#observer = observer;
    this.#take = take;
    this.#loop = this.#serve();
  }

  /** The address that the socket is bound to. */
  get address(): { readonly hostname: string; readonly port: number } {
    const { addr } = this.#socket;
    if (addr.transport !== "udp") throw new TypeError(`RADIUS is not served over ${addr.transport}`);
    return addr;
  }

  /** Topics of lines that are remembered, so that they come no more often than they may. */
  get topics(): number {
    return this.#gatewayLog.size + this.#strangerLog.size;
  }

  /** Sends a reply, and resolves when it is handed over. One that can't be sent is a line in the log. */
  send(reply: Uint8Array, to: Deno.NetAddr): Promise<void> {
    const sent = this.#trySend(reply, to).finally(() => this.#sending.delete(sent));
    this.#sending.add(sent);
    return sent;
  }

  /**
   * Counts a datagram that is dropped, and logs it.
   *
   * @param gateway whose it is; undefined: a stranger's, or not known.
   * @param what ends a sentence for the log; undefined: none is written.
   * @param user who asks, as far as the packet says so: nothing proves it.
   */
  drop(
    reason: DropReason,
    source: string,
    gateway: { readonly section: string } | undefined,
    what: string | undefined,
    user?: string,
  ): void {
    const section = gateway === undefined ? {} : { section: gateway.section };
    this.#observer.dropped({ reason, source, ...section });
    if (what === undefined) return;
    const log = gateway === undefined ? this.#strangerLog : this.#gatewayLog;
    this.#logLimited(log, `${reason} ${source}`, `Dropped from ${source} ${what}`, {
      ...section,
      ...user === undefined ? {} : { user },
    });
  }

  /** Closes the socket. Replies that come later are sent nowhere. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#socket.close();
    }
    await this.#loop;
    await Promise.all(this.#sending);
  }

  async #serve(): Promise<void> {
    const { signal } = this.#closing;
    const buffer = new Uint8Array(maxPacketLength);
    for (let errors = 0; !signal.aborted;) {
      try {
        const [bytes, from] = await this.#socket.receive(buffer);
        errors = 0;
        // The buffer takes the next datagram while this one's login is still under way.
        if (from.transport === "udp") this.#take(bytes.slice(), from);
      } catch (error) {
        if (signal.aborted) return;
        // An ICMP error about an earlier reply comes out here, once. A socket that only fails must not keep the loop busy.
        if (++errors === 1) continue;
        this.#logLimited(this.#gatewayLog, "receive", `Can't receive: ${errorText(error)}`, {});
        await sleep(this.#clock, Math.min(retryDelays.first * 2 ** (errors - 2), retryDelays.last), signal);
      }
    }
  }

  async #trySend(reply: Uint8Array, to: Deno.NetAddr): Promise<void> {
    if (this.#closing.signal.aborted) return;
    try {
      await this.#socket.send(reply, to);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const text = `Can't send a reply to ${to.hostname}: ${errorText(error)}`;
      this.#logLimited(this.#gatewayLog, `send ${to.hostname}`, text, {});
    }
  }

  #logLimited(log: LogLimiter, topic: string, message: string, fields: Readonly<Record<string, string>>): void {
    if (log.allows(topic, this.#clock.now())) this.#observer.log("warning", message, fields);
  }
}

/** An error as a line of the log names it. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
