/**
 * A stand-in for Duo's cloud on this machine: Auth API v1 and v2 over real TLS, with faults on demand and a transcript.
 *
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import type { ApiOptions } from "./api_request.ts";
import { defaultApplications, type SimulatedApplication } from "./applications.ts";
import { CallHandler } from "./call_handler.ts";
import { type CallCounters, type CallFilter, type RecordedCall, Transcript } from "./calls.ts";
import { Authority, type CertificateKind, type ServerCertificate } from "./certificates.ts";
import {
  Cloud,
  type CloudObserver,
  type CloudOptions,
  type FactorCounters,
  type PendingRequest,
  type SentCodes,
} from "./cloud.ts";
import { type ActiveFault, type Fault, FaultList } from "./faults.ts";
import { HttpServer } from "./http_server.ts";
import type { ListenAddress } from "./listener.ts";
import { type Answer, defaultUsers, type SimulatedUser } from "./users.ts";

/** How a simulator is started; everything has a default. */
export interface SimulatorOptions {
  /** Default 127.0.0.1 and a port that the system chooses. */
  readonly listen?: ListenAddress;
  /** Names and addresses for the certificate beyond `localhost`, 127.0.0.1, ::1 and {@link simulatedHost}. */
  readonly names?: readonly string[];
  /** Default {@link defaultUsers}. */
  readonly users?: readonly SimulatedUser[];
  /** Default {@link defaultApplications}. */
  readonly applications?: readonly SimulatedApplication[];
  readonly clock?: Clock;
  /** Certificate shown at first. Default `good`. */
  readonly certificate?: CertificateKind;
  /** Seconds by which the server's clock is off at first. Default 0. */
  readonly skew?: number;
  /** Calls kept in the transcript. Default 10,000. */
  readonly transcriptLimit?: number;
  /** Where documents leave room, and how long things take; see {@link CloudOptions} and {@link ApiOptions}. */
  readonly behavior?: Partial<ApiOptions & Omit<CloudOptions, "clock" | "random" | "observer">>;
  readonly random?: (length: number) => Uint8Array;
  readonly observer?: CloudObserver;
}

/** Counts since the start or the last reset. */
export interface SimulatorCounters extends FactorCounters {
  /** TCP connections accepted since the start; not reset. */
  readonly connections: number;
  /** TCP connections open now. */
  readonly openConnections: number;
  /** TCP connections that failed before a request came, since the start: mostly a certificate that was refused. */
  readonly brokenConnections: number;
  /** Calls by `v1/auth`, `v2/preauth` and so on. */
  readonly endpoints: CallCounters;
}

/** A host name in Duo's shape that the certificate is valid for; clients have to be told where it is. */
const simulatedHost = "api-sim.duosecurity.test";

const logo = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="),
  (character) => character.charCodeAt(0),
);

/** A running simulator. Closing it cuts all connections and cancels all timers. */
export class DuoSimulator implements AsyncDisposable {
  /** The authority's certificate: what `http_ca_certs_file` has to hold. */
  readonly caPem: string;
  /** The applications whose keys are accepted; the first is the default one. */
  readonly applications: readonly SimulatedApplication[];
  readonly #authority: Authority;
  readonly #clock: Clock;
  readonly #cloud: Cloud;
  readonly #faults = new FaultList();
  readonly #transcript: Transcript;
  #server: HttpServer | undefined;
  readonly #abort = new AbortController();
  readonly #initial: { readonly certificate: CertificateKind; readonly skew: number };
  readonly #handler: CallHandler;
  #certificate: CertificateKind;
  #shown: ServerCertificate;
  #reachable = true;
  #skew: number;
  #dropAccepts = 0;

