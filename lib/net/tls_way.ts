/**
 * The way to a server over the network: look-up, TCP, a tunnel through a proxy where one is named, TLS.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import { authority } from "./authority.ts";
import { Dialer } from "./dialer.ts";
import { greet } from "./tls_greeting.ts";
import { createTrust, secure, type Trust } from "./tls_socket.ts";
import { openTunnel } from "./tunnel.ts";
import type { Opened, Way, WayOptions, WayStage } from "./way.ts";

/** So many handshakes may hang before a server is asked first whether it answers one. */
const maxHanging = 8;

/** What a {@link TlsWay} needs beside where it leads. */
export interface TlsWayMeans {
  readonly clock: Clock;
  readonly random: Random;
}

/** How one step ended, which leaves a result to the next one. */
type Step<Result> = { readonly kind: "done"; readonly result: Result } | Exclude<Opened, { readonly kind: "open" }>;

/** One opening of a stream. */
interface Opening {
  readonly signal: AbortSignal;
  readonly entered: (stage: WayStage) => void;
}

/** Opens sockets to one server, and TLS over them. */
export class TlsWay implements Way {
  readonly #options: WayOptions;
  readonly #random: Random;
  readonly #dialer: Dialer;
  /** `host:port`, as in a URL. */
  readonly #authority: string;
  /** Sockets of handshakes that were given up, and that the runtime has not. */
  readonly #hanging = new Set<Socket>();
  #trust: Trust | undefined;

  constructor(options: WayOptions, { clock, random }: TlsWayMeans) {
    const { host, port } = options;
    this.#options = options;
    this.#random = random;
    this.#dialer = new Dialer(clock);
    this.#authority = authority({ hostname: host, port });
  }

  /** Sockets that are open, or being opened or closed; but see {@link Dialer.lingering}. */
  get open(): number {
    return this.#dialer.open;
  }

  /** @inheritdoc */
  async closed(): Promise<void> {
    await this.#dialer.closed();
  }

  /** @inheritdoc */
  async connect(signal: AbortSignal, entered: (stage: WayStage) => void): Promise<Opened> {
    const opening = { signal, entered };
    if (this.#hanging.size >= maxHanging) {
      const greeted = await this.#reach(opening, (tcp) => this.#greet(tcp, opening));
      if (greeted.kind !== "done") return greeted;
    }
    const secured = await this.#reach(opening, (tcp) => this.#secure(tcp, opening));
    return secured.kind === "done" ? { kind: "open", socket: secured.result } : secured;
  }

  /** Look-up, TCP, tunnel, and then what is given, over the socket. */
  async #reach<Result>(opening: Opening, then: (socket: Socket) => Promise<Step<Result>>): Promise<Step<Result>> {
    const { host, port, httpProxy } = this.#options;
    const next = httpProxy ?? { host, port };
    const tcp = await this.#dialer.connect(next.host, next.port, opening);
    if (tcp.kind !== "open") return tcp;
    try {
      const tunnel = await this.#tunnel(tcp.socket, opening);
      return tunnel.kind === "done" ? await then(tcp.socket) : tunnel;
    } catch (error) {
      tcp.socket.destroy();
      throw error;
    }
  }

  /** The tunnel over an open socket, where there is to be one. If it comes to nothing the socket is closed. */
  async #tunnel(tcp: Socket, { signal, entered }: Opening): Promise<Step<undefined>> {
    if (this.#options.httpProxy === undefined) return { kind: "done", result: undefined };
    entered("tunnel");
    const tunnel = await openTunnel(tcp, this.#authority, signal);
    switch (tunnel.kind) {
      case "open":
        return { kind: "done", result: undefined };
      case "refused":
        return {
          kind: "failed",
          end: "tunnel-refused",
          code: undefined,
          message: `The HTTP proxy answered CONNECT with ${tunnel.status}`,
          tunnelStatus: tunnel.status,
        };
      case "failed":
      case "aborted":
        return tunnel;
    }
  }

  /** Whether the server answers a handshake at all. The socket is closed. */
  async #greet(tcp: Socket, { signal, entered }: Opening): Promise<Step<undefined>> {
    entered("handshake");
    const greeted = await greet(tcp, this.#options.host, signal, this.#random);
    return greeted.kind === "answered" ? { kind: "done", result: undefined } : greeted;
  }

  /** TLS over an open socket, which is closed if it comes to nothing. */
  async #secure(tcp: Socket, { signal, entered }: Opening): Promise<Step<TLSSocket>> {
    const { host, caCerts } = this.#options;
    entered("handshake");
    this.#trust ??= createTrust(caCerts);
    const hangs = (socket: Socket): void => {
      this.#dialer.letGo(socket);
      this.#hanging.add(socket);
      socket.once("close", () => this.#hanging.delete(socket));
    };
    const tls = await secure(tcp, { host, trust: this.#trust, signal, hangs });
    return tls.kind === "open" ? { kind: "done", result: tls.socket } : tls;
  }
}
