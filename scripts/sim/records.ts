/**
 * What the model keeps records of: logins, requests, processes, and what is known of each.
 *
 * @module
 */

import type { DuoCall } from "./duo.ts";
import type { Address } from "./network.ts";
import type { GatewaySetup, Setup } from "./setup.ts";

/** Somebody's wish to be let in, over all requests that a gateway makes of it. */
export interface Login {
  readonly who: "owner" | "thief" | "forger";
  readonly user: string;
  readonly gateway: GatewaySetup;
  /** What Duo is told of it: the end user's address, else the name. Several logins may share it. */
  readonly key: string;
}

/** One request, as octets. */
export interface Attempt {
  readonly login: Login;
  readonly source: Address;
  readonly identifier: number;
  readonly authenticator: Uint8Array;
  readonly bytes: Uint8Array;
  /** The secret of the gateway whose address it comes from. */
  readonly secret: Uint8Array;
  /** Whether its sender knew that secret. */
  readonly authentic: boolean;
  /** The request that it is a copy of, itself for others. */
  readonly original: Attempt | undefined;
  /** The State of the challenge that it answers, as a text. */
  readonly state: string | undefined;
}

/** What was promised and wasn't kept. */
export interface Violation {
  readonly invariant: string;
  readonly at: number;
  readonly text: string;
}

/** A process of the proxy, from its start to its end. */
export interface Run {
  readonly id: number;
  readonly proxy: number;
  /** Undefined until it listens, and from the moment at which it is told to stop. */
  file: Setup["file"] | undefined;
  /** What `max_pending` was at its start. */
  readonly maxPending: number;
}

/** A request at one process. */
export interface AtRun {
  readonly arrived: number;
  /** When it was answered first, and with what. */
  first: { readonly at: number; readonly code: number; readonly bytes: Uint8Array } | undefined;
  /** Whether its gateway has given its identifier to something new: nobody waits for the answer any more. */
  superseded: boolean;
  /** Whether it was answered before, so long ago that it is a login of its own now. */
  readonly again: boolean;
}

/** All logins of one key at one process. */
export interface AtKey {
  readonly logins: Map<Login, number>;
  opportunities: number;
  auths: number;
  /** When Duo's answer to preauth came to the proxy. */
  readonly preauths: { readonly at: number; readonly result: string }[];
  readonly approvals: { readonly at: number; used: boolean }[];
  readonly accepted: Set<Login>;
  /** Logins under which failmode was safe. */
  readonly safe: Set<Login>;
  /** Whether a copy came under another gateway's address, where it is another login. */
  copied: boolean;
  /** When a push began that no answer has followed yet. */
  open: number | undefined;
}

/** A key of which nothing is known yet. */
export function newKey(): AtKey {
  return {
    logins: new Map(),
    opportunities: 0,
    auths: 0,
    preauths: [],
    approvals: [],
    accepted: new Set(),
    safe: new Set(),
    copied: false,
    open: undefined,
  };
}

/** What a world counts. */
export interface Figures {
  logins: number;
  requests: number;
  answers: number;
  pushes: number;
  duoCalls: number;
  /** By the proxy's own reasons. */
  readonly reasons: Map<string, number>;
}

/** A request in words. */
export function nameOf({ login: { who, user, key, gateway }, source, identifier, original }: Attempt): string {
  const what = original === undefined ? "request" : "copy of a request";
  return `the ${what} of ${who} (${user}, ${key}) at ${gateway.name}, ${source.hostname}:${source.port}/${identifier}`;
}

/** What a call to Duo names a login by. */
export function keyOf({ ip, user }: Pick<DuoCall, "ip" | "user">): string {
  return ip ?? `user ${user}`;
}

/** The codes of answers, in words. */
export const codes: Readonly<Record<number, string>> = { 2: "Accept", 3: "Reject", 11: "Challenge" };

/** Where answers to a request go to, and with which identifier. */
export function placeOf({ hostname, port }: Address, identifier: number): string {
  return `${hostname} ${port} ${identifier}`;
}
