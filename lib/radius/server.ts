/**
 * The server's end of RADIUS over UDP: one socket, its gateways, and the memory of what was answered.
 *
 * A datagram passes these checks in this order: structure, a known gateway, a served code, Message-Authenticator, Proxy-State, a
 * duplicate, a replay. Only what has passed them touches the memory for duplicates, and only a valid Message-Authenticator that
 * for replays and what `auto` goes by, so nobody without the secret can fill or poison what the server knows.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Clock } from "../clock.ts";
import { type Random, systemRandom } from "../random.ts";
import { plainText } from "../text.ts";
import { Arrivals } from "./arrival.ts";
import { attributeType, getText } from "./attributes.ts";
import { verifyMessageAuthenticator } from "./authenticator.ts";
import { refusal } from "./authenticity.ts";
import { Duplicates, type Remembered } from "./duplicates.ts";
import { type DatagramSocket, Endpoint, errorText } from "./endpoint.ts";
import { fingerprint } from "./fingerprint.ts";
import type { KeepLimits } from "./kept.ts";
import type { RepeatKind, ServerObserver } from "./observer.ts";
import { type Packet, packetCode } from "./packet.ts";
import { type AuthenticRequest, Replays, type SharedLogin } from "./replays.ts";
import { encodeReply } from "./reply.ts";
import type { AccessRequest, ServedGateway } from "./request.ts";
import { describeLearning, SigningMemory } from "./signing.ts";
import type { Response } from "./response.ts";

/** Bounds of what a server holds. */
export interface ServerLimits extends KeepLimits {
  /** Requests whose response is awaited; more are dropped before a login exists. */
  readonly maxPending: number;
}

/** What a server is made of. */
export interface RadiusServerOptions {
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  /** Tells the identifiers of this server's requests from those of others; by default the system's. */
  readonly random?: Random;
  readonly gateways: readonly ServedGateway[];
  readonly observer: Pick<ServerObserver, "dropped" | "repeated" | "log">;
  /** Shared by the servers of a process; by default the server has one of its own. */
  readonly replays?: Replays;
  /** Likewise. */
  readonly signing?: SigningMemory;
  /** Defaults are meant for service: 100,000 requests under way, 100,000 answers in 64 MiB, kept 30 s. */
  readonly limits?: Partial<ServerLimits>;
}

const defaultLimits: ServerLimits = {
  maxPending: 100_000,
  maxAnswers: 100_000,
  maxOctets: 64 * 1024 * 1024,
  keep: 30_000,
};

/** From how many ports the same request is answered while its login is under way, beside the first. */
const maxWaiting = 16;

/** A RADIUS server on one socket. It serves from its construction until it is disposed of. */
export class RadiusServer implements AsyncDisposable {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #observer: RadiusServerOptions["observer"];
  readonly #maxPending: number;
  readonly #duplicates: Duplicates;
  readonly #replays: Replays;
  readonly #signing: SigningMemory;
  readonly #arrivals: Arrivals;
  readonly #idPrefix: string;
  #requests = 0;
  #pending = 0;
  /** Repeats from other ports that wait for the response of a login under way. */
  #waiting = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  #draining = false;

  constructor(
    { socket, clock, random = systemRandom, gateways, observer, replays, signing, limits }: RadiusServerOptions,
  ) {
    const { maxPending, ...keepLimits } = { ...defaultLimits, ...limits };
    this.#clock = clock;
    this.#observer = observer;
    this.#maxPending = maxPending;
    this.#idPrefix = Buffer.from(random.octets(4)).toString("hex");
    this.#duplicates = new Duplicates(keepLimits);
    this.#replays = replays ?? new Replays(clock.now());
    this.#signing = signing ?? new SigningMemory();
    this.#arrivals = new Arrivals(clock, gateways, "section");
    this.#endpoint = new Endpoint({ socket, clock, observer, take: (datagram, from) => this.#take(datagram, from) });
  }

  /** The address that the socket is bound to. */
  get address(): { readonly hostname: string; readonly port: number } {
    return this.#endpoint.address;
  }

  /** Requests whose response is awaited. */
  get pending(): number {
    return this.#pending;
  }

