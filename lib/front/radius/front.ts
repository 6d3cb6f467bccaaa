/**
 * The RADIUS door: a UDP port for logins, or one for accounting.
 *
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import { AccountingServer } from "../../radius/accounting.ts";
import type { DatagramSocket } from "../../radius/endpoint.ts";
import type { ServerObserver } from "../../radius/observer.ts";
import type { Replays } from "../../radius/replays.ts";
import type { ServedGateway } from "../../radius/request.ts";
import { RadiusServer } from "../../radius/server.ts";
import type { SigningMemory } from "../../radius/signing.ts";
import type { Front, Place } from "../front.ts";
import { listenAt } from "../listen.ts";

/** What the door takes from the process. */
export interface RadiusFrontOptions {
  /** Opens a UDP socket. Throws what `Deno.listenDatagram` throws. */
  readonly listen: (address: { readonly hostname: string; readonly port: number }) => DatagramSocket;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: ServerObserver;
  /** Over all sockets and reloads: a captured request must be known again whichever port it is sent to. */
  readonly replays: Replays;
  /** What `auto` has learned of the gateways, over reloads, too. */
  readonly signing: SigningMemory;
}

/** What the door needs to know of a section. */
export interface ServedGateways {
  /** Its gateways, see {@link import("./handler.ts").handlerOf}. */
  readonly gateways: readonly ServedGateway[];
}

/** One UDP port. */
export class RadiusFront implements Front<ServedGateways> {
  readonly #server: RadiusServer | AccountingServer;

  private constructor(server: RadiusServer | AccountingServer) {
    this.#server = server;
  }

  /**
   * Opens the port.
   *
   * @throws what `listen` throws.
   */
  static open(place: Place, options: RadiusFrontOptions): RadiusFront {
    const { listen, clock, random, observer, replays, signing } = options;
    const common = { socket: listenAt(place, listen), clock, gateways: [], observer };
    return new RadiusFront(
      place.serves === "accounting"
        ? new AccountingServer(common)
        : new RadiusServer({ ...common, random, replays, signing }),
    );
  }

  /** The address that the socket is bound to. */
  get address(): { readonly hostname: string; readonly port: number } {
    return this.#server.address;
  }

  /** Exchanges the gateways. Requests under way, answers for repeats and what `auto` has learned stay. */
  assign(sections: readonly ServedGateways[]): void {
    this.#server.setGateways(sections.flatMap(({ gateways }) => gateways));
  }

  /** From now on no login begins; those under way are answered, and so are repeats. Status-Server gets no answer any more. */
  drain(): void {
    this.#server.drain();
  }

  /** Resolves when no verdict is awaited and all replies are handed over. */
  idle(): Promise<void> {
    return this.#server.idle();
  }

  /** Closes the socket. Verdicts that are still awaited are sent nowhere. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
