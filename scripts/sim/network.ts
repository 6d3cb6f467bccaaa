/**
 * The virtual network for datagrams: it loses, repeats, delays, and so brings them in another order.
 *
 * @module
 */

import type { DatagramSocket } from "../../lib/radius/endpoint.ts";
import type { VirtualClock } from "./clock.ts";
import type { Seeded } from "./random.ts";

/** An address with its port. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** What happens to datagrams between two places. */
export interface Link {
  /** Probability that one is lost. */
  readonly loss: number;
  /** Probability that one comes twice. */
  readonly twice: number;
  /** The longest delay, in ms; the shortest is 1. */
  readonly delay: number;
}

/** Told about a datagram when it arrives. */
export type Arrival = (bytes: Uint8Array, from: Address) => void;

/** Between all addresses of a world. */
export class VirtualNetwork {
  readonly #clock: VirtualClock;
  readonly #places = new Map<string, Arrival>();
  #port = 20_000;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** Sends a datagram. `arriving` is told just before it arrives, each time it does. */
  send(bytes: Uint8Array, from: Address, to: Address, link: Link, random: Seeded, arriving?: () => void): void {
    for (let copies = random.chance(link.twice) ? 2 : 1; copies > 0; copies--) {
      const [lost, delay] = [random.chance(link.loss), 1 + random.below(link.delay)];
      if (lost) continue;
      this.#clock.after(delay, () => {
        const take = this.#places.get(key(to));
        if (take === undefined) return;
        arriving?.();
        take(bytes, from);
      });
    }
  }

  /** Whether somebody takes datagrams there. */
  isOpen(address: Address): boolean {
    return this.#places.has(key(address));
  }

  /** Takes datagrams at an address. */
  listen(address: Address, take: Arrival): void {
    this.#places.set(key(address), take);
  }

  /**
   * A socket as the program has it.
   *
   * @param sent told about each datagram that leaves by it.
   * @throws {Deno.errors.AddrInUse} if somebody listens there.
   */
  bind(address: Address, sent: (bytes: Uint8Array, from: Address, to: Address) => void): DatagramSocket {
    const own = address.port === 0 ? { ...address, port: this.#port++ } : address;
    if (this.#places.has(key(own))) throw new Deno.errors.AddrInUse(key(own));
    const came: { readonly bytes: Uint8Array; readonly from: Address }[] = [];
    let waiting: PromiseWithResolvers<void> | undefined;
    let closed = false;
    this.#places.set(key(own), (bytes, from) => {
      came.push({ bytes, from });
      waiting?.resolve();
    });
    return {
      addr: { transport: "udp", ...own },
      receive: async (buffer) => {
        while (came.length === 0 && !closed) {
          waiting = Promise.withResolvers<void>();
          await waiting.promise;
        }
        const next = came.shift();
        if (next === undefined || closed) throw new Deno.errors.BadResource("The socket is closed");
        buffer.set(next.bytes);
        return [buffer.subarray(0, next.bytes.length), { transport: "udp", ...next.from }];
      },
      send: (bytes, to) => {
        if (to.transport !== "udp") throw new TypeError(to.transport);
        if (!closed) sent(bytes.slice(), own, { hostname: to.hostname, port: to.port });
        return Promise.resolve(bytes.length);
      },
      close: () => {
        closed = true;
        this.#places.delete(key(own));
        waiting?.resolve();
      },
    };
  }
}

function key({ hostname, port }: Address): string {
  return `${hostname} ${port}`;
}
