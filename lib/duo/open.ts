/**
 * Builds what speaks to Duo: the way there, signed calls, both versions of the API with the switch between them, and the
 * service that logins use. All who call Duo open it here, so what works in a check works in a login.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Gate } from "../net/gate.ts";
import { HttpClient } from "../net/http_client.ts";
import { TlsWay } from "../net/tls_way.ts";
import type { FindWay } from "../net/way.ts";
import type { Random } from "../random.ts";
import type { DuoFailure } from "./api.ts";
import { DuoApiV1 } from "./api_v1.ts";
import { DuoApiV2 } from "./api_v2.ts";
import { socketProbe } from "./availability.ts";
import { type Answer, type ConnectionOptions, DuoConnection } from "./connection.ts";
import { DuoService, leastWait, type ServiceLog } from "./duo_service.ts";
import type { OutageMemories } from "./outage.ts";
import type { SignatureAlgorithm } from "./signature.ts";
import { type VersionChoice, type VersionSetting, VersionSwitch } from "./version_switch.ts";

/**
 * Connections to Duo that may be opened at one time: more would be slower, each of them, until they all look like a Duo that
 * doesn't answer.
 */
export const maxHandshakes = 64;
/**
 * So many of them are kept for the calls that find out whether Duo is out: where every connection hangs, logins take all the others,
 * and nobody would ever know.
 */
export const witnessHandshakes = 8;

/** An application of Duo's, and the way to the host that serves it. */
export interface DuoAccount {
  readonly ikey: string;
  /** Gives the secret key's text at the moment when it is used. */
  readonly skey: { reveal(): string };
  readonly apiHost: string;
  readonly apiPort: number;
  /** How long a call may take, in seconds; 0 = no limit but the login's. */
  readonly apiTimeout: number;
  readonly apiVersion: VersionSetting;
  readonly signature: SignatureAlgorithm;
  /** PEM text of the authorities to trust; undefined: the roots that come with the runtime. */
  readonly caCerts: string | undefined;
  /** A proxy that is asked for a tunnel with CONNECT. */
  readonly httpProxy: { readonly host: string; readonly port: number } | undefined;
}

/** What the process lends to whoever calls Duo. */
export interface DuoMeans {
  readonly clock: Clock;
  readonly random: Random;
  /** Finds the way to Duo; by default over the network. */
  readonly findWay?: FindWay;
  /** Names this program to Duo. */
  readonly userAgent: string;
  /** Opens a socket of no use, to see whether one can be opened. */
  readonly openSocket: () => { close(): void };
  /** Passed by each connection to Duo while it is opened. */
  readonly handshakes: Gate;
}

/** Duo's API with one account's keys. */
export interface OpenedApi extends AsyncDisposable {
  readonly connection: DuoConnection;
  readonly versions: VersionSwitch;
}

/** Who is told about the calls to Duo. */
export interface ApiListeners extends Pick<ConnectionOptions, "trace" | "measured"> {
  /** Told once when the application is moved to version 1. */
  readonly moved?: (choice: VersionChoice) => void;
}

/** Opens both versions of Duo's API. No connection is made before the first call; disposing closes all of them. */
export function openApi(account: DuoAccount, means: DuoMeans, { moved, ...listeners }: ApiListeners = {}): OpenedApi {
  const { apiHost, apiPort, apiTimeout, caCerts, httpProxy } = account;
  const { clock, random, userAgent, openSocket, handshakes } = means;
  const where = { host: apiHost, port: apiPort, caCerts, httpProxy };
  const way = means.findWay?.(where) ?? new TlsWay(where, { clock, random });
  const client = new HttpClient({ host: apiHost, port: apiPort, way, clock, handshakes });
  const connection = new DuoConnection(client, {
    host: apiHost,
    ikey: account.ikey,
    skey: () => account.skey.reveal(),
    algorithm: account.signature,
    clock,
    random,
    userAgent,
    canOpenSockets: socketProbe(openSocket, () => clock.now()),
    leastWait: leastWait(apiTimeout * 1_000),
    ...listeners,
  });
  const versions = new VersionSwitch({
    setting: account.apiVersion,
    v1: new DuoApiV1(connection, clock),
    v2: new DuoApiV2(connection, clock),
    clock,
    moved: moved ?? (() => {}),
  });
  return { connection, versions, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** What a service needs beside what every caller does. */
export interface ServiceMeans extends DuoMeans {
  /** What is known of outages. */
  readonly outages: OutageMemories;
}

/** Who is told about what a service does. */
export interface ServiceListeners {
  readonly log: ServiceLog;
  /** Told about each call: its path, how long it took, and how it ended, `untrusted` where the certificate was not accepted. */
  readonly called: (path: string, milliseconds: number, outcome: string) => void;
  /** As in {@link ConnectionOptions}. */
  readonly trace?: (line: string) => void;
}

/** A service with the connections that it uses. */
export interface OpenedService extends AsyncDisposable {
  readonly service: DuoService;
}

/** Opens Duo as sections use it. Disposing ends what runs in the background, then closes the connections. */
export function openService(
  account: DuoAccount,
  means: ServiceMeans,
  { log, called, trace }: ServiceListeners,
): OpenedService {
  const { connection, versions, ...api } = openApi(account, means, {
    measured: (path, took, result) => called(path, took, isUntrusted(result) ? "untrusted" : result.kind),
    moved: (choice) => service.moved(choice),
    ...(trace === undefined ? {} : { trace }),
  });
  const service: DuoService = new DuoService({
    connection,
    versions,
    memory: means.outages.of(wayTo(account)),
    clock: means.clock,
    log,
    apiTimeout: account.apiTimeout * 1_000,
  });
  return {
    service,
    async [Symbol.asyncDispose](): Promise<void> {
      await service[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

/** What witnesses of an outage have in common: one application at one host, reached in one way. */
function wayTo({ ikey, apiHost, apiPort, httpProxy, caCerts }: DuoAccount): string {
  return JSON.stringify([ikey, apiHost, apiPort, httpProxy, caCerts]);
}

function isUntrusted(result: Answer | DuoFailure): boolean {
  return result.kind === "unavailable" && result.cause === "untrusted";
}
