/**
 * What the checks use of this machine, behind an interface: tests give clocks that stand still and names that don't exist.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { type Clock, systemClock } from "../clock.ts";
import { openDescriptor } from "../net/capacity.ts";
import { LookUps } from "../net/look_up.ts";
import { type Random, systemRandom } from "../random.ts";
import type { DatagramSocket } from "../radius/endpoint.ts";
import { platform, version } from "../version.ts";
import { type FileView, systemFiles } from "./file_view.ts";

/** A machine with its network. */
export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  /** Names this program to Duo. */
  readonly userAgent: string;
  /** Addresses of a name, as every program of this machine gets them. Rejects with an error that has a `code`. */
  lookup(name: string): Promise<readonly string[]>;
  /** Begins a TCP connection: the socket emits `connect` or `error`. */
  connect(host: string, port: number): Socket;
  /** Opens a UDP socket. Throws what `Deno.listenDatagram` throws. */
  listen(address: { readonly hostname: string; readonly port: number }): DatagramSocket;
  /** Opens a TCP port. Throws what `Deno.listen` throws. */
  listenTcp(address: { readonly hostname: string; readonly port: number }): { close(): void };
  /** Opens a UDP socket of no use, to see whether this machine still can. */
  openSocket(): { close(): void };
  /** Takes a descriptor of no use, to see how many this process may have. Throws when there are no more. */
  openDescriptor(): { close(): void };
  readonly files: FileView;
}

const lookUps = new LookUps(systemClock);

/** This machine. */
export const systemMachine: Machine = {
  clock: systemClock,
  random: systemRandom,
  userAgent: `duoproxy/${version} (${platform})`,
  lookup: (name) => lookUps.addresses(name),
  connect: (host, port) => connect({ host, port }),
  listen: (address) => Deno.listenDatagram({ transport: "udp", ...address }),
  listenTcp: (address) => Deno.listen(address),
  openSocket: () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
  openDescriptor,
  files: systemFiles,
};
