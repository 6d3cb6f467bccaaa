/**
 * Status-Server from this machine itself, whose address no section lists: `connectivity-check` asks in this way whether it is
 * this proxy that holds a port. It counts as from the gateway whose secret it is signed with, and gets nothing but the answer
 * that the proxy is there.
 *
 * Secrets are tried for it, so how often is limited: nobody on this machine shall guess them here, or keep the proxy busy.
 *
 * @module
 */

import { verifyMessageAuthenticator } from "./authenticator.ts";
import { type Packet, packetCode } from "./packet.ts";
import type { ServedGateway } from "./request.ts";

/** How many secrets are tried for one packet; `connectivity-check` tries no more. */
const maxSecrets = 16;

/** Packets whose secret is sought: so many at once, and then so many a second. A check sends one a secret, and repeats it. */
const allowance = { burst: 64, perSecond: 4 } as const;

/** Finds the gateways of such packets. */
export class LocalStatus {
  #gateways: readonly ServedGateway[] = [];
  #left: number = allowance.burst;
  #since: number;

  /** @param now ms. */
  constructor(now: number) {
    this.#since = now;
  }

  /** Exchanges the gateways. */
  setGateways(gateways: readonly ServedGateway[]): void {
    this.#gateways = gateways.slice(0, maxSecrets);
  }

  /**
   * The gateway whose secret a packet is signed with.
   *
   * @param bytes the packet, cut to its Length.
   * @param own the address that the socket is bound to.
   * @returns undefined if it is no Status-Server of this machine, if no secret fits, or if too many came.
   */
  find(bytes: Uint8Array, packet: Packet, address: string, own: string, now: number): ServedGateway | undefined {
    if (packet.code !== packetCode.statusServer || !isLocal(address, own)) return undefined;
    this.#left = Math.min(allowance.burst, this.#left + (now - this.#since) / 1_000 * allowance.perSecond);
    this.#since = now;
    if (this.#left < 1) return undefined;
    this.#left--;
    return this.#gateways.find(({ secret }) =>
      verifyMessageAuthenticator(bytes, packet.authenticator, secret) === "valid"
    );
  }
}

function isLocal(address: string, own: string): boolean {
  return address.startsWith("127.") || address === "::1" || address === own;
}
