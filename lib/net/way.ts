/**
 * The way to a server: what opens streams over which HTTP is spoken. In operation it is look-up, TCP and TLS; where there is no
 * network it is whatever stands for one.
 *
 * @module
 */

import type { ConnectionSocket } from "./http_connection.ts";
import type { HttpFailure } from "./http_exchange.ts";

/** How far the opening of a stream is. */
export type WayStage = Extract<HttpFailure["stage"], "look-up" | "connect" | "tunnel" | "handshake">;

/** How the opening of a stream ended. */
export type Opened =
  /** The other side is who it should be, and nothing was sent to it yet. */
  | { readonly kind: "open"; readonly socket: ConnectionSocket }
  | Pick<HttpFailure, "end" | "code" | "message" | "tunnelStatus"> & {
    readonly kind: "failed";
    readonly untrusted?: boolean;
  }
  /** The signal aborted. */
  | { readonly kind: "aborted" };

/** Opens streams to one server. */
export interface Way {
  /** Streams that are open, or being opened or closed. */
  readonly open: number;
  /**
   * Opens a stream. If it comes to nothing, nothing is left open. Throws only for a mistake of ours.
   *
   * @param entered told what is waited for.
   */
  connect(signal: AbortSignal, entered: (stage: WayStage) => void): Promise<Opened>;
  /** Waits until all that was open is closed. Whoever calls has closed it. */
  closed(): Promise<void>;
}

/** Which server, whom to trust there, and how to get there. */
export interface WayOptions {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** PEM text: these authorities are trusted alone (on 2.6 they come on top); undefined for the runtime's roots. */
  readonly caCerts: string | undefined;
  /** A proxy that is asked for a tunnel with CONNECT. */
  readonly httpProxy: { readonly host: string; readonly port: number } | undefined;
}

/** Finds the way to a server. */
export type FindWay = (options: WayOptions) => Way;
