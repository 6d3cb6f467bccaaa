/**
 * The server's end of RADIUS over UDP: one socket, its clients, and the memory of what was answered.
 *
 * A datagram passes these checks in this order: structure, a known client, a served code, Message-Authenticator, Proxy-State, a
 * repeat. Only what has passed them touches the memory for repeats, and only a valid Message-Authenticator teaches the server
 * anything, so nobody without the secret can fill or poison what it knows.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import type { Network } from "../config/network.ts";
import { type DuplicateLimits, Duplicates, fingerprint, type Remembered } from "./duplicates.ts";
import { attributeType, hasAttribute } from "./attributes.ts";
import { verifyMessageAuthenticator } from "./authenticator.ts";
import { ClientTable } from "./client_table.ts";
import { LogLimiter } from "./log_limiter.ts";
import { type Decoded, decodePacket, maxPacketLength, type Packet, packetCode, packetLength } from "./packet.ts";
import { canBeAnswered, encodeReply } from "./reply.ts";
import { isTestLogin } from "./test_login.ts";
import type { Verdict } from "./verdict.ts";

/** The part of `Deno.DatagramConn` that is used. */
export interface DatagramSocket {
  readonly addr: Deno.Addr;
  receive(buffer: Uint8Array): Promise<[Uint8Array, Deno.Addr]>;
  send(bytes: Uint8Array, to: Deno.Addr): Promise<number>;
  close(): void;
}

/** What a client's requests must carry: `auto` requires it from an address once a valid one was seen from there. */
export type Requirement = "true" | "false" | "auto";

/** Takes a request that has passed all checks to its verdict. Repeats of it never come here. */
export type Handler = (request: AccessRequest) => Promise<Verdict>;

/** A client, or a network of clients, with its secret. */
export interface ServerClient {
  readonly network: Network;
  readonly secret: Uint8Array;
  /** Whether an Access-Request must carry Message-Authenticator. One with EAP-Message always must (RFC 3579, section 3.1). */
  readonly requireMessageAuthenticator: Requirement;
  /** Whether one with Proxy-State must: a forged one is what CVE-2024-3596 needs. */
  readonly limitProxyState: Requirement;
  /** Name of the section that the client belongs to. */
  readonly section: string;
  readonly handler: Handler;
}

/** Where a datagram came from. */
export interface Source {
  /** IPv4 addresses are in dotted form, also on a socket for both families. */
  readonly address: string;
  readonly port: number;
}

/** An Access-Request that has passed all checks. */
export interface AccessRequest {
  readonly packet: Packet;
  readonly source: Source;
  /** The client's secret when the request came; a reload doesn't change it. */
  readonly secret: Uint8Array;
  /** When its datagram came, in the clock's monotonic milliseconds. */
  readonly receivedAt: number;
  /** Short, and unique on this proxy: for events and log lines. */
  readonly id: string;
  /** Whether it came with a valid Message-Authenticator: anybody can send an unsigned one under a gateway's address. */
  readonly signed: boolean;
  readonly client: ServerClient;
}

/** Why a datagram was dropped without an answer. */
export type DropReason =
  | "malformed"
  | "unknown-client"
  | "code"
  | "bad-message-authenticator"
  | "no-message-authenticator"
  | "proxy-state"
  | "draining"
  | "overload";

/** A datagram that was dropped. */
export interface Drop {
  readonly reason: DropReason;
  /** The address it came from. */
  readonly source: string;
  /** Section of the client; absent if there is none, or if it wasn't looked for. */
  readonly section?: string;
}

/** Told what the server does beside answering. No method may throw. */
export interface ServerObserver {
  /** A datagram was dropped. */
  dropped(drop: Drop): void;
  /** A repeat was not processed again: its login is under way, or its answer was sent once more. */
  repeated?(kind: "pending" | "answered"): void;
  /** A line for the operational log. Lines about one reason and one address come at most once a minute. */
  log(
    level: "debug" | "info" | "warning" | "error",
    message: string,
    fields?: Readonly<Record<string, string | number>>,
  ): void;
}

/** Bounds of what a server holds. */
export interface ServerLimits extends DuplicateLimits {
  /** Requests whose verdict is awaited; more are dropped before a login exists. */
  readonly maxPending: number;
}

/** What a server is made of. */
export interface RadiusServerOptions {
  readonly socket: DatagramSocket;
  readonly clock: Clock;
  readonly clients: readonly ServerClient[];
  readonly observer: ServerObserver;
  /** Defaults are meant for service: 100,000 requests under way, 100,000 answers in 64 MiB, kept 30 s. */
  readonly limits?: Partial<ServerLimits>;
}

