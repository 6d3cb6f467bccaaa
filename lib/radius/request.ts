/**
 * What the server's end of RADIUS knows of who asks, and what it hands on of a request that has passed all checks.
 *
 * @module
 */

import type { Network } from "../net/network.ts";
import type { Packet } from "./packet.ts";
import type { Response } from "./response.ts";

/** What a gateway's requests must carry: `auto` requires it from an address once a valid one was seen from there. */
export type Requirement = "true" | "false" | "auto";

/** Takes a request that has passed all checks to its response. Repeats of it never come here. */
export type Handler = (request: AccessRequest) => Promise<Response>;

/** A gateway that may ask, or a network of gateways, with the secret that they share with this proxy. */
export interface ServedGateway {
  readonly network: Network;
  readonly secret: Uint8Array;
  /** Whether an Access-Request must carry Message-Authenticator. One with EAP-Message always must (RFC 3579, section 3.1). */
  readonly requireMessageAuthenticator: Requirement;
  /** Whether one with Proxy-State must: a forged one is what CVE-2024-3596 needs. */
  readonly limitProxyState: Requirement;
  /** Name of the section that the gateway belongs to. */
  readonly section: string;
  /** N of its `radius_ip_N`. */
  readonly number: number;
  /** Whether each repeat is a line of the debug log. */
  readonly debug: boolean;
  readonly handler: Handler;
  /**
   * Rejects a request that was answered long ago: somebody sends it again. `report`: whether an event says so. Must not throw.
   */
  readonly rejectReplay: (request: AccessRequest, report: boolean) => Response;
}

/** Where a datagram came from. */
export interface Source {
  /** IPv4 addresses are in dotted form, also on a socket for both families. */
  readonly address: string;
  readonly port: number;
}

/** An Access-Request that has passed all checks. */
export interface AccessRequest {
  readonly packet: Packet;
  readonly source: Source;
  /** The gateway's secret when the request came; a reload doesn't change it. */
  readonly secret: Uint8Array;
  /** Whether it came with a valid Message-Authenticator: anybody can send an unsigned one under a gateway's address. */
  readonly signed: boolean;
  /** When its datagram came, in the clock's monotonic milliseconds. */
  readonly receivedAt: number;
  /** Short, and unique on this proxy: for events and log lines. */
  readonly id: string;
  readonly gateway: ServedGateway;
}
