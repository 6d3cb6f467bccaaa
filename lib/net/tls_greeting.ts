/**
 * Finds out whether a server answers a TLS handshake at all, without the runtime's TLS.
 *
 * On 2.6 a handshake that has begun can't be given up: it keeps its descriptor for as long as the server says nothing. Where
 * servers take connections and then are silent, a process would run out of descriptors. A greeting can be taken back.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isIP, type Socket } from "node:net";
import type { Random } from "../random.ts";
import { closedEarly, describe, type SocketError } from "./socket_error.ts";

/** What came of a greeting. */
export type Greeted =
  /** The server has said something. */
  | { readonly kind: "answered" }
  | SocketError & { readonly kind: "failed" }
  /** The signal aborted. */
  | { readonly kind: "aborted" };

/**
 * Sends a ClientHello over a paused socket and waits for the first octet of an answer, whatever it is. The socket is closed
 * then: a handshake needs another one.
 *
 * @param host the name or address that the server is asked for.
 */
export function greet(socket: Socket, host: string, signal: AbortSignal, random: Random): Promise<Greeted> {
  return new Promise((resolve) => {
    const finish = (result: Greeted): void => {
      signal.removeEventListener("abort", onAbort);
      for (const [event, listener] of listeners) socket.off(event, listener);
      socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => finish({ kind: "aborted" });
    const onData = (): void => finish({ kind: "answered" });
    const onEnd = (): void => finish({ kind: "failed", ...closedEarly });
    const onError = (error: unknown): void => finish({ kind: "failed", ...describe(error) });
    const listeners = [["data", onData], ["end", onEnd], ["close", onEnd], ["error", onError]] as const;
    signal.addEventListener("abort", onAbort, { once: true });
    for (const [event, listener] of listeners) socket.on(event, listener);
    socket.write(clientHello(host, random));
    socket.resume();
    if (signal.aborted) onAbort();
  });
}

/** Suites that every server knows one of: three of TLS 1.3, and four of 1.2 with forward secrecy. */
const suites = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030] as const;
/** x25519 and secp256r1. */
const groups = [0x001d, 0x0017] as const;
const signatures = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501] as const;
/** TLS 1.3 and 1.2. */
const versions = [0x0304, 0x0303] as const;

/** A ClientHello in a record of its own (RFC 8446, section 4.1.2). Its key share is noise: no key is ever made of it. */
function clientHello(host: string, random: Random): Uint8Array {
  const extensions = Buffer.concat([
    // An address is no server name (RFC 6066, section 3).
    ...(isIP(host) === 0 ? [extension(0, vector(2, Buffer.of(0), vector(2, Buffer.from(host, "latin1"))))] : []),
    extension(10, vector(2, words(groups))),
    extension(11, vector(1, Buffer.of(0))),
    extension(13, vector(2, words(signatures))),
    extension(43, vector(1, words(versions))),
    extension(51, vector(2, words([0x001d]), vector(2, random.octets(32)))),
  ]);
  const body = Buffer.concat([
    words([0x0303]),
    random.octets(32),
    vector(1, random.octets(32)),
    vector(2, words(suites)),
    vector(1, Buffer.of(0)),
    vector(2, extensions),
  ]);
  const handshake = Buffer.concat([Buffer.of(1), vector(3, body)]);
  return Buffer.concat([Buffer.of(0x16, 3, 1), vector(2, handshake)]);
}

function extension(type: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([words([type]), vector(2, content)]);
}

/** Octets behind their number, which takes `size` octets. */
function vector(size: 1 | 2 | 3, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const length = Buffer.alloc(size);
  length.writeUIntBE(content.length, 0, size);
  return Buffer.concat([length, content]);
}

function words(numbers: readonly number[]): Uint8Array {
  return Buffer.from(numbers.flatMap((number) => [number >> 8, number & 0xff]));
}
