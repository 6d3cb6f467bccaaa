/**
 * What stands at the other end of a client's connection: servers that answer, cut, or say nothing, and a relay that cuts.
 *
 * The server reads requests in its own simple way, so that it counts also what the library would refuse.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { Gate } from "../../lib/net/gate.ts";
import { HttpClient, type HttpClientOptions, type HttpRequest, type HttpResult } from "../../lib/net/http_client.ts";
import { TlsWay } from "../../lib/net/tls_way.ts";
import type { WayOptions } from "../../lib/net/way.ts";
import { systemRandom } from "../../lib/random.ts";
import { Authority, type CertificateKind, type ServerCertificate } from "../../lib/simulator/certificates.ts";

/** The name that good certificates are for, which every machine knows. */
export const peerName = "localhost";

const authority = await Authority.create([peerName, "127.0.0.1"]);
const certificates = new Map<CertificateKind, ServerCertificate>();

/** The authority of good certificates. */
export const peerCa = authority.pem;

async function certificateOf(kind: CertificateKind): Promise<ServerCertificate> {
  const certificate = certificates.get(kind) ?? await authority.issue(kind);
  certificates.set(kind, certificate);
  return certificate;
}

/** A connection as a peer sees it. */
export interface PeerConnection {
  /** Counts from 1. */
  readonly number: number;
  /** Sends text, a character an octet. */
  send(text: string): void;
  /** Closes it; in the middle of what it was doing. */
  close(way: Ending): void;
}

/** How a connection ends: in order, at once, or with a reset. */
export type Ending = "end" | "destroy" | "reset";

/** All values of {@link Ending}. */
export const endings: readonly Ending[] = ["end", "destroy", "reset"];

function closeSocket(socket: Socket, way: Ending): void {
  if (way === "end") socket.end();
  else if (way === "destroy") socket.destroy();
  else socket.resetAndDestroy();
}

