/**
 * Which gateway an address belongs to, among thousands of networks: the most specific one that holds it.
 *
 * @module
 */

import { canonicalAddress, type Network, networkSize, parseAddress } from "../net/network.ts";

/** An address and whose it is. */
export interface Located<Gateway> {
  /** The one spelling of the address; IPv4-mapped addresses in dotted form. */
  readonly address: string;
  readonly gateway: Gateway | undefined;
}

/** How many addresses of gateways are remembered, so that they aren't parsed and searched for again. */
const maxRemembered = 4_096;

/** A lookup from addresses to gateways. */
export class GatewayTable<Gateway extends { readonly network: Network }> {
  readonly #families: Readonly<Record<4 | 6, Intervals<Gateway>>>;
  /** Only of known gateways: strangers must not push them out. */
  readonly #remembered = new Map<string, Located<Gateway>>();

  /** Of gateways with networks of one size that overlap, the first counts. */
  constructor(gateways: readonly Gateway[]) {
    const ofFamily = (family: 4 | 6): Gateway[] => gateways.filter(({ network }) => network.family === family);
    this.#families = { 4: new Intervals(ofFamily(4)), 6: new Intervals(ofFamily(6)) };
  }

  /** Finds the gateway of an address as a socket gives it. */
  locate(hostname: string): Located<Gateway> {
    const remembered = this.#remembered.get(hostname);
    if (remembered !== undefined) return remembered;
    const parsed = parseAddress(hostname);
    if (parsed === undefined) return { address: hostname, gateway: undefined };
    const located: Located<Gateway> = {
      address: canonicalAddress(hostname) ?? hostname,
      gateway: this.#families[parsed.family].find(parsed.value),
    };
    if (located.gateway !== undefined) {
      if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
      this.#remembered.set(hostname, located);
    }
    return located;
  }
}

/** The addresses of one family, cut where a network begins or ends; each interval belongs to one gateway at most. */
class Intervals<Gateway extends { readonly network: Network }> {
  /** Ascending; the first address of each interval. */
  readonly #starts: readonly bigint[];
  readonly #owners: readonly (Gateway | undefined)[];

  constructor(gateways: readonly Gateway[]) {
    const cuts = new Set<bigint>();
    for (const { network } of gateways) cuts.add(network.first).add(network.last + 1n);
    this.#starts = [...cuts].sort(compare);
    const owners = new Array<Gateway | undefined>(this.#starts.length).fill(undefined);
    const position = new Map(this.#starts.map((start, index) => [start, index]));
    // The smallest network comes first and takes its intervals; larger ones get what is left. `next` leads from each interval
    // to the first one at or behind it that is still free, so that no interval is looked at again for every network.
    const next = Uint32Array.from({ length: this.#starts.length + 1 }, (_, index) => index);
    const free = (index: number): number => {
      let found = index;
      while (at(next, found) !== found) found = at(next, found);
      for (let step = index; step !== found;) {
        const following = at(next, step);
        next[step] = found;
        step = following;
      }
      return found;
    };
    const bySize = gateways.toSorted((a, b) => compare(networkSize(a.network), networkSize(b.network)));
    for (const gateway of bySize) {
      const end = position.get(gateway.network.last + 1n) ?? 0;
      for (let index = free(position.get(gateway.network.first) ?? end); index < end; index = free(index)) {
        owners[index] = gateway;
        next[index] = index + 1;
      }
    }
    this.#owners = owners;
  }

  find(address: bigint): Gateway | undefined {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    return this.#owners[low - 1];
  }
}

function at(numbers: Uint32Array, index: number): number {
  return numbers[index] ?? index;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
