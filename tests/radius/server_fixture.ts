/**
 * A RADIUS server for tests: on loopback or in memory, with everything it tells collected.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parseNetwork } from "../../lib/net/network.ts";
import { type Attribute, attributeType, textAttribute } from "../../lib/radius/attributes.ts";
import { verifyMessageAuthenticator, verifyResponseAuthenticator } from "../../lib/radius/authenticator.ts";
import type { DatagramSocket } from "../../lib/radius/endpoint.ts";
import type { Drop, RepeatKind, ServerObserver } from "../../lib/radius/observer.ts";
import type { AccessRequest, Handler, ServedGateway } from "../../lib/radius/request.ts";
import { RadiusServer, type RadiusServerOptions, type ServerLimits } from "../../lib/radius/server.ts";
import type { Response } from "../../lib/radius/response.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { octets } from "./packets.ts";

/** The secret of gateways that aren't given another. */
export const secret = octets("a secret of the tests");

/** As proxies between a gateway and this one add it. */
export const proxyState: Attribute = textAttribute(attributeType.proxyState, "1");

/** A gateway that takes any rule; everything has a default. */
export function served(
  parts: Partial<Omit<ServedGateway, "network">> & { readonly network?: string } = {},
): ServedGateway {
  const network = parseNetwork(parts.network ?? "127.0.0.0/8");
  if (network === undefined) throw new Error(`${parts.network} is no network`);
  return {
    secret,
    requireMessageAuthenticator: "auto",
    limitProxyState: "auto",
    section: "radius_server_auto",
    number: 1,
    debug: false,
    handler: () => Promise.resolve({ kind: "accept" }),
    rejectReplay: (_request, report) => ({ kind: "reject", message: report ? "replay, reported" : "replay" }),
    ...parts,
    network,
  };
}

/** Expects a reply that proves itself and begins with Message-Authenticator. */
export function assertReply(reply: Uint8Array, request: Uint8Array, code: number, key: Uint8Array = secret): void {
  const authenticator = request.subarray(4, 20);
  assertEquals([reply[0], reply[1]], [code, request[1]]);
  assert(verifyResponseAuthenticator(reply, authenticator, key));
  assertEquals(verifyMessageAuthenticator(reply, authenticator, key), "valid");
  assertEquals(reply[20], attributeType.messageAuthenticator);
}

/** What goes along with a line of the log. */
type LineFields = Readonly<Record<string, string | number>>;

/** What a server tells. */
export class Observer implements ServerObserver {
  readonly drops: Drop[] = [];
  readonly repeats: RepeatKind[] = [];
  /** Sections of the Accounting-Requests that were acknowledged. */
  readonly acknowledgements: string[] = [];
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LineFields }[] = [];

  dropped(drop: Drop): void {
    this.drops.push(drop);
  }

  acknowledged(section: string): void {
    this.acknowledgements.push(section);
  }

  repeated(kind: RepeatKind): void {
    this.repeats.push(kind);
  }

  log(level: string, message: string, fields: LineFields = {}): void {
    this.lines.push({ level, message, fields });
  }

  /** Reasons of the drops, in order. */
  get reasons(): readonly string[] {
    return this.drops.map(({ reason }) => reason);
  }
}

/** A handler whose logins wait until a test decides. */
export class Logins {
  readonly requests: AccessRequest[] = [];
  readonly #responses: ((response: Response) => void)[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly handler: Handler = (request) => {
    this.requests.push(request);
    for (const wake of this.#waiting.splice(0)) wake();
    return new Promise((resolve) => this.#responses.push(resolve));
  };

  /** Decides the login of this number, counted from 0. */
  decide(index: number, response: Response): void {
    this.#responses[index]?.(response);
  }

  /** Resolves when so many logins have begun. */
  async begun(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** A server, its clock and what it told. */
export class ServerFixture implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly observer = new Observer();
  readonly server: RadiusServer;

  constructor(
    socket: DatagramSocket,
    gateways: readonly ServedGateway[],
    limits: Partial<ServerLimits> = {},
    shared: Pick<RadiusServerOptions, "replays" | "signing"> = {},
  ) {
    this.server = new RadiusServer({ socket, clock: this.clock, gateways, observer: this.observer, limits, ...shared });
  }

  /** A server on a free port of loopback. */
  static onLoopback(gateways: readonly ServedGateway[], hostname = "127.0.0.1"): ServerFixture {
    return new ServerFixture(Deno.listenDatagram({ transport: "udp", hostname, port: 0 }), gateways);
  }

  /** Where a gateway sends to. */
  at(hostname = "127.0.0.1"): { readonly hostname: string; readonly port: number } {
    return { hostname, port: this.server.address.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
