/**
 * The client's end of RADIUS over UDP: asks one server through one socket, sends again what isn't answered, believes only replies
 * that prove that they come from somebody who knows the secret.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { type Random, systemRandom } from "../random.ts";
import { canonicalAddress } from "../net/network.ts";
import { type Attribute, attributeType, getAllAttributes, getAttribute } from "./attributes.ts";
import { signRequest, verifyMessageAuthenticator, verifyResponseAuthenticator } from "./authenticator.ts";
import {
  decodePacket,
  encodePacket,
  maxPacketLength,
  messageAuthenticatorLength,
  type Packet,
  packetCode,
  packetLength,
} from "./packet.ts";
import { hidePassword } from "./password.ts";
import type { DatagramSocket } from "./endpoint.ts";

/** When an unanswered request is sent again (RFC 5080, section 2.2.1). Times in ms. */
export interface Retransmission {
  /** Until the first retransmission; the time doubles with each. */
  readonly first: number;
  /** The longest time between two of them. */
  readonly longest: number;
  /** How often the request is sent at most; 0: as often as `total` allows. */
  readonly tries: number;
  /** How long an answer is waited for. */
  readonly total: number;
  /** How much a time varies, as a part of it. */
  readonly jitter: number;
}

/** The values that RFC 5080 recommends. */
const defaultRetransmission: Retransmission = {
  first: 2_000,
  longest: 16_000,
  tries: 5,
  total: 30_000,
  jitter: 0.1,
};

/** Why a datagram was not taken for an answer. */
export type IgnoredReason =
  | "other source"
  | "malformed"
  | "unexpected identifier"
  | "unexpected code"
  | "wrong Response Authenticator"
  | "wrong Message-Authenticator"
  | "no Message-Authenticator";

/** What a client is made of. */
export interface RadiusClientOptions {
  /** Belongs to the client from now on: closed with it. */
  readonly socket: DatagramSocket;
  /** Address (no name) and port of the server. */
  readonly server: { readonly hostname: string; readonly port: number };
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly retransmission?: Partial<Retransmission>;
  /** Whether replies without Message-Authenticator are ignored; false by default, as many servers send none. */
  readonly requireMessageAuthenticator?: boolean;
  /** For identifiers, authenticators and the jitter; by default the system's. */
  readonly random?: Random;
}

/** What is asked. */
export interface LoginRequest {
  readonly user?: string;
  /** Sent as User-Password. */
  readonly password?: string | Uint8Array;
  /** Behind Message-Authenticator, User-Name and User-Password, as they are. */
  readonly attributes?: readonly Attribute[];
  /** Whether the request carries Message-Authenticator, as its first attribute; true by default. */
  readonly messageAuthenticator?: boolean;
}

/** How it ended. `sent` counts datagrams, `elapsed` is in ms. */
export type LoginResult =
  | {
    readonly kind: "accept" | "reject" | "challenge";
    readonly packet: Packet;
    /** Each Reply-Message. */
    readonly messages: readonly string[];
    /** To be sent back as it is when a challenge is answered. */
    readonly state: Uint8Array | undefined;
    readonly sent: number;
    readonly elapsed: number;
  }
  | {
    readonly kind: "timeout";
    readonly sent: number;
    readonly elapsed: number;
    /** What came instead of an answer. */
    readonly ignored: readonly IgnoredReason[];
  };

/** A request under way. */
export interface Exchange {
  /** The datagram, the same at each retransmission. */
  readonly bytes: Uint8Array;
  readonly identifier: number;
  readonly result: Promise<LoginResult>;
  /** Sends the datagram once more, out of turn. */
  retransmit(): Promise<void>;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly authenticator: Uint8Array;
  readonly begun: number;
  readonly ignored: Set<IgnoredReason>;
  readonly settle: (result: LoginResult) => void;
  sent: number;
  cancel: () => void;
}

const resultKinds: Readonly<Record<number, "accept" | "reject" | "challenge" | undefined>> = {
  [packetCode.accessAccept]: "accept",
  [packetCode.accessReject]: "reject",
  [packetCode.accessChallenge]: "challenge",
};

const encoder = new TextEncoder();

/** Requests that one socket can tell apart. */
const identifiers = 256;