  /** How much is remembered: requests and answers, their octets, addresses that sign. For tests, which show that it is bounded. */
  get remembered(): {
    readonly requests: number;
    readonly octets: number;
    readonly addresses: number;
    readonly topics: number;
  } {
    return {
      requests: this.#duplicates.size,
      octets: this.#duplicates.octets,
      addresses: this.#signing.remembered.signing,
      topics: this.#endpoint.topics,
    };
  }

  /** Exchanges the gateways. Requests under way, answers for repeats and what `auto` has learned stay. */
  setGateways(gateways: readonly ServedGateway[]): void {
    this.#arrivals.setGateways(gateways);
  }

  /** From now on no login begins; those under way are answered, and so are repeats. Status-Server gets no answer any more. */
  drain(): void {
    this.#draining = true;
  }

  /** Resolves when no response is awaited and all replies are handed over. */
  idle(): Promise<void> {
    if (this.#pending + this.#waiting === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }

  /** Closes the socket. Responses that are still awaited are sent nowhere. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endpoint[Symbol.asyncDispose]();
  }

  #take(datagram: Uint8Array, from: Deno.NetAddr): void {
    const arrival = this.#arrivals.read(datagram, from, this.address.hostname);
    if (arrival.kind === "dropped") {
      return this.#endpoint.drop(arrival.reason, arrival.address, arrival.gateway, arrival.what);
    }
    const { packet, bytes, address, gateway } = arrival;
    if (packet.code !== packetCode.accessRequest && packet.code !== packetCode.statusServer) {
      const what = packet.code === packetCode.accountingRequest
        ? "an Accounting-Request: accounting is not served on this port; accounting=acknowledge answers it on accounting_port"
        : `a packet of code ${packet.code}: only Access-Request and Status-Server are served`;
      return this.#endpoint.drop("code", address, gateway, what);
    }
    const signature = verifyMessageAuthenticator(bytes, packet.authenticator, gateway.secret);
    const refused = refusal(packet, signature, gateway, this.#signing.signs(address, gateway));
    if (refused !== undefined) {
      return this.#endpoint.drop(refused.reason, address, gateway, refused.what, userOf(packet));
    }
    if (packet.code === packetCode.statusServer) return this.#answerStatus(packet, address, gateway, from);
    this.#takeRequest(packet, signature === "valid", address, gateway, from);
  }

  #takeRequest(packet: Packet, signed: boolean, address: string, gateway: ServedGateway, from: Deno.NetAddr): void {
    const request: AccessRequest = {
      packet,
      source: { address, port: from.port },
      secret: gateway.secret,
      signed,
      receivedAt: this.#clock.now(),
      id: `${this.#idPrefix}-${(++this.#requests).toString(36)}`,
      gateway,
    };
    const { receivedAt } = request;
    const key = `${address} ${from.port} ${packet.identifier}`;
    const print = fingerprint(packet, signed);
    this.#duplicates.expire(receivedAt);
    const known = this.#duplicates.find(key, print);
    if (known !== undefined) {
      this.#noteRepeat(request, known.reply === undefined ? "pending" : "answered");
      if (known.reply !== undefined) void this.#endpoint.send(known.reply, from);
      return;
    }
    const authentic: AuthenticRequest | undefined = signed
      ? {
        gateway: address,
        section: gateway.section,
        identifier: packet.identifier,
        authenticator: packet.authenticator,
        fingerprint: print,
        receivedAt,
      }
      : undefined;
    const recognized = authentic && this.#replays.recognize(authentic);
    if (recognized?.kind === "same") return void this.#share(recognized.login, request, key, from);
    if (recognized?.kind === "replay") return this.#rejectReplay(request, from);
    if (recognized?.showsReuse) this.#warnOfReuse(request);
    if (this.#draining) return this.#endpoint.drop("draining", address, gateway, undefined);
    if (this.#pending >= this.#maxPending) {
      return this.#endpoint.drop("overload", address, gateway, `a request: ${this.#maxPending} are under way`);
    }
    // What has come this far was sent by no other address before: a captured request teaches nothing.
    if (signed) this.#learn(request);
    else this.#signing.noteUnsigned(address, gateway, packet);
    this.#pending++;
    const response = this.#decide(request);
    const shared = authentic && this.#replays.begin(authentic, response);
    void this.#answer(this.#duplicates.begin(key, print, signed), shared, response, request, from);
  }

  #learn({ packet, gateway, source: { address } }: AccessRequest): void {
    const line = describeLearning(this.#signing.noteSigned(address, gateway, packet), address, gateway);
    if (line !== undefined) this.#observer.log(line.level, line.message, { section: gateway.section });
  }

  async #answer(
    entry: Remembered,
    shared: SharedLogin | undefined,
    response: Promise<Response>,
    request: AccessRequest,
    from: Deno.NetAddr,
  ): Promise<void> {
    const reply = this.#encode(request, await response);
    const now = this.#clock.now();
    if (shared !== undefined) this.#replays.answered(shared, reply.length, now);
    if (this.#duplicates.answer(entry, reply, now)) await this.#endpoint.send(reply, from);
    this.#pending--;
    this.#wakeIfIdle();
  }

  /** Answers a request that came before, from another port or with another identifier, with the response of its login. */
  async #share(login: SharedLogin, request: AccessRequest, key: string, from: Deno.NetAddr): Promise<void> {
    this.#noteRepeat(request, login.answered ? "answered" : "pending");
    if (!login.answered) {
      // The first port is answered in any case; a flood from all others must not wait here.
      if (login.waiting.has(key) || login.waiting.size >= maxWaiting) return;
      login.waiting.add(key);
    }
    this.#waiting++;
    await this.#endpoint.send(this.#encode(request, await login.response), from);
    login.waiting.delete(key);
    this.#waiting--;
    this.#wakeIfIdle();
  }

  /** Never silence: a gateway would take this proxy for dead. */
  #rejectReplay(request: AccessRequest, from: Deno.NetAddr): void {
    this.#noteRepeat(request, "replay");
    const report = this.#replays.mayReport(request.source.address, request.receivedAt);
    void this.#endpoint.send(this.#encode(request, request.gateway.rejectReplay(request, report)), from);
  }