const defaultLimits: ServerLimits = {
  maxPending: 100_000,
  maxAnswers: 100_000,
  maxOctets: 64 * 1024 * 1024,
  keep: 30_000,
};

/** Addresses that are remembered for having sent a valid Message-Authenticator; their number is that of gateways. */
const maxSigning = 65_536;

/** How many secrets are tried for a Status-Server from this machine: its cost stays that of a few packets. */
const maxLocalClients = 16;

/** Log lines about one topic: once in this many ms. */
const logInterval = 60_000;

/** Topics per interval. Strangers have their own, so that a flood of them doesn't hide what happens to clients. */
const maxLogTopics = 256;

/** A socket that fails again and again is asked after these many ms, doubled each time up to the second. */
const retryDelays = { first: 10, last: 1_000 } as const;

/** A RADIUS server on one socket. It serves from its construction until it is disposed of. */
export class RadiusServer {
  readonly #socket: DatagramSocket;
  readonly #clock: Clock;
  readonly #observer: ServerObserver;
  readonly #maxPending: number;
  readonly #duplicates: Duplicates;
  /** Addresses that have sent an Access-Request with a valid Message-Authenticator of their own accord. */
  readonly #signing = new Set<string>();
  readonly #clientLog = new LogLimiter(logInterval, maxLogTopics);
  readonly #strangerLog = new LogLimiter(logInterval, maxLogTopics);
  readonly #sending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #idPrefix = crypto.randomUUID().slice(0, 8);
  readonly #loop: Promise<void>;
  #clients: ClientTable<ServerClient>;
  /** Clients whose secrets are tried for a Status-Server from this machine. */
  #localClients: readonly ServerClient[];
  #requests = 0;
  #pending = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  #draining = false;

  constructor({ socket, clock, clients, observer, limits }: RadiusServerOptions) {
    const { maxPending, ...answerLimits } = { ...defaultLimits, ...limits };
    this.#socket = socket;
    this.#clock = clock;
    this.#observer = observer;
    this.#maxPending = maxPending;
    this.#duplicates = new Duplicates(answerLimits);
    this.#clients = new ClientTable(clients);
    this.#localClients = clients.slice(0, maxLocalClients);
    this.#loop = this.#serve();
  }

  /** The address that the socket is bound to. */
  get address(): { readonly hostname: string; readonly port: number } {
    const { addr } = this.#socket;
    if (addr.transport !== "udp") throw new TypeError(`RADIUS is not served over ${addr.transport}`);
    return addr;
  }

  /** Requests whose verdict is awaited. */
  get pending(): number {
    return this.#pending;
  }

  /** How much is remembered: requests and answers, their octets, addresses. For tests, which show that it is bounded. */
  get remembered(): {
    readonly requests: number;
    readonly octets: number;
    readonly addresses: number;
    readonly topics: number;
  } {
    return {
      requests: this.#duplicates.size,
      octets: this.#duplicates.octets,
      addresses: this.#signing.size,
      topics: this.#clientLog.size + this.#strangerLog.size,
    };
  }

  /** Exchanges the clients. Requests under way, answers for repeats and what `auto` has learned stay. */
  setClients(clients: readonly ServerClient[]): void {
    this.#clients = new ClientTable(clients);
    this.#localClients = clients.slice(0, maxLocalClients);
  }

  /** From now on no login begins; those under way are answered, and so are repeats. Status-Server gets no answer any more. */
  drain(): void {
    this.#draining = true;
  }

  /** Resolves when no verdict is awaited and all replies are handed over. */
  idle(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }

