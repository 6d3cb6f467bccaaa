/**
 * The memory for replays: whoever has once seen a signed request can send it again, from any port, at any time, under any
 * address, and it proves as much as it did the first time. It must not push again.
 *
 * An honest gateway repeats itself, too. So the same request gets the same response while the login is under way and as long as
 * its answer is kept, and later a reject, never silence, for which a gateway would mark this proxy dead.
 *
 * One memory serves all sockets of the process, over reloads.
 *
 * @module
 */

import { type KeepLimits, Kept } from "./kept.ts";
import { LogLimiter } from "./log_limiter.ts";
import { type RequestMark, RequestTable, type RequestTableLimits } from "./request_table.ts";
import type { Response } from "./response.ts";

/** How much is remembered. */
export interface ReplayLimits {
  /** Responses for requests that come again. */
  readonly responses: KeepLimits;
  /** Requests that are known again after that. */
  readonly requests: RequestTableLimits;
}

/** An authentic Access-Request. */
export interface AuthenticRequest extends RequestMark {
  /** Address it came from. */
  readonly gateway: string;
  readonly section: string;
  readonly identifier: number;
  /** When it came, in ms. */
  readonly receivedAt: number;
}

/** A login whose response is for whoever sends its request again. */
export interface SharedLogin {
  /** What it is known by. */
  readonly key: string;
  readonly identifier: number;
  /** A response is for its section alone: another one may ask for more. */
  readonly section: string;
  readonly response: Promise<Response>;
  /** Where the same request came from besides, to be answered there, too. */
  readonly waiting: Set<string>;
  /** Whether the response is there. */
  answered: boolean;
}

/** What an authentic request is. */
export type Recognition =
  | {
    readonly kind: "new";
    /** Whether this is what shows that the gateway gives one Request Authenticator to different requests; true once. */
    readonly showsReuse: boolean;
  }
  /** It came before, and the response is pending or kept. */
  | { readonly kind: "same"; readonly login: SharedLogin }
  /** It came before, and gets no response any more. */
  | { readonly kind: "replay" };

const defaultLimits: ReplayLimits = {
  responses: { keep: 30_000, maxAnswers: 100_000, maxOctets: 64 * 1024 * 1024 },
  // Two million requests take 88 MB.
  requests: { keep: 24 * 60 * 60 * 1_000, requestsPerGateway: 100_000, requests: 2_000_000, gateways: 65_536 },
};

/** Events about one address: once in this many ms, and about so many addresses. */
const reports = { interval: 60_000, addresses: 256 } as const;

/** The authentic requests of the last day, by what they hold. */
export class Replays {
  readonly #logins = new Map<string, SharedLogin>();
  readonly #kept: Kept<SharedLogin>;
  readonly #requests: RequestTable;
  readonly #maxGateways: number;
  /** Gateways that give one Request Authenticator to different requests: that one came before says nothing of theirs. */
  readonly #reusing = new Set<string>();
  readonly #reports = new LogLimiter(reports.interval, reports.addresses);

  /** @param now ms of the clock that requests are stamped with. */
  constructor(now: number, limits: ReplayLimits = defaultLimits) {
    this.#kept = new Kept(limits.responses, (login) => this.#forget(login));
    this.#requests = new RequestTable(limits.requests, now);
    this.#maxGateways = limits.requests.gateways;
  }

  /** How much is remembered: logins with a response pending or kept, octets of answers, requests. For tests. */
  get remembered(): { readonly logins: number; readonly octets: number; readonly requests: number } {
    return { logins: this.#logins.size, octets: this.#kept.octets, requests: this.#requests.size };
  }

  /** Whether a request came before. It is not remembered by this, for it may still be turned away. */
  recognize(request: AuthenticRequest): Recognition {
    const { gateway, section, identifier, receivedAt } = request;
    this.#kept.expire(receivedAt);
    const reusing = this.#reusing.has(gateway);
    const login = this.#logins.get(keyOf(request, true)) ?? this.#logins.get(keyOf(request, false));
    if (login !== undefined && (login.identifier === identifier || !reusing)) {
      return login.section === section ? { kind: "same", login } : { kind: "replay" };
    }
    const { same, reused } = this.#requests.find(gateway, request, receivedAt);
    const showsReuse = reused && !reusing && this.#reusing.size < this.#maxGateways;
    if (showsReuse) this.#reusing.add(gateway);
    if (same && !this.#reusing.has(gateway)) return { kind: "replay" };
    return { kind: "new", showsReuse };
  }

  /** Remembers a request whose login begins. */
  begin(request: AuthenticRequest, response: Promise<Response>): SharedLogin {
    const { gateway, identifier, section } = request;
    const key = keyOf(request, this.#reusing.has(gateway));
    this.#requests.add(request.gateway, request, request.receivedAt);
    const login = { key, identifier, section, response, waiting: new Set<string>(), answered: false };
    this.#logins.set(key, login);
    return login;
  }

  /**
   * Notes that the response is there: from now on it is kept for its time.
   *
   * @param octets of the answer.
   */
  answered(login: SharedLogin, octets: number, now: number): void {
    login.answered = true;
    this.#kept.add(login, octets, now);
  }

  /** Whether an event about a replay from this address may be written: anybody can send them. */
  mayReport(address: string, now: number): boolean {
    return this.#reports.allows(address, now);
  }

  #forget(login: SharedLogin): void {
    if (this.#logins.get(login.key) === login) this.#logins.delete(login.key);
  }
}

/**
 * What a login under way is known by. At a gateway that repeats itself, whoever logs in with the same password as somebody else just
 * before looks the same but for the identifier, and must not ride on that login; nobody else can change it.
 */
function keyOf({ fingerprint, identifier }: AuthenticRequest, reusing: boolean): string {
  return reusing ? `${fingerprint} ${identifier}` : fingerprint;
}