/** A RADIUS client on one socket, with up to 256 requests under way; more wait for their turn. */
export class RadiusClient {
  readonly #socket: DatagramSocket;
  readonly #server: Deno.NetAddr;
  readonly #serverAddress: string;
  readonly #secret: Uint8Array;
  readonly #clock: Clock;
  readonly #retransmission: Retransmission;
  readonly #requireMessageAuthenticator: boolean;
  readonly #random: Random;
  readonly #waiting = new Map<number, Waiting>();
  readonly #queue: (() => void)[] = [];
  readonly #sending = new Set<Promise<void>>();
  readonly #loop: Promise<void>;
  #nextIdentifier: number;
  #closed = false;

  constructor(options: RadiusClientOptions) {
    const address = canonicalAddress(options.server.hostname);
    if (address === undefined) throw new TypeError(`${options.server.hostname} is no address`);
    this.#socket = options.socket;
    this.#server = { transport: "udp", ...options.server };
    this.#serverAddress = address;
    this.#secret = options.secret;
    this.#clock = options.clock;
    this.#retransmission = { ...defaultRetransmission, ...options.retransmission };
    this.#requireMessageAuthenticator = options.requireMessageAuthenticator ?? false;
    this.#random = options.random ?? systemRandom;
    this.#nextIdentifier = this.#random.octets(1)[0] ?? 0;
    this.#loop = this.#receive();
  }

  /** Asks for a login and waits for the answer. */
  async login(request: LoginRequest): Promise<LoginResult> {
    return await (await this.begin(request)).result;
  }

  /** Asks whether the server is there (RFC 5997). An answer is an `accept`, from an accounting port as well. */
  async statusServer(attributes: readonly Attribute[] = []): Promise<LoginResult> {
    return await (await this.#begin(packetCode.statusServer, { attributes })).result;
  }

  /**
   * Sends an Access-Request and gives it back while it is under way.
   *
   * @throws {RangeError} if a value is too long or the packet too large.
   */
  begin(request: LoginRequest): Promise<Exchange> {
    return this.#begin(packetCode.accessRequest, request);
  }

  /** Ends what is under way as if its time were over, and closes the socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#socket.close();
      for (const identifier of [...this.#waiting.keys()]) this.#giveUp(identifier);
      for (const wake of this.#queue.splice(0)) wake();
    }
    await this.#loop;
    await Promise.all(this.#sending);
  }

  async #begin(code: number, request: LoginRequest): Promise<Exchange> {
    while (this.#waiting.size >= identifiers) await new Promise<void>((resolve) => this.#queue.push(resolve));
    if (this.#closed) throw new Error("This RADIUS client is closed");
    const identifier = this.#takeIdentifier();
    const authenticator = this.#random.octets(16);
    const bytes = encodePacket({
      code,
      identifier,
      authenticator,
      attributes: this.#attributes(request, authenticator),
    });
    signRequest(bytes, this.#secret);
    const { promise, resolve } = Promise.withResolvers<LoginResult>();
    const waiting: Waiting = {
      bytes,
      authenticator,
      begun: this.#clock.now(),
      ignored: new Set(),
      settle: resolve,
      sent: 0,
      cancel: () => {},
    };
    this.#waiting.set(identifier, waiting);
    this.#transmit(identifier, waiting, this.#retransmission.first);
    return { bytes, identifier, result: promise, retransmit: () => this.#send(bytes) };
  }

  #attributes(
    { user, password, attributes, messageAuthenticator }: LoginRequest,
    authenticator: Uint8Array,
  ): readonly Attribute[] {
    const list: Attribute[] = [];
    if (messageAuthenticator !== false) {
      list.push({ type: attributeType.messageAuthenticator, value: new Uint8Array(messageAuthenticatorLength) });
    }
    if (user !== undefined) list.push({ type: attributeType.userName, value: encoder.encode(user) });
    if (password !== undefined) {
      const octets = typeof password === "string" ? encoder.encode(password) : password;
      list.push({ type: attributeType.userPassword, value: hidePassword(octets, authenticator, this.#secret) });
    }
    return [...list, ...attributes ?? []];
  }

  /** Identifiers go round, so that one isn't used again while a late answer to its last request may still come. */
  #takeIdentifier(): number {
    let identifier = this.#nextIdentifier;
    while (this.#waiting.has(identifier)) identifier = (identifier + 1) % identifiers;
    this.#nextIdentifier = (identifier + 1) % identifiers;
    return identifier;
  }

  /** Sends, and sets the timer for the next time. `delay` is that time before jitter. */
  #transmit(identifier: number, waiting: Waiting, delay: number): void {
    const { longest, tries, total, jitter } = this.#retransmission;
    waiting.sent++;
    void this.#send(waiting.bytes);
    const left = waiting.begun + total - this.#clock.now();
    const wait = delay * (1 + jitter * (2 * this.#random.number() - 1));
    if (wait >= left) {
      waiting.cancel = this.#clock.after(left, () => this.#giveUp(identifier));
    } else if (tries > 0 && waiting.sent >= tries) {
      waiting.cancel = this.#clock.after(wait, () => this.#giveUp(identifier));
    } else {
      waiting.cancel = this.#clock.after(
        wait,
        () => this.#transmit(identifier, waiting, Math.min(delay * 2, longest)),
      );
    }
  }

  #giveUp(identifier: number): void {
    const waiting = this.#waiting.get(identifier);
    if (waiting === undefined) return;
    this.#release(identifier, waiting);
    waiting.settle({
      kind: "timeout",
      sent: waiting.sent,
      elapsed: this.#clock.now() - waiting.begun,
      ignored: [...waiting.ignored],
    });
  }