  #warnOfReuse({ source, gateway }: AccessRequest): void {
    const what =
      `${source.address} signs different requests with one Request Authenticator (RFC 2865, section 3, wants ` +
      "each to be new): a captured request of this gateway is recognized for 30 s only; update its firmware";
    this.#observer.log("warning", what, { section: gateway.section });
  }

  #noteRepeat({ packet, source, gateway }: AccessRequest, kind: RepeatKind): void {
    this.#observer.repeated(kind);
    if (!gateway.debug) return;
    const { identifier } = packet;
    const fields = { section: gateway.section, ...source, identifier, user: userOf(packet) ?? "" };
    this.#observer.log("debug", `Access-Request came again: ${repeatTexts[kind]}`, fields);
  }

  #wakeIfIdle(): void {
    if (this.#pending + this.#waiting > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** The handler's response. A bug must not end in silence: the gateway would only ask again. */
  async #decide(request: AccessRequest): Promise<Response> {
    try {
      return await request.gateway.handler(request);
    } catch (error) {
      return this.#internalError(request, error);
    }
  }

  #encode(request: AccessRequest, response: Response): Uint8Array {
    const { packet, secret } = request;
    try {
      return encodeReply(packet, response, secret);
    } catch (error) {
      return encodeReply(packet, this.#internalError(request, error), secret);
    }
  }

  #internalError({ id, gateway }: AccessRequest, error: unknown): Response {
    const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
    const fields = { section: gateway.section, request_id: id, ...stack };
    this.#observer.log("error", `A login was rejected because of an internal error: ${errorText(error)}`, fields);
    return { kind: "reject", message: "Internal error" };
  }

  /** RFC 5997, section 3.1: an Access-Accept that holds nothing but what every reply holds. */
  #answerStatus(packet: Packet, address: string, gateway: ServedGateway, from: Deno.NetAddr): void {
    // A proxy that is stopping keeps silent, so that gateways turn to another (section 4.2).
    if (this.#draining) return this.#endpoint.drop("draining", address, gateway, undefined);
    void this.#endpoint.send(encodeReply(packet, { kind: "accept" }, gateway.secret), from);
  }
}

const repeatTexts: Readonly<Record<RepeatKind, string>> = {
  pending: "its login is under way",
  answered: "it gets the same answer",
  replay: "it was answered long ago, and is rejected",
};

/** The longest name that a line about a dropped packet shows, in characters. */
const maxShownUser = 64;

/** The user that a packet names, for the log. */
function userOf(packet: Packet): string | undefined {
  const name = getText(packet, attributeType.userName);
  return name === undefined ? undefined : plainText(name).slice(0, maxShownUser);
}