/** A server on TCP whose connections are all closed with it. */
class TcpServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #idle: (() => void)[] = [];
  #accepted = 0;

  constructor(accept: (socket: Socket, number: number) => void) {
    this.#server = createServer((socket) => {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      this.#sockets.add(socket);
      socket.once("close", () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0) { for (const wake of this.#idle.splice(0)) wake(); }
      });
      accept(socket, ++this.#accepted);
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => void this.#server.listen({ port: 0, host: "127.0.0.1" }, resolve));
    return this;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  /** Connections so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Waits until no connection is open. */
  async deserted(): Promise<void> {
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => void this.#idle.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** What came to a {@link TlsPeer}, whole. */
export interface PeerRequest {
  readonly head: string;
  readonly body: string;
}

/** Answers a request that has come whole. */
export type Answer = (connection: PeerConnection, request: PeerRequest) => void;

/** A reply with a length. */
export function replyOf(body: string, ...fields: readonly string[]): string {
  return ["HTTP/1.1 200 OK", ...fields, `Content-Length: ${body.length}`, "", body].join("\r\n");
}

/** What a peer does with the octets of requests. */
export type Reading = "reads" | "reads nothing" | "answers and reads nothing";

/** An HTTPS server that remembers every request. */
export class TlsPeer implements AsyncDisposable {
  /** Whole requests in the order in which they came. */
  readonly requests: PeerRequest[] = [];
  readonly #certificate: ServerCertificate;
  readonly #answer: Answer;
  readonly #server = new TcpServer((socket, number) => this.#accept(socket, number));
  readonly #wanted: { readonly count: number; readonly resolve: () => void }[] = [];
  /** Octets of requests, whole ones or not. */
  octets = 0;

  readonly #reading: Reading;
  readonly #connected = Promise.withResolvers<void>();

  private constructor(certificate: ServerCertificate, answer: Answer, reading: Reading) {
    this.#certificate = certificate;
    this.#answer = answer;
    this.#reading = reading;
  }

  static async start(
    answer: Answer = (connection) => connection.send(replyOf("hello")),
    kind: CertificateKind = "good",
    reading: Reading = "reads",
  ): Promise<TlsPeer> {
    const peer = new TlsPeer(await certificateOf(kind), answer, reading);
    await peer.#server.listen();
    return peer;
  }

  get port(): number {
    return this.#server.port;
  }

  /** Connections so far. */
  get accepted(): number {
    return this.#server.accepted;
  }

  /** Waits until no connection is open. */
  deserted(): Promise<void> {
    return this.#server.deserted();
  }

  /** Waits until TLS has been set up once. */
  connected(): Promise<void> {
    return this.#connected.promise;
  }

  /** Waits until so many requests have come. */
  async asked(count: number): Promise<void> {
    if (this.requests.length < count) {
      await new Promise<void>((resolve) => void this.#wanted.push({ count, resolve }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  #accept(raw: Socket, number: number): void {
    const socket = new TLSSocket(raw, { isServer: true, ...this.#certificate });
    socket.on("error", () => {});
    const connection: PeerConnection = {
      number,
      send: (text) => {
        // After an empty write the runtime never ends the connection.
        if (text !== "") socket.write(text, "latin1");
      },
      close: (way) => {
        if (way === "end") socket.end();
        else closeSocket(raw, way);
      },
    };
    socket.once("secure", () => {
      this.#connected.resolve();
      if (this.#reading === "reads") return;
      raw.pause();
      socket.pause();
      if (this.#reading === "answers and reads nothing") connection.send(replyOf("early"));
    });
    let text = "";
    socket.on("data", (octets: Uint8Array) => {
      this.octets += octets.length;
      text += String.fromCharCode(...octets);
      for (let found = split(text); found !== undefined; found = split(text)) {
        const { request, rest } = found;
        text = rest;
        this.requests.push(request);
        for (const { count, resolve } of this.#wanted) if (this.requests.length >= count) resolve();
        this.#answer(connection, request);
      }
    });
  }
}

function split(text: string): { readonly request: PeerRequest; readonly rest: string } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  const whole = end + 4 + length;
  if (text.length < whole) return undefined;
  return { request: { head, body: text.slice(end + 4, whole) }, rest: text.slice(whole) };
}

/** A server that takes connections, and does with each what it is told; without that it says nothing. */
export async function startTcpPeer(
  accept: (socket: Socket) => void = () => {},
): Promise<AsyncDisposable & { readonly port: number; readonly accepted: number; deserted(): Promise<void> }> {
  return await new TcpServer((socket) => accept(socket)).listen();
}

/** A port whose connections are never taken: the system answers none, because its queue is full. */
export async function blackHole(hostname = "127.0.0.1", port = 0): Promise<Disposable & { readonly port: number }> {
  // The runtime's own listener accepts nothing by itself. The queue has room for one more than it is told.
  const options = { hostname, port, tcpBacklog: 1 };
  const listener = Deno.listen(options);
  const filling = await Promise.all([1, 2].map(() => Deno.connect({ hostname, port: listener.addr.port })));
  return {
    port: listener.addr.port,
    [Symbol.dispose]: () => {
      for (const connection of filling) connection.close();
      listener.close();
    },
  };
}

/** When a {@link Relay} closes a connection: after so many octets in one direction. */
export interface Cut {
  readonly from: "client" | "server";
  readonly after: number;
  readonly way: Ending;
}

/** Hands octets on in both directions, until it cuts. */
export class Relay implements AsyncDisposable {
  readonly #server: TcpServer;
  readonly #far = new Set<Socket>();
  /** Octets of the last connection. */
  passed = { client: 0, server: 0 };
  cut: Cut | undefined;

  private constructor(port: number) {
    this.#server = new TcpServer((near) => this.#accept(near, port));
  }

  /** Starts one in front of a port. */
  static async start(port: number): Promise<Relay> {
    const relay = new Relay(port);
    await relay.#server.listen();
    return relay;
  }

  get port(): number {
    return this.#server.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    for (const far of this.#far) far.destroy();
  }

  #accept(near: Socket, port: number): void {
    const far = connect({ port, host: "127.0.0.1" });
    const passed = { client: 0, server: 0 };
    this.passed = passed;
    this.#far.add(far);
    far.setNoDelay(true);
    far.on("error", () => {});
    far.once("close", () => {
      this.#far.delete(far);
      near.destroy();
    });
    near.once("close", () => far.destroy());
    let over = false;
    const hand = (from: Cut["from"], to: Socket) => (octets: Uint8Array): void => {
      if (over) return;
      const cut = this.cut?.from === from ? this.cut : undefined;
      const rest = cut === undefined ? octets.length : cut.after - passed[from];
      const handed = octets.subarray(0, Math.max(0, rest));
      passed[from] += handed.length;
      if (cut !== undefined && handed.length === rest) {
        over = true;
        to.write(handed, () => {
          closeSocket(near, cut.way);
          closeSocket(far, cut.way);
        });
      } else to.write(handed);
    };
    near.on("data", hand("client", far));
    far.on("data", hand("server", near));
    if (this.cut?.after === 0 && this.cut.from === "client") {
      over = true;
      closeSocket(near, this.cut.way);
    }
  }
}

/** A client of a peer. */
export function clientOf(
  port: number,
  options: Partial<WayOptions & Pick<HttpClientOptions, "clock" | "handshakes">> = {},
): HttpClient {
  const { clock = systemClock, handshakes = new Gate(64), ...way } = options;
  const where = { host: peerName, port, caCerts: peerCa, httpProxy: undefined, ...way };
  return new HttpClient({ ...where, way: new TlsWay(where, { clock, random: systemRandom }), clock, handshakes });
}

/** A request that has plenty of time. */
export function requestBy(clock: Clock, request: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "POST",
    path: "/auth/v2/auth",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "factor=push&username=alice",
    deadline: clock.now() + 60_000,
    signal: new AbortController().signal,
    ...request,
  };
}

/** Waits until a client has so many sockets left. */
export async function untilOpen(client: HttpClient, count: number): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    if (client.open === count) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  throw new Error(`${client.open} sockets are open, which were to be ${count}`);
}

/** Waits until a client has no socket left. */
export function allClosed(client: HttpClient): Promise<void> {
  return untilOpen(client, 0);
}

/** How a request ended, in short: the reply's body, or stage and end of the failure. */
export function short(result: HttpResult): string {
  switch (result.kind) {
    case "reply":
      return `${result.status} ${result.body}`;
    case "failed":
      return `${result.failure.stage}: ${result.failure.end}`;
    case "aborted":
      return result.kind;
  }
}
