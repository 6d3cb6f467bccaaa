/**
 * Sockets for the tests of this directory: one in memory, and a gateway's over loopback.
 *
 * @module
 */

import type { DatagramSocket } from "../../lib/radius/endpoint.ts";
import { accessRequest } from "./packets.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import { assertEquals } from "@std/assert";

/** An address for a fake datagram to come from. */
export function peer(hostname = "192.0.2.1", port = 40_000): Deno.NetAddr {
  return { transport: "udp", hostname, port };
}

/** A socket without a network: a test delivers datagrams and sees what is sent. */
export class FakeSocket implements DatagramSocket {
  readonly addr: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: 1_812 };
  readonly sent: { readonly bytes: Uint8Array; readonly to: Deno.Addr }[] = [];
  /** How often `receive` was called. */
  receives = 0;
  /** What `send` waits for. */
  sendGate: Promise<void> = Promise.resolve();
  /** Thrown by `send`. */
  sendError: Error | undefined;
  #queue: (readonly [Uint8Array, Deno.Addr] | Error)[] = [];
  #receiver: PromiseWithResolvers<[Uint8Array, Deno.Addr]> | undefined;
  #buffer: Uint8Array = new Uint8Array(0);
  #closed = false;

  /** Datagrams and errors that were not received yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Puts a datagram, or an error of the socket, where `receive` finds it. */
  deliver(item: Uint8Array | Error, from: Deno.Addr = peer()): void {
    this.#queue.push(item instanceof Error ? item : [item, from]);
    this.#hand();
  }

  receive(buffer: Uint8Array): Promise<[Uint8Array, Deno.Addr]> {
    this.receives++;
    if (this.#closed) return Promise.reject(new Deno.errors.BadResource("closed"));
    this.#buffer = buffer;
    this.#receiver = Promise.withResolvers();
    const { promise } = this.#receiver;
    this.#hand();
    return promise;
  }

  async send(bytes: Uint8Array, to: Deno.Addr): Promise<number> {
    if (this.sendError !== undefined) throw this.sendError;
    await this.sendGate;
    this.sent.push({ bytes: bytes.slice(), to });
    return bytes.length;
  }

  close(): void {
    this.#closed = true;
    this.#receiver?.reject(new Deno.errors.BadResource("closed"));
  }

  #hand(): void {
    const receiver = this.#receiver;
    const item = receiver && this.#queue.shift();
    if (receiver === undefined || item === undefined) return;
    this.#receiver = undefined;
    if (item instanceof Error) return receiver.reject(item);
    const [bytes, from] = item;
    const length = Math.min(bytes.length, this.#buffer.length);
    this.#buffer.set(bytes.subarray(0, length));
    receiver.resolve([this.#buffer.subarray(0, length), from]);
  }
}

/** A gateway's socket on loopback, that sends whatever octets a test wants. */
export class Gateway implements Disposable {
  readonly #socket: Deno.DatagramConn;
  readonly #server: Deno.NetAddr;
  readonly #secret: Uint8Array;
  #fences = 0;

  constructor(
    server: { readonly hostname: string; readonly port: number },
    secret: Uint8Array,
    hostname = "127.0.0.1",
  ) {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#server = { transport: "udp", ...server };
    this.#secret = secret;
  }

  /** Sends one datagram. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.#socket.send(bytes, this.#server);
  }

  /** The next datagram that comes. */
  async receive(): Promise<Uint8Array> {
    const [bytes] = await this.#socket.receive();
    return bytes;
  }

  /** Sends a datagram and waits for the next one that comes. */
  async ask(bytes: Uint8Array): Promise<Uint8Array> {
    await this.send(bytes);
    return await this.receive();
  }

  /**
   * Expects that nothing is on its way: datagrams between two sockets on loopback keep their order, so the answer to a
   * Status-Server comes behind everything that the server has sent before.
   */
  async expectSilence(): Promise<void> {
    const identifier = 200 + this.#fences++ % 50;
    const reply = await this.ask(accessRequest(this.#secret, { code: packetCode.statusServer, identifier }));
    assertEquals([reply[0], reply[1]], [packetCode.accessAccept, identifier]);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