  /** Closes the socket. Verdicts that are still awaited are sent nowhere. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#socket.close();
    }
    await this.#loop;
    await Promise.all(this.#sending);
  }

  async #serve(): Promise<void> {
    const { signal } = this.#closing;
    const buffer = new Uint8Array(maxPacketLength);
    for (let errors = 0; !signal.aborted;) {
      try {
        const [bytes, from] = await this.#socket.receive(buffer);
        errors = 0;
        // The buffer takes the next datagram while this one's login is still under way.
        if (from.transport === "udp") this.#take(bytes.slice(), from);
      } catch (error) {
        if (signal.aborted) return;
        // An ICMP error about an earlier reply comes out here, once. A socket that only fails must not keep the loop busy.
        if (++errors === 1) continue;
        this.#logLimited(this.#clientLog, "receive", `Can't receive: ${errorText(error)}`, {});
        await sleep(this.#clock, Math.min(retryDelays.first * 2 ** (errors - 2), retryDelays.last), signal);
      }
    }
  }

  #take(datagram: Uint8Array, from: Deno.NetAddr): void {
    const decoded = decodePacket(datagram);
    const located = this.#clients.locate(from.hostname);
    const { address } = located;
    const client = located.client ?? this.#localClient(datagram, decoded, address);
    if (decoded.kind === "malformed") {
      return this.#drop("malformed", address, client, `a datagram that is no RADIUS packet: ${decoded.reason}`);
    }
    if (client === undefined) {
      return this.#drop("unknown-client", address, client, "a packet: no section on this port lists it as radius_ip_N");
    }
    const { packet } = decoded;
    if (packet.code !== packetCode.accessRequest && packet.code !== packetCode.statusServer) {
      return this.#drop(
        "code",
        address,
        client,
        packet.code === packetCode.accountingRequest
          ? "an Accounting-Request: accounting is not served, send it to another server"
          : `a packet of code ${packet.code}: only Access-Request and Status-Server are served`,
      );
    }
    const bytes = datagram.subarray(0, packetLength(datagram));
    const signature = verifyMessageAuthenticator(bytes, packet.authenticator, client.secret);
    if (!this.#isAllowed(packet, signature, address, client)) return;
    if (packet.code === packetCode.statusServer) return this.#answerStatus(packet, address, client, from);

    const now = this.#clock.now();
    const key = `${address} ${from.port} ${packet.identifier}`;
    const print = fingerprint(bytes, packet);
    this.#duplicates.expire(now);
    const known = this.#duplicates.find(key, print);
    if (known !== undefined) {
      this.#observer.repeated?.(known.reply === undefined ? "pending" : "answered");
      if (known.reply !== undefined) void this.#send(known.reply, from);
      return;
    }
    if (this.#draining) return this.#drop("draining", address, client, undefined);
    if (this.#pending >= this.#maxPending) {
      return this.#drop("overload", address, client, `a request: ${this.#maxPending} are under way`);
    }
    const request: AccessRequest = {
      packet,
      source: { address, port: from.port },
      secret: client.secret,
      receivedAt: now,
      id: `${this.#idPrefix}-${(++this.#requests).toString(36)}`,
      signed: signature === "valid",
      client,
    };
    this.#pending++;
    void this.#answer(this.#duplicates.begin(key, print, signature === "valid"), request, from);
  }

  /**
   * A Status-Server from this machine itself counts as from the client whose secret it is signed with, so that
   * `connectivity-check` can tell that it is this proxy that holds the port. It gets nothing but the answer that it is there.
   */
  #localClient(datagram: Uint8Array, decoded: Decoded, address: string): ServerClient | undefined {
    if (decoded.kind === "malformed" || decoded.packet.code !== packetCode.statusServer) return undefined;
    const isLocal = address.startsWith("127.") || address === "::1" || address === this.address.hostname;
    if (!isLocal) return undefined;
    const bytes = datagram.subarray(0, packetLength(datagram));
    const { authenticator } = decoded.packet;
    return this.#localClients.find(({ secret }) =>
      verifyMessageAuthenticator(bytes, authenticator, secret) === "valid"
    );
  }

  /** What Message-Authenticator or its absence means for the packet; teaches `auto`. */
  #isAllowed(
    packet: Packet,
    signature: "valid" | "invalid" | "absent",
    address: string,
    client: ServerClient,
  ): boolean {
    const isStatus = packet.code === packetCode.statusServer;
    const isEap = hasAttribute(packet, attributeType.eapMessage);
    const hasProxyState = hasAttribute(packet, attributeType.proxyState);
    if (signature === "invalid") {
      this.#drop(
        "bad-message-authenticator",
        address,
        client,
        "a packet with a wrong Message-Authenticator: the gateway's shared secret most likely differs from radius_secret_N",
      );
      return false;
    }
    if (hasProxyState && !canBeAnswered(packet)) {
      this.#drop("malformed", address, client, "a packet with so much Proxy-State that no reply has room for it");
      return false;
    }
    if (signature === "valid") {
      // Status-Server and EAP must carry it, so a gateway that sends it there may well send logins without.
      if (!isStatus && !isEap && !isTestLogin(packet)) this.#learn(address, client);
      return true;
    }
    if (isStatus || isEap) {
      this.#drop(
        "no-message-authenticator",
        address,
        client,
        `${isStatus ? "a Status-Server" : "an EAP request"} without Message-Authenticator, which RADIUS requires of it`,
      );
      return false;
    }
    const signs = this.#signing.has(address);
    if (applies(client.requireMessageAuthenticator, signs)) {
      this.#drop(
        "no-message-authenticator",
        address,
        client,
        client.requireMessageAuthenticator === "auto"
          ? "a request without Message-Authenticator: an earlier one from there had it. If several gateways share this address " +
            "and one can't send it, set radius_require_message_authenticator_N=false"
          : "a request without Message-Authenticator: switch it on at the gateway, or set radius_require_message_authenticator_N",
      );
      return false;
    }
    if (hasProxyState && applies(client.limitProxyState, signs)) {
      this.#drop(
        "proxy-state",
        address,
        client,
        "a request with Proxy-State but without Message-Authenticator (limit_proxy_state)",
      );
      return false;
    }
    return true;
  }

  #learn(address: string, client: ServerClient): void {
    if (this.#signing.has(address) || this.#signing.size >= maxSigning) return;
    this.#signing.add(address);
    const { requireMessageAuthenticator: required, limitProxyState: limited, section } = client;
    if (required !== "auto" && (required === "true" || limited !== "auto")) return;
    const what = required === "auto" ? "from it" : "from it where there is Proxy-State";
    this.#observer.log("info", `${address} sends Message-Authenticator: required ${what} from now on`, { section });
  }

  async #answer(entry: Remembered, request: AccessRequest, from: Deno.NetAddr): Promise<void> {
    const reply = await this.#decide(request);
    if (reply === undefined) this.#duplicates.forget(entry);
    else if (this.#duplicates.answer(entry, reply, this.#clock.now())) await this.#send(reply, from);
    if (--this.#pending > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** The encoded reply; undefined for none. A bug must not end in silence: the gateway would only ask again. */
  async #decide(request: AccessRequest): Promise<Uint8Array | undefined> {
    const { packet, secret, client, id } = request;
    try {
      const verdict = await client.handler(request);
      return verdict.kind === "drop" ? undefined : encodeReply(packet, verdict, secret);
    } catch (error) {
      const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
      const fields = { section: client.section, request_id: id, ...stack };
      this.#observer.log("error", `A login was rejected because of an internal error: ${errorText(error)}`, fields);
      return encodeReply(packet, { kind: "reject", message: "Internal error" }, secret);
    }
  }

  /** RFC 5997, section 3.1: an Access-Accept that holds nothing but what every reply holds. */
  #answerStatus(packet: Packet, address: string, client: ServerClient, from: Deno.NetAddr): void {
    // A proxy that is stopping keeps silent, so that gateways turn to another (section 4.2).
    if (this.#draining) return this.#drop("draining", address, client, undefined);
    void this.#send(encodeReply(packet, { kind: "accept" }, client.secret), from);
  }

  #send(reply: Uint8Array, to: Deno.NetAddr): Promise<void> {
    const sent = this.#trySend(reply, to).finally(() => this.#sending.delete(sent));
    this.#sending.add(sent);
    return sent;
  }

  async #trySend(reply: Uint8Array, to: Deno.NetAddr): Promise<void> {
    if (this.#closing.signal.aborted) return;
    try {
      await this.#socket.send(reply, to);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const text = `Can't send a reply to ${to.hostname}: ${errorText(error)}`;
      this.#logLimited(this.#clientLog, `send ${to.hostname}`, text, {});
    }
  }

  /** `what` ends a sentence for the log; undefined: none is written. */
  #drop(reason: DropReason, source: string, client: ServerClient | undefined, what: string | undefined): void {
    const section = client === undefined ? {} : { section: client.section };
    this.#observer.dropped({ reason, source, ...section });
    if (what === undefined) return;
    const log = client === undefined ? this.#strangerLog : this.#clientLog;
    this.#logLimited(log, `${reason} ${source}`, `Dropped from ${source} ${what}`, section);
  }

  #logLimited(log: LogLimiter, topic: string, message: string, fields: Readonly<Record<string, string>>): void {
    if (log.allows(topic, this.#clock.now())) this.#observer.log("warning", message, fields);
  }
}

function applies(requirement: Requirement, signs: boolean): boolean {
  return requirement === "true" || (requirement === "auto" && signs);
}

function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
