/**
 * The first steps of a datagram, on every port alike: its structure, and the gateway that it comes from.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { GatewayTable } from "./gateway_table.ts";
import { LocalStatus } from "./local_status.ts";
import type { DropReason } from "./observer.ts";
import { decodePacket, type Packet, packetLength } from "./packet.ts";
import type { ServedGateway } from "./request.ts";

/** A packet of a gateway that is known. */
export interface Arrival {
  readonly kind: "arrival";
  readonly packet: Packet;
  /** The octets of the packet, cut to its Length. */
  readonly bytes: Uint8Array;
  /** Where it comes from, in the one spelling of that address. */
  readonly address: string;
  readonly gateway: ServedGateway;
}

/** A datagram that is dropped. */
export interface Dropped {
  readonly kind: "dropped";
  readonly reason: DropReason;
  readonly address: string;
  /** Undefined for strangers. */
  readonly gateway: ServedGateway | undefined;
  /** Ends a sentence for the log. */
  readonly what: string;
}

/** Takes datagrams apart for one port. */
export class Arrivals {
  readonly #clock: Clock;
  readonly #sections: string;
  readonly #localStatus: LocalStatus;
  #gateways: GatewayTable<ServedGateway>;

  /** @param sections which ones list the gateways of this port, for the log: `section` or `section with ...`. */
  constructor(clock: Clock, gateways: readonly ServedGateway[], sections: string) {
    this.#clock = clock;
    this.#sections = sections;
    this.#localStatus = new LocalStatus(clock.now());
    this.#localStatus.setGateways(gateways);
    this.#gateways = new GatewayTable(gateways);
  }

  /** Exchanges the gateways. */
  setGateways(gateways: readonly ServedGateway[]): void {
    this.#localStatus.setGateways(gateways);
    this.#gateways = new GatewayTable(gateways);
  }

  /** @param own the address that the socket is bound to. */
  read(datagram: Uint8Array, from: Deno.NetAddr, own: string): Arrival | Dropped {
    const decoded = decodePacket(datagram);
    const { address, gateway: known } = this.#gateways.locate(from.hostname);
    if (decoded.kind === "malformed") {
      const what = `a datagram that is no RADIUS packet: ${decoded.reason}`;
      return { kind: "dropped", reason: "malformed", address, gateway: known, what };
    }
    const { packet } = decoded;
    const bytes = datagram.subarray(0, packetLength(datagram));
    const gateway = known ?? this.#localStatus.find(bytes, packet, address, own, this.#clock.now());
    if (gateway === undefined) {
      const what = `a packet: no ${this.#sections} on this port lists it as radius_ip_N`;
      return { kind: "dropped", reason: "unknown-client", address, gateway, what };
    }
    return { kind: "arrival", packet, bytes, address, gateway };
  }
}