  private constructor(options: SimulatorOptions, authority: Authority, certificate: ServerCertificate) {
    this.#authority = authority;
    this.#clock = options.clock ?? systemClock;
    this.#certificate = options.certificate ?? "good";
    this.#shown = certificate;
    this.#skew = options.skew ?? 0;
    this.#initial = { certificate: this.#certificate, skew: this.#skew };
    this.#transcript = new Transcript(options.transcriptLimit ?? 10_000);
    this.applications = options.applications ?? defaultApplications;
    this.caPem = authority.pem;
    this.#cloud = new Cloud(options.users ?? defaultUsers, {
      answerTimeout: 60_000,
      pollHold: 10_000,
      pollEnds: "same-step",
      lockoutAfter: 0,
      askAll: false,
      ...options.behavior,
      clock: this.#clock,
      random: options.random ?? ((length) => crypto.getRandomValues(new Uint8Array(length))),
      observer: options.observer ?? {},
    });
    this.#handler = new CallHandler({
      clock: this.#clock,
      cloud: this.#cloud,
      faults: this.#faults,
      transcript: this.#transcript,
      applications: this.applications,
      api: { acceptIpv6: false, numbering: "capable", unknownFactor: "deny", logo, ...options.behavior },
      skew: () => this.#skew,
    });
  }

  /**
   * Makes the certificates and starts to listen.
   *
   * @throws an error with the code `EADDRINUSE`, or another of the system's, if a port can't be opened.
   */
  static async start(options: SimulatorOptions = {}): Promise<DuoSimulator> {
    const listen = options.listen ?? { hostname: "127.0.0.1", port: 0 };
    const wildcard = listen.hostname === "0.0.0.0" || listen.hostname === "::";
    const names = new Set(["localhost", simulatedHost, "127.0.0.1", "::1", ...(wildcard ? [] : [listen.hostname])]);
    const authority = await Authority.create([...names, ...options.names ?? []]);
    const simulator = new DuoSimulator(options, authority, await authority.issue(options.certificate ?? "good"));
    try {
      simulator.#server = await HttpServer.start(
        listen,
        {
          accept: () => simulator.#accept(),
          begin: (head, connection) => simulator.#handler.begin(head, connection),
          answer: (request) => simulator.#handler.answer(request),
        },
        simulator.#clock,
        () => simulator.#shown,
      );
    } catch (error) {
      await simulator[Symbol.asyncDispose]();
      throw error;
    }
    return simulator;
  }

  /** Closes everything and waits until nothing runs any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error("The simulator was closed"));
    this.#cloud[Symbol.dispose]();
    await this.#server?.[Symbol.asyncDispose]();
  }

  /** What clients connect to. */
  get host(): string {
    const hostname = this.#server?.address.hostname ?? "";
    return hostname === "0.0.0.0" || hostname === "::" ? "localhost" : hostname;
  }

  /** The port of {@link host}. */
  get port(): number {
    return this.#server?.address.port ?? 0;
  }

  // What was seen.

  /** The transcript: the latest calls, oldest first. */
  get calls(): readonly RecordedCall[] {
    return this.#transcript.calls;
  }

  /** The calls of the transcript that match. */
  findCalls(filter: CallFilter): readonly RecordedCall[] {
    return this.#transcript.find(filter);
  }

  /**
   * Resolves once at least `count` matching calls have come in; what they wait for (timers, other calls) is set up by
   * then. With `outcome: "answered"` in the filter: once they are answered.
   *
   * @throws the reason of `signal`, or an error when the simulator closes before.
   */
  whenCalled(filter: CallFilter, count = 1, signal?: AbortSignal): Promise<readonly RecordedCall[]> {
    return this.#transcript.when(filter, count, this.#either(signal));
  }

  /** Counts since the start or the last {@link reset}. */
  get counters(): SimulatorCounters {
    return {
      ...this.#cloud.counters,
      connections: this.#server?.accepted ?? 0,
      openConnections: this.#server?.open ?? 0,
      brokenConnections: this.#server?.broken ?? 0,
      endpoints: this.#transcript.counters,
    };
  }

  /** Forgets the transcript and the counts of calls, and nothing else. */
  clearCalls(): void {
    this.#transcript.clear();
  }

  // People.

  /** All users as they are now. */
  get users(): readonly SimulatedUser[] {
    return this.#cloud.users;
  }

  /** Adds a user, or replaces the one of the same name. */
  setUser(user: SimulatedUser): void {
    this.#cloud.setUser(user);
  }

  /** Pushes and calls that wait for an answer. */
  get pending(): readonly PendingRequest[] {
    return this.#cloud.pending;
  }

  /** Resolves once at least `count` pushes or calls wait for an answer. Throws as {@link whenCalled}. */
  whenPending(count = 1, signal?: AbortSignal): Promise<readonly PendingRequest[]> {
    return this.#cloud.whenPending(count, this.#either(signal));
  }

  /** Answers a pending push or call by its number; false if there is none. */
  answer(number: number, answer: Exclude<Answer, "ask" | "never">): boolean {
    return this.#cloud.answer(number, answer);
  }

  /** SMS codes that were sent to a user and are still good, those to be used first in front. */
  smsCodes(username: string): readonly string[] {
    return this.#cloud.smsCodes(username);
  }

  /** SMS codes of everybody who has some. */
  get sentCodes(): readonly Omit<SentCodes, "deviceId">[] {
    return this.#cloud.users
      .map(({ username }) => ({ username, codes: this.#cloud.smsCodes(username) }))
      .filter(({ codes }) => codes.length > 0);
  }

  /** Ends an enrolment as its user does with a phone; false if there is no such user, or nothing to enrol. */
  completeEnrollment(username: string): boolean {
    return this.#cloud.completeEnrollment(username);
  }

  // Faults.

  /** Faults that are set, used-up ones included. */
  get faults(): readonly ActiveFault[] {
    return this.#faults.list;
  }

  /** Sets a fault after those that are set. @returns its identifier. */
  addFault(fault: Fault): number {
    return this.#faults.add(fault);
  }

  /** Removes a fault; false if there is none of that identifier. */
  removeFault(id: number): boolean {
    return this.#faults.remove(id);
  }

  /** Removes all faults. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** The certificate shown to new connections. */
  get certificate(): CertificateKind {
    return this.#certificate;
  }

  /** Shows another certificate from now on; all connections are cut. */
  async setCertificate(kind: CertificateKind): Promise<void> {
    this.#shown = await this.#authority.issue(kind);
    this.#certificate = kind;
    await this.#server?.renewCertificate();
  }

  /** Seconds by which the server's clock is off. */
  get skew(): number {
    return this.#skew;
  }

  /** Puts the server's clock forward (positive) or back, in seconds: what ping tells, and which dates are accepted. */
  setSkew(seconds: number): void {
    this.#skew = seconds;
  }

  /** Whether the port is open. */
  get reachable(): boolean {
    return this.#reachable;
  }

  /**
   * Closes the port and cuts all connections, so that clients are refused; or opens the same port again.
   *
   * @throws an error with the code `EADDRINUSE` if somebody has taken the port meanwhile.
   */
  async setReachable(reachable: boolean): Promise<void> {
    this.#reachable = reachable;
    if (reachable) await this.#server?.listen();
    else await this.#server?.stopListening();
  }

  /** Cuts the next `count` connections as soon as they are accepted, before TLS begins; 0 accepts all again. */
  dropConnections(count: number): void {
    this.#dropAccepts = count;
  }

  /** Cuts open connections: all, or those on which no call is being answered. */
  cutConnections(which: "all" | "idle" = "all"): void {
    this.#server?.cutConnections(which);
  }

  /** Back to the start: users, codes, pending pushes, faults, transcript, counts, certificate, clock, open port. */
  async reset(): Promise<void> {
    this.#cloud.reset();
    this.#faults.clear();
    this.#transcript.clear();
    this.#skew = this.#initial.skew;
    this.#dropAccepts = 0;
    await this.setReachable(true);
    if (this.#certificate !== this.#initial.certificate) await this.setCertificate(this.#initial.certificate);
  }

  #accept(): boolean {
    if (this.#dropAccepts <= 0) return true;
    this.#dropAccepts--;
    return false;
  }

  #either(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#abort.signal : AbortSignal.any([signal, this.#abort.signal]);
  }
}
