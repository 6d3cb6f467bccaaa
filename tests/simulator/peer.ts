/**
 * A client for tests of the simulator that sends octets as it is told and sees what a connection really does.
 *
 * @module
 */

import { connect, type TLSSocket } from "node:tls";
import { authorization, canonicalParams, dateHeader, signV2 } from "../../lib/duo/signature.ts";
import { authApiIkey, authApiSkey, radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import type { DuoSimulator } from "../../lib/simulator/simulator.ts";

/** A pair of keys. */
export interface Keys {
  readonly ikey: string;
  readonly skey: string;
}

/** Keys of the default application of RADIUS type. */
export const radius: Keys = { ikey: radiusIkey, skey: radiusSkey };
/** Keys of the default Auth API application. */
export const authApi: Keys = { ikey: authApiIkey, skey: authApiSkey };

/** What came back. */
export interface PeerReply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly text: string;
}

/** A request with everything that a test may want to get wrong. */
export interface PeerRequest {
  readonly method?: string;
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly keys?: Keys;
  /** Replaces what `keys` would give; null sends none. */
  readonly authorization?: string | null;
  /** Replaces the date in the header, not the one signed; null sends none. */
  readonly date?: string | null;
  /** Milliseconds since the epoch for date and signature. */
  readonly now?: number;
  readonly algorithm?: "hmac-sha1" | "hmac-sha512";
  readonly contentType?: string | null;
  /** Replaces the form. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Host that is signed, and sent with the port. */
  readonly host?: string;
}

/** Where a simulator is, and which authority its certificate comes from. */
export type Target = Pick<DuoSimulator, "host" | "port" | "caPem">;

/** One connection. */
export class Peer implements AsyncDisposable {
  readonly #socket: TLSSocket;
  readonly #port: number;
  readonly #closed = Promise.withResolvers<void>();
  #rest = new Uint8Array(0);
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: TLSSocket, port: number) {
    this.#socket = socket;
    this.#port = port;
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("data", (octets: Uint8Array) => {
      const joined = new Uint8Array(this.#rest.length + octets.length);
      joined.set(this.#rest);
      joined.set(octets, this.#rest.length);
      this.#rest = joined;
      this.#wake();
    });
    socket.on("end", end);
    socket.on("error", end);
    socket.on("close", () => {
      end();
      this.#closed.resolve();
    });
  }

  /** Connects, with the handshake done; throws an error with a code if that fails. */
  static async connect(simulator: Target, servername = "localhost"): Promise<Peer> {
    const { host, port, caPem: ca } = simulator;
    const connected = Promise.withResolvers<void>();
    const socket = connect({ host, port, servername, ca });
    socket.setNoDelay(true);
    socket.on("error", connected.reject);
    socket.on("close", () => connected.reject(new Error("Closed before the handshake was done")));
    socket.on("secureConnect", connected.resolve);
    const peer = new Peer(socket, port);
    try {
      await connected.promise;
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw error;
    }
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.#closed.promise;
  }

  /** Sends octets as they are. */
  async send(octets: string | Uint8Array): Promise<void> {
    const sent = Promise.withResolvers<void>();
    this.#socket.write(octets, () => sent.resolve());
    await sent.promise;
  }

  /** The next reply; null if the connection ends before it is complete. */
  async receive(): Promise<PeerReply | null> {
    let end = -1;
    while ((end = new TextDecoder("latin1").decode(this.#rest).indexOf("\r\n\r\n")) < 0) {
      if (!await this.#more()) return null;
    }
    const [first = "", ...lines] = new TextDecoder("latin1").decode(this.#rest.subarray(0, end)).split("\r\n");
    const headers = new Map(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }));
    const length = Number(headers.get("content-length") ?? "0");
    if (!/^HTTP\/1\.1 \d{3} /.test(first) || Number.isNaN(length)) throw new TypeError(`No HTTP: ${first}`);
    while (this.#rest.length < end + 4 + length) {
      if (!await this.#more()) return null;
    }
    const body = this.#rest.slice(end + 4, end + 4 + length);
    this.#rest = this.#rest.slice(end + 4 + length);
    return { status: Number(first.slice(9, 12)), headers, body, text: new TextDecoder().decode(body) };
  }

  /** Sends a request and waits for the reply; null if the connection ends instead. */
  async request(request: PeerRequest): Promise<PeerReply | null> {
    await this.send(encode(request, this.#port));
    return await this.receive();
  }

  /** True once the other side has closed the connection. */
  async closed(): Promise<boolean> {
    while (await this.#more());
    return this.#ended;
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const before = this.#rest.length;
    const woken = Promise.withResolvers<void>();
    this.#wake = (): void => woken.resolve();
    await woken.promise;
    return this.#rest.length > before;
  }
}

/** A request as octets: a form, signed in version 2, unless it says otherwise. */
export function encode(request: PeerRequest, port: number): string {
  const method = request.method ?? (request.path.endsWith("auth") || request.path.includes("enroll") ? "POST" : "GET");
  const host = request.host ?? "127.0.0.1";
  const params = Object.entries(request.params ?? {});
  const date = dateHeader(request.now ?? Date.now());
  const lines: string[] = [];
  const form = canonicalParams(params);
  const body = request.body ?? (method === "POST" ? form : "");
  const target = method === "GET" && form !== "" ? `${request.path}?${form}` : request.path;
  lines.push(`${method} ${target} HTTP/1.1`, `Host: ${host}:${port}`);
  if (request.date !== null) lines.push(`Date: ${request.date ?? date}`);
  if (request.authorization !== undefined) {
    if (request.authorization !== null) lines.push(`Authorization: ${request.authorization}`);
  } else if (request.keys !== undefined) {
    const { ikey, skey } = request.keys;
    const signed = { date: request.date ?? date, method, host, path: request.path, params };
    lines.push(`Authorization: ${authorization(ikey, signV2(signed, skey, request.algorithm ?? "hmac-sha1"))}`);
  }
  if (method === "POST") {
    const type = request.contentType === undefined ? "application/x-www-form-urlencoded" : request.contentType;
    if (type !== null) lines.push(`Content-Type: ${type}`);
    lines.push(`Content-Length: ${new TextEncoder().encode(body).length}`);
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) lines.push(`${name}: ${value}`);
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** A reply of the API. */
export interface ApiReply {
  readonly status: number;
  readonly stat: unknown;
  readonly code: unknown;
  readonly detail: unknown;
  readonly response: unknown;
}

/** Calls once on a connection of its own; throws if the connection ends without a reply. */
export async function call(simulator: Target, request: PeerRequest): Promise<ApiReply> {
  await using peer = await Peer.connect(simulator);
  const reply = await peer.request(request);
  if (reply === null) throw new Error("The connection ended without a reply");
  return apiReply(reply);
}

/** Reads the envelope. */
export function apiReply({ status, text }: PeerReply): ApiReply {
  const body: Record<string, unknown> = JSON.parse(text);
  return { status, stat: body["stat"], code: body["code"], detail: body["message_detail"], response: body["response"] };
}

/** A field of a response that has to be text. */
export function textField(response: unknown, name: string): string {
  if (typeof response === "object" && response !== null && name in response) {
    const value: unknown = Object.entries(response).find(([key]) => key === name)?.[1];
    if (typeof value === "string") return value;
  }
  throw new TypeError(`No text "${name}" in ${JSON.stringify(response)}`);
}
