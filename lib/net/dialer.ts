/**
 * Opens TCP connections.
 *
 * A socket of `node:net` that is given up while it connects keeps its descriptor until the system gives up too, two minutes
 * later, whether it is destroyed or not. Where a black hole swallows connections, a busy process would run out of
 * descriptors. So a dialer counts those, and when there are some it tries first in the runtime's own way, which can be
 * taken back but gives no socket that `node:tls` can use.
 *
 * @module
 */

import { isIP, Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { type LookUp, LookUps } from "./look_up.ts";
import { describe, type SocketError } from "./socket_error.ts";

/** How a connection was opened, or not. */
export type Dialed =
  | { readonly kind: "open"; readonly socket: Socket }
  | SocketError & { readonly kind: "failed" }
  /** The signal aborted. */
  | { readonly kind: "aborted" };

/** What {@link Dialer.connect} needs beside the address. */
export interface DialOptions {
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Told what is waited for; there is no look-up of an address. */
  readonly entered?: (stage: "look-up" | "connect") => void;
}

/** So many may linger before connections are tried first. */
const maxLingering = 8;

/** How long an address has before the next one is tried beside it, in ms (RFC 8305, 5). */
const headStart = 250;

/** Opens connections, and knows which of them are open. */
export class Dialer {
  readonly #clock: Clock;
  readonly #lookUps: LookUps;
  readonly #open = new Set<Socket>();
  readonly #lingering = new Set<Socket>();

  constructor(clock: Clock, lookUp?: LookUp) {
    this.#clock = clock;
    this.#lookUps = new LookUps(clock, lookUp);
  }

  /** Sockets that are open, or being opened or closed. */
  get open(): number {
    return this.#open.size;
  }

  /** Sockets that were given up while they connected, and that the system has not given up yet. */
  get lingering(): number {
    return this.#lingering.size;
  }

  /**
   * Opens a connection without Nagle's delay, and hands it over paused. If it comes to nothing, nothing is left open, but
   * see {@link Dialer.lingering}.
   *
   * @param host a name or an address, IPv6 without brackets.
   */
  async connect(host: string, port: number, { signal, entered }: DialOptions): Promise<Dialed> {
    if (signal.aborted) return { kind: "aborted" };
    try {
      let addresses: readonly string[] = [host];
      if (isIP(host) === 0) {
        entered?.("look-up");
        const found = await unlessAborted(this.#lookUps.addresses(host), signal);
        if (found === undefined) return { kind: "aborted" };
        addresses = found;
      }
      entered?.("connect");
      if (this.#lingering.size >= maxLingering) addresses = [await firstToAnswer(addresses, port, signal)];
      return signal.aborted ? { kind: "aborted" } : await this.#race(addresses, port, signal);
    } catch (error) {
      return signal.aborted ? { kind: "aborted" } : { kind: "failed", ...describe(error) };
    }
  }

  /** Counts a socket no more, whose end is waited for by nobody. */
  letGo(socket: Socket): void {
    this.#open.delete(socket);
  }

  /** Waits until all that was open is closed, but for what lingers. Whoever calls has closed it. */
  async closed(): Promise<void> {
    await Promise.all([...this.#open].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  }

  /** Tries addresses one after the other, a slow one beside the next; the first that answers wins. */
  #race(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Dialed> {
    return new Promise((resolve) => {
      const running = new Set<Socket>();
      let failure: SocketError | undefined;
      let next = 0;
      let cancel = (): void => {};
      const finish = (result: Dialed): void => {
        cancel();
        signal.removeEventListener("abort", onAbort);
        for (const socket of running) this.#giveUp(socket);
        resolve(result);
      };
      const onAbort = (): void => finish({ kind: "aborted" });
      const start = (): void => {
        cancel();
        const host = addresses[next++];
        if (host === undefined) return;
        const socket = this.#create(host, port);
        running.add(socket);
        socket.once("connect", () => {
          if (running.delete(socket)) finish({ kind: "open", socket });
        });
        // Stays: an error without a listener would end the process.
        socket.on("error", (error) => {
          if (!running.delete(socket)) return;
          failure ??= describe(error);
          if (next < addresses.length) start();
          else if (running.size === 0) finish({ kind: "failed", ...failure });
        });
        if (next < addresses.length) cancel = this.#clock.after(headStart, start);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      start();
    });
  }

  #create(host: string, port: number): Socket {
    const socket = new Socket();
    // Before it begins to connect: on 2.6 it has no effect between that and the connection, and each first request would
    // wait 40 ms.
    socket.setNoDelay(true);
    // Else 2.6 begins to read when it connects, and takes the peer's part of the handshake away from TLS.
    socket.pause();
    socket.connect({ host, port });
    this.#open.add(socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#lingering.delete(socket);
    });
    return socket;
  }

  #giveUp(socket: Socket): void {
    this.#open.delete(socket);
    this.#lingering.add(socket);
    socket.once("connect", () => socket.destroy());
    socket.unref();
  }
}

/** The result of a promise; undefined if the signal aborts first. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * The address that takes a connection first. The connection is closed at once.
 *
 * @throws what the first address failed of, if none does; anything if the signal aborts.
 */
async function firstToAnswer(addresses: readonly string[], port: number, signal: AbortSignal): Promise<string> {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  try {
    return await Promise.any(addresses.map(async (hostname) => {
      (await Deno.connect({ hostname, port, signal: either })).close();
      return hostname;
    }));
  } finally {
    enough.abort();
  }
}
