/**
 * The accounting port: Accounting-Requests are acknowledged (RFC 2866), and nothing else is done with them, for gateways that
 * fail a login whose accounting nobody answers.
 *
 * Nothing is remembered: the answer to a repeat is made of the same octets as the first time, since it depends on nothing but
 * the request and the secret.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { Arrivals } from "./arrival.ts";
import { verifyAccountingRequest, verifyMessageAuthenticator } from "./authenticator.ts";
import type { Refusal } from "./authenticity.ts";
import { type DatagramSocket, Endpoint } from "./endpoint.ts";
import type { ServerObserver } from "./observer.ts";
import { type Packet, packetCode } from "./packet.ts";
import { encodeAcknowledgement } from "./reply.ts";
import type { ServedGateway } from "./request.ts";

/** What an accounting server is made of. */
export interface AccountingServerOptions {
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  readonly gateways: readonly ServedGateway[];
  readonly observer: Pick<ServerObserver, "dropped" | "acknowledged" | "log">;
}

/** An Accounting-Request is signed, if it is, with zeros where its authenticator stands, which is computed after that. */
const zeros = new Uint8Array(16);

/** A server on one accounting port. It serves from its construction until it is disposed of. */
export class AccountingServer implements AsyncDisposable {
  readonly #endpoint: Endpoint;
  readonly #observer: AccountingServerOptions["observer"];
  readonly #arrivals: Arrivals;
  #draining = false;

  constructor({ socket, clock, gateways, observer }: AccountingServerOptions) {
    this.#observer = observer;
    this.#arrivals = new Arrivals(clock, gateways, "section with accounting");
    this.#endpoint = new Endpoint({ socket, clock, observer, take: (datagram, from) => this.#take(datagram, from) });
  }

  /** The address that the socket is bound to. */
  get address(): { readonly hostname: string; readonly port: number } {
    return this.#endpoint.address;
  }

  /** Exchanges the gateways. */
  setGateways(gateways: readonly ServedGateway[]): void {
    this.#arrivals.setGateways(gateways);
  }

  /** From now on Status-Server gets no answer, so that gateways turn to others. What they report is taken until the end. */
  drain(): void {
    this.#draining = true;
  }

  /** Nothing is ever under way. */
  idle(): Promise<void> {
    return Promise.resolve();
  }

  /** Closes the socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endpoint[Symbol.asyncDispose]();
  }

  #take(datagram: Uint8Array, from: Deno.NetAddr): void {
    const arrival = this.#arrivals.read(datagram, from, this.address.hostname);
    if (arrival.kind === "dropped") {
      return this.#endpoint.drop(arrival.reason, arrival.address, arrival.gateway, arrival.what);
    }
    const { packet, bytes, address, gateway } = arrival;
    const refused = refusal(bytes, packet, gateway);
    if (refused !== undefined) return this.#endpoint.drop(refused.reason, address, gateway, refused.what);
    if (packet.code === packetCode.accountingRequest) this.#observer.acknowledged(gateway.section);
    else if (this.#draining) return this.#endpoint.drop("draining", address, gateway, undefined);
    void this.#endpoint.send(encodeAcknowledgement(packet, gateway.secret), from);
  }
}

/** Why a packet is dropped; undefined if it may pass. What passes is never shorter than its answer, whatever its Proxy-State. */
function refusal(bytes: Uint8Array, packet: Packet, { secret, number }: ServedGateway): Refusal | undefined {
  const isStatus = packet.code === packetCode.statusServer;
  if (!isStatus && packet.code !== packetCode.accountingRequest) {
    const what =
      `a packet of code ${packet.code} on the accounting port: only Accounting-Request and Status-Server are served`;
    return { reason: "code", what };
  }
  const blame = `the gateway's shared secret most likely differs from radius_secret_${number}`;
  if (!isStatus && !verifyAccountingRequest(bytes, secret)) {
    const what = `an Accounting-Request with a wrong Request Authenticator: ${blame}`;
    return { reason: "bad-request-authenticator", what };
  }
  const signature = verifyMessageAuthenticator(bytes, isStatus ? packet.authenticator : zeros, secret);
  if (signature === "invalid") {
    return { reason: "bad-message-authenticator", what: `a packet with a wrong Message-Authenticator: ${blame}` };
  }
  if (isStatus && signature === "absent") {
    const what = "a Status-Server without Message-Authenticator, which RADIUS requires of it";
    return { reason: "no-message-authenticator", what };
  }
  return undefined;
}
