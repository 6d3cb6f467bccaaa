/**
 * The load generator: requests made beforehand, a fixed number of them under way, on loopback only. It repeats none: what
 * isn't answered within a while is counted as lost.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { type Attribute, attributeType, textAttribute } from "../../lib/radius/attributes.ts";
import {
  signRequest,
  verifyMessageAuthenticator,
  verifyResponseAuthenticator,
} from "../../lib/radius/authenticator.ts";
import { encodePacket, packetCode } from "../../lib/radius/packet.ts";
import { hidePassword } from "../../lib/radius/password.ts";

/** What is asked. */
export interface LoadRequest {
  readonly code: "login" | "status";
  readonly user?: string;
  readonly password?: string;
}

/** A load to generate. */
export interface Load {
  /** Port on 127.0.0.1. */
  readonly port: number;
  readonly secret: string;
  readonly request: LoadRequest;
  /** Requests in all; each with an authenticator of its own, so none is a repeat. */
  readonly count: number;
  /** Requests under way at once: at most 256 a socket. */
  readonly window: number;
  readonly sockets: number;
}

/** What came of it. */
export interface LoadResult {
  readonly answered: number;
  readonly lost: number;
  /** Answers by the packet's code: 2 accept, 3 reject. */
  readonly codes: ReadonlyMap<number, number>;
  /** From the first request to the last answer, in seconds. */
  readonly seconds: number;
}

/** Silence, in ms, after which what is under way counts as lost. */
const patience = 3_000;

/** Every so many answers one is verified; a generator that verified all would measure itself. */
const verifyEvery = 16;

/** Makes the requests and drives them through. */
export async function drive(load: Load): Promise<LoadResult> {
  const secret = new TextEncoder().encode(load.secret);
  const shares = Array.from({ length: load.sockets }, (_, index) => makeRequests(load, secret, index));
  const codes = new Map<number, number>();
  const begun = performance.now();
  const results = await Promise.all(
    shares.map((requests) => driveSocket(requests, Math.ceil(load.window / load.sockets), load.port, secret, codes)),
  );
  const answered = results.reduce((sum, { answered }) => sum + answered, 0);
  const ended = Math.max(...results.map(({ ended }) => ended));
  return { answered, lost: load.count - answered, codes, seconds: (ended - begun) / 1_000 };
}

function makeRequests({ request, count, sockets }: Load, secret: Uint8Array, share: number): readonly Uint8Array[] {
  const own = Math.floor(count / sockets) + (share < count % sockets ? 1 : 0);
  return Array.from({ length: own }, (_, index) => {
    const authenticator = randomBytes(16);
    const attributes: Attribute[] = [{ type: attributeType.messageAuthenticator, value: new Uint8Array(16) }];
    if (request.user !== undefined) attributes.push(textAttribute(attributeType.userName, request.user));
    if (request.password !== undefined) {
      const octets = new TextEncoder().encode(request.password);
      attributes.push({ type: attributeType.userPassword, value: hidePassword(octets, authenticator, secret) });
    }
    const bytes = encodePacket({
      code: request.code === "status" ? packetCode.statusServer : packetCode.accessRequest,
      identifier: index & 0xff,
      authenticator,
      attributes,
    });
    signRequest(bytes, secret);
    return bytes;
  });
}

async function driveSocket(
  requests: readonly Uint8Array[],
  window: number,
  port: number,
  secret: Uint8Array,
  codes: Map<number, number>,
): Promise<{ readonly answered: number; readonly ended: number }> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const server: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
  /** Requests under way by identifier. */
  const waiting = new Map<number, Uint8Array>();
  const buffer = new Uint8Array(4_096);
  let next = 0;
  let answered = 0;
  let ended = performance.now();
  // One timer for all of the silence, not one a request.
  let heard = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - heard > patience) socket.close();
  }, 250);
  const send = async (): Promise<void> => {
    const bytes = requests[next];
    // An identifier that is still under way must not be used again.
    if (bytes === undefined || waiting.has(bytes[1] ?? 0)) return;
    next++;
    waiting.set(bytes[1] ?? 0, bytes);
    await socket.send(bytes, server);
  };
  try {
    for (let index = 0; index < Math.min(window, 256); index++) await send();
    while (waiting.size > 0) {
      const [reply] = await socket.receive(buffer);
      heard = performance.now();
      const asked = waiting.get(reply[1] ?? -1);
      if (asked === undefined) continue;
      if (answered % verifyEvery === 0) verify(reply, asked.subarray(4, 20), secret);
      waiting.delete(reply[1] ?? -1);
      answered++;
      codes.set(reply[0] ?? 0, (codes.get(reply[0] ?? 0) ?? 0) + 1);
      await send();
    }
    ended = performance.now();
  } catch (error) {
    // Closed after the silence.
    if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) throw error;
    ended = heard;
  } finally {
    clearInterval(timer);
    try {
      socket.close();
    } catch {
      // It is closed.
    }
  }
  return { answered, ended };
}

function verify(reply: Uint8Array, authenticator: Uint8Array, secret: Uint8Array): void {
  if (
    !verifyResponseAuthenticator(reply, authenticator, secret) ||
    verifyMessageAuthenticator(reply, authenticator, secret) !== "valid"
  ) throw new Error("A reply does not prove that it comes from somebody who knows the secret");
}
