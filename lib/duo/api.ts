/**
 * The one interface to Duo's authentication service that logins know. Its two adapters are `api_v2.ts` and `api_v1.ts`.
 *
 * @module
 */

import type { Delayed, Overloaded, Unavailable } from "./availability.ts";
import type { Device, TypedFactor } from "./factor.ts";

/** How long a call may take and what ends it early. */
export interface CallLimits {
  /** Monotonic milliseconds of the clock. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** True: the call is made once, whatever happens, on a connection that nothing was sent on before. */
  readonly fresh?: boolean;
  /** True: others wait for what the call finds, so it passes those that wait for a connection of their own. */
  readonly urgent?: boolean;
}

/** Duo answered, and said no to the request itself (4xx): a configuration error, our clock, or too many requests. */
export interface Refused {
  readonly kind: "refused";
  /** HTTP status. */
  readonly status: number;
  /** Five digits whose first three are the status, or null if Duo sent none. */
  readonly code: number | null;
  readonly message: string;
  /** Names the parameter or the reason, or is empty. */
  readonly detail: string;
}

/** Duo answered in its envelope, and what is in it is of no use, such as a `result` that we do not know: a reject, never an outage. */
export interface DuoError {
  readonly kind: "duo-error";
  /** For the log: what was wrong, without anything of the reply. */
  readonly detail: string;
}

/** The login was given up while a call was under way. */
export interface Aborted {
  readonly kind: "aborted";
}

/** Everything but an answer. */
export type DuoFailure = Unavailable | Delayed | Overloaded | Refused | DuoError | Aborted;

/** A failure of the second factor. With a transaction Duo had begun: the push or the call was on its way. */
export type AuthFailure = DuoFailure & { readonly txid?: string };

/** Duo's clock. */
export interface Pong {
  readonly kind: "pong";
  /** Duo's clock minus ours in milliseconds; positive if ours is slow. */
  readonly offset: number;
  /** Milliseconds that the call took. */
  readonly latency: number;
}

/** The keys are good for this version of the API. */
export interface KeysValid {
  readonly kind: "valid";
}

/** What a user may choose from, in the terms of the version that was asked. */
export type Choices =
  | { readonly version: 2; readonly devices: readonly Device[] }
  | {
    readonly version: 1;
    /** Names that `auto` may take, such as `push1`; undefined if Duo sent no list. */
    readonly names: readonly string[] | undefined;
    /** The best out-of-band factor, if there is one. */
    readonly default: string | undefined;
  };

/** Answer to preauth: whether a second factor is needed at all. */
export type Preauth =
  | { readonly kind: "allow" | "deny"; readonly text: string; readonly groups: readonly string[] }
  /** `text` holds the address where the user can enrol. */
  | { readonly kind: "enroll"; readonly text: string }
  | { readonly kind: "auth"; readonly choices: Choices; readonly groups: readonly string[] };

/** What is asked of auth. */
export interface AuthRequest {
  readonly user: string;
  readonly factor: TypedFactor;
  /** IPv4 address of the end user, or undefined if it isn't known. */
  readonly ip: string | undefined;
  /** From preauth. */
  readonly choices: Choices;
}

/** How the second factor went. */
export interface AuthResult {
  readonly kind: "allow" | "deny";
  /** Duo's words. */
  readonly text: string;
  /** Duo's status word where the version has one, such as `timeout`, `fraud`, `sent`; else empty. */
  readonly status: string;
  /** The factor that was used in the end: an automatic one becomes `push` or `phone` once that is known. */
  readonly factor: string;
  readonly txid: string | null;
  readonly device: string | null;
  readonly groups: readonly string[];
}

/** Duo has begun: the push or the call is on its way. */
export interface Pending {
  readonly kind: "pending";
  readonly txid: string;
  /** Asks how it went until it is over. */
  wait(limits: CallLimits): Promise<AuthResult | DuoFailure>;
}

/** The user has nothing that can do what was typed: nothing was sent. */
export interface NoDevice {
  readonly kind: "no-device";
}

/** What a step came to, with the version of the API that gave it; without one where none was asked. */
export type Answered<Result> = Result & { readonly version?: 1 | 2 };

/** One version of Duo's API with one application's keys. */
export interface DuoApi {
  readonly version: 1 | 2;
  check(limits: CallLimits): Promise<KeysValid | DuoFailure>;
  preauth(user: string, ip: string | undefined, limits: CallLimits): Promise<Preauth | DuoFailure>;
  /** Begins the second factor. Sends one request at most, and never sends it again. */
  auth(request: AuthRequest, limits: CallLimits): Promise<AuthResult | Pending | NoDevice | DuoFailure>;
}

/** Codes of Duo's that something is decided by. */
export const code = {
  unknownIkey: 40102,
  badSignature: 40103,
  badDate: 40105,
  wrongType: 40301,
  tooManyRequests: 42901,
} as const;

/** True for what ended a call without an answer. */
export function isFailure(result: { readonly kind: string }): result is DuoFailure {
  return failures.has(result.kind);
}

const failures: ReadonlySet<string> = new Set<DuoFailure["kind"]>([
  "unavailable",
  "delayed",
  "overloaded",
  "refused",
  "duo-error",
  "aborted",
]);

/** In words that an operator can act on: why Duo refused, and what to look at. For the log and for `connectivity-check`. */
export function explainRefusal({ status, code: number, message, detail }: Refused): string {
  const said = `Duo answered ${number ?? status} "${message}${detail === "" ? "" : `: ${detail}`}"`;
  switch (number) {
    case code.unknownIkey:
      return `${said}: it does not know this ikey: compare ikey and api_host with the application's page in the Duo Admin Panel`;
    case code.badSignature:
      return `${said}: the skey does not belong to this ikey: copy it again from the application's page in the Duo Admin Panel`;
    case code.badDate:
      return `${said}: the clocks differ by more than five minutes: set this machine's clock (NTP)`;
    case code.wrongType:
      return `${said}: the ikey is of an application type that this API does not serve: use an application of the type that ` +
        `api_version asks for (2: "Auth API"), or set api_version=auto or 1`;
    case code.tooManyRequests:
      return `${said}: too many requests for this application within a short time`;
    default:
      return status === 401 || status === 403
        ? `${said}: look at ikey, skey, the clock and the application's type`
        : said;
  }
}
