/**
 * What an attack is, and what attackers have: sockets, and packets that nobody signed.
 *
 * Every attack is made on a program of its own, with a Duo of its own, on loopback, and is bounded in packets and in time.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { type Attribute, attributeType } from "../../lib/radius/attributes.ts";
import type { LoginRequest, LoginResult, RadiusClient } from "../../lib/radius/client.ts";
import { encodePacket, packetCode } from "../../lib/radius/packet.ts";
import { hidePassword } from "../../lib/radius/password.ts";
import { sharedSecret, text, type World } from "../../tests/kit/process_world.ts";

/** What came of an attack. */
export interface Outcome {
  /** False: the attacker got what the program must not give. */
  readonly held: boolean;
  /** What was seen, in a few words. */
  readonly seen: string;
}

/** One attack. */
export interface Attack {
  /** What the attacker wants. */
  readonly name: string;
  /** What was tried, in a few words. */
  readonly tried: string;
  /** True if it mostly waits, and needs a program that is never short of a processor: no flood may run beside it. */
  readonly waits?: true;
  /** Tries it. Whatever it starts has ended when it resolves. */
  run(): Promise<Outcome>;
}

/** An Access-Request as somebody makes it who may or may not know the secret. */
export interface Forgery {
  readonly user: string | Uint8Array;
  /** The octets of User-Password as they are sent; with the secret known, see {@link hidden}. */
  readonly field?: Uint8Array;
  readonly authenticator?: Uint8Array;
  readonly identifier?: number;
  readonly attributes?: readonly Attribute[];
}

/** An unsigned Access-Request. */
export function forge({ user, field, authenticator, identifier = 1, attributes = [] }: Forgery): Uint8Array {
  return encodePacket({
    code: packetCode.accessRequest,
    identifier,
    authenticator: authenticator ?? randomBytes(16),
    attributes: [
      typeof user === "string" ? text(attributeType.userName, user) : { type: attributeType.userName, value: user },
      ...(field === undefined ? [] : [{ type: attributeType.userPassword, value: field }]),
      ...attributes,
    ],
  });
}

/** A password as a gateway hides it, who knows the secret. */
export function hidden(password: string, authenticator: Uint8Array): Uint8Array {
  return hidePassword(new TextEncoder().encode(password), authenticator, new TextEncoder().encode(sharedSecret));
}

/** A socket of somebody's, with what came to it. */
export class Attacker implements AsyncDisposable {
  /** Datagrams that came, in their order. */
  readonly received: Uint8Array[] = [];
  readonly #socket: Deno.DatagramConn;
  readonly #to: Deno.NetAddr;
  readonly #loop: Promise<void>;
  #waiting: { readonly wanted: (datagram: Uint8Array) => boolean; readonly resolve: () => void }[] = [];

  /**
   * @param port where the program listens.
   * @param address one of this machine, which the program takes for that of a gateway or not.
   */
  constructor(port: number, address: string = "127.0.0.1") {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
    this.#to = { transport: "udp", hostname: "127.0.0.1", port };
    this.#loop = this.#receive();
  }

  /** Sends a datagram. */
  async send(datagram: Uint8Array): Promise<void> {
    await this.#socket.send(datagram, this.#to);
  }

  /** Sends many, a few at a time with a breath between: faster than that the kernel drops what nobody has read yet. */
  async flood(datagrams: Iterable<Uint8Array>): Promise<number> {
    let sent = 0;
    for (const datagram of datagrams) {
      await this.send(datagram);
      if (++sent % 20 === 0) await pause(5);
    }
    return sent;
  }

  /** True once a datagram came that is wanted; false if none has come in time. */
  async gets(wanted: (datagram: Uint8Array) => boolean, milliseconds: number): Promise<boolean> {
    if (this.received.some(wanted)) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ wanted, resolve });
    return await within(milliseconds, promise.then(() => true)) ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#loop;
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const [datagram] = await this.#socket.receive();
        this.received.push(datagram);
        this.#waiting = this.#waiting.filter(({ wanted, resolve }) => {
          if (!wanted(datagram)) return true;
          resolve();
          return false;
        });
      }
    } catch {
      // It was closed.
    }
  }
}

/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}

/** What a promise resolves with; undefined if that takes longer. */
export async function within<Result>(milliseconds: number, promise: Promise<Result>): Promise<Result | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Nobody waits longer for an answer, in ms: an attack has to end. */
const patience = 25_000;

/** A gateway that asks a world, from an address and at a port of its own choice. */
export function gatewayOf(world: World, from: string = "127.0.0.1", port: number = world.port): RadiusClient {
  return world.gateway(from, { port, total: patience });
}

/** A login during a flood: as gateways do, the request is repeated until it is answered. */
export async function persist(world: World, request: LoginRequest, from?: string): Promise<LoginResult> {
  const exchange = await gatewayOf(world, from).begin(request);
  for (let repeats = 0; repeats < patience / 1_000; repeats++) {
    const result = await within(1_000, exchange.result);
    if (result !== undefined) return result;
    await exchange.retransmit();
  }
  return await exchange.result;
}

/** Waits until no login is under way, so that whatever was to be asked of Duo has been asked. */
export async function quiet(world: World): Promise<void> {
  await world.fence();
  for (let tries = 0; tries < 50; tries++) {
    await pause(100);
    if (/"pending_logins": *0\b/.test(await world.page("status"))) return;
  }
}

/** `1 push`, `2 pushes`: a count with its word. */
export function count(number: number, word: string, plural: string = `${word}s`): string {
  return `${number} ${number === 1 ? word : plural}`;
}