  #release(identifier: number, waiting: Waiting): void {
    waiting.cancel();
    this.#waiting.delete(identifier);
    this.#queue.shift()?.();
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(maxPacketLength);
    for (let errors = 0; !this.#closed;) {
      try {
        const [bytes, from] = await this.#socket.receive(buffer);
        errors = 0;
        if (from.transport === "udp") this.#take(bytes.slice(), from);
      } catch {
        // A server that isn't there may show as an error of the socket; the next retransmission tries again. A broken socket ends in
        // timeouts.
        if (this.#closed || ++errors > 100) return;
      }
    }
  }

  #take(datagram: Uint8Array, from: Deno.NetAddr): void {
    const identifier = datagram[1] ?? -1;
    const waiting = this.#waiting.get(identifier);
    const answer = this.#judge(datagram, from, waiting);
    if (typeof answer === "string") {
      // What belongs to no request in particular is told to all of them.
      for (const one of waiting === undefined ? this.#waiting.values() : [waiting]) one.ignored.add(answer);
      return;
    }
    this.#release(identifier, answer.waiting);
    const { packet } = answer;
    const decoder = new TextDecoder();
    answer.waiting.settle({
      kind: answer.kind,
      packet,
      messages: getAllAttributes(packet, attributeType.replyMessage).map((value) => decoder.decode(value)),
      state: getAttribute(packet, attributeType.state),
      sent: answer.waiting.sent,
      elapsed: this.#clock.now() - answer.waiting.begun,
    });
  }

  #judge(datagram: Uint8Array, from: Deno.NetAddr, waiting: Waiting | undefined): IgnoredReason | {
    readonly kind: "accept" | "reject" | "challenge";
    readonly packet: Packet;
    readonly waiting: Waiting;
  } {
    if (from.port !== this.#server.port || canonicalAddress(from.hostname) !== this.#serverAddress) {
      return "other source";
    }
    const decoded = decodePacket(datagram);
    if (decoded.kind === "malformed") return "malformed";
    if (waiting === undefined) return "unexpected identifier";
    const { packet } = decoded;
    const kind = packet.code === packetCode.accountingResponse && waiting.bytes[0] === packetCode.statusServer
      ? "accept"
      : resultKinds[packet.code];
    if (kind === undefined) return "unexpected code";
    const bytes = datagram.subarray(0, packetLength(datagram));
    const { authenticator } = waiting;
    if (!verifyResponseAuthenticator(bytes, authenticator, this.#secret)) return "wrong Response Authenticator";
    const signature = verifyMessageAuthenticator(bytes, authenticator, this.#secret);
    if (signature === "invalid") return "wrong Message-Authenticator";
    if (signature === "absent" && this.#requireMessageAuthenticator) return "no Message-Authenticator";
    return { kind, packet, waiting };
  }

  #send(bytes: Uint8Array): Promise<void> {
    const sent = this.#trySend(bytes).finally(() => this.#sending.delete(sent));
    this.#sending.add(sent);
    return sent;
  }

  async #trySend(bytes: Uint8Array): Promise<void> {
    try {
      await this.#socket.send(bytes, this.#server);
    } catch {
      // As if the datagram had been lost: the next retransmission, or the timeout, follows.
    }
  }
}
