/**
 * A request to log in, in no protocol's words: what a front makes of what came in.
 *
 * @module
 */

import type { AuthStage } from "./events.ts";
import type { SessionMarks } from "./mark_memory.ts";

/** Who sent the request: a gateway, or another that asks for its users. */
export interface Peer {
  /** IPv4 addresses are in dotted form. */
  readonly address: string;
  readonly port: number;
}

/** What the request says about where the user is. */
export interface ClientIp {
  /** As the gateway gave it, for events; null if it gave nothing. */
  readonly text: string | null;
  /** The IPv4 address in dotted form, or undefined. Duo's API takes no IPv6. */
  readonly ipv4: string | undefined;
}

/** A request to log in. Whoever sent it is known, and what can be checked of its authenticity has been. */
export interface LoginRequest {
  /** Short, and unique on this proxy: for events and log lines. */
  readonly id: string;
  /** When it came, in the clock's monotonic milliseconds. */
  readonly receivedAt: number;
  /** The front that it came through. */
  readonly door: "radius";
  readonly peer: Peer;
  /** Whether it proves that the peer sent it: anybody can send an unsigned one under a gateway's address. */
  readonly signed: boolean;
  readonly clientIp: ClientIp;
  /** Whether the peer says that the user sits at a browser, which has a field for the password and none for a factor. */
  readonly fromBrowser: boolean;
  readonly claim: Claim | Refusal;
  /** Why the request may start no factor that the user did not name; undefined: it may. */
  readonly automaticRefusal: Refusal | undefined;
}

/** Who asks. With what is read when it is needed: it may hold what nobody can read, and a user may need no second factor. */
export interface Claim {
  readonly kind: "claim";
  /** As Duo and the exempt names see it: without control and format characters, without blanks at its ends. */
  readonly user: string;
  readonly readCredentials: () => Credentials | Refusal;
}

/** With what somebody asks. */
export interface Credentials {
  readonly kind: "credentials";
  /** The password field in clear. */
  readonly password: string;
  /** State of a challenge that this request answers, if there is one. */
  readonly state: Uint8Array | undefined;
  /** What tells the login from others; undefined behind a door that can't tell a repeat from a new login. */
  readonly key: LoginKey | undefined;
}

/** What tells whether two requests are the same login. */
export interface LoginKey {
  /** Digest over section, gateway, password and everything else that a repeat keeps. */
  readonly fingerprint: string;
  readonly marks: SessionMarks;
  /** The gateway's address and the port that it gave the user; undefined if it gave none. */
  readonly port: string | undefined;
}

/** Why a request can't be a login here, as the user and the event are told. */
export interface Refusal {
  readonly kind: "refused";
  readonly reason: string;
  readonly text: string;
  readonly stage: AuthStage;
  /** For the event, where it says more than `text`. */
  readonly event?: string;
  /** Who asked, if the request says so. */
  readonly user?: string;
}
