/**
 * A verified request as both versions of the API see it, and the checks of parameters that they share.
 *
 * @module
 */

import type { SimulatedApplication } from "./applications.ts";
import type { Cloud } from "./cloud.ts";
import { fail, type Failure, type Json } from "./reply.ts";
import type { SimulatedUser } from "./users.ts";

/** How the API behaves where documents leave it open (marks [?] of the reference). */
export interface ApiOptions {
  /** IPv6 in `ipaddr` is accepted; by default it is 400 with code 40002, as for any text that is no dotted quad. */
  readonly acceptIpv6: boolean;
  /** What v1's numbers count: `push2` is the second device that can push, or the second phone. */
  readonly numbering: "capable" | "phones";
  /** What v1 answers to a factor that nobody has, such as `push9`: a denial with a text, or 400 with code 40002. */
  readonly unknownFactor: "deny" | "error";
  /** Image that `logo` answers with; null: 404 with code 40401. */
  readonly logo: Uint8Array<ArrayBuffer> | null;
}

/** A request whose signature is right. */
export interface ApiRequest {
  readonly application: SimulatedApplication;
  readonly params: ReadonlyMap<string, string>;
  readonly cloud: Cloud;
  readonly options: ApiOptions;
  /** Host name for links in replies. */
  readonly host: string;
  /** Seconds since the epoch, by the simulated server's clock. */
  readonly time: number;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** Texts of preauth. */
export const preauthTexts = {
  active: "Account is active",
  bypass: "Success. Logging you in...",
  disabled: "Your account is disabled and cannot access this application. Please contact your administrator.",
  lockedOut: "Your account has been locked out due to excessive authentication failures. " +
    "Please contact your administrator.",
  enroll: "Enroll an authentication device to proceed",
} as const;

/** Checks `ipaddr` and `async`, which mean the same in both versions. Undefined if nothing is wrong. */
export function checkCommon(request: ApiRequest): Failure | undefined {
  const address = request.params.get("ipaddr");
  if (address !== undefined && !isDottedQuad(address) && !(request.options.acceptIpv6 && address.includes(":"))) {
    return fail(40002, "ipaddr");
  }
  const asynchronous = request.params.get("async");
  if (asynchronous !== undefined && asynchronous !== "0" && asynchronous !== "1") return fail(40002, "async");
  // Limits that Duo names: 20,000 octets once decoded.
  if (new TextEncoder().encode(request.params.get("pushinfo") ?? "").length > 20_000) return fail(40002, "pushinfo");
  return undefined;
}

/** `groups` for a reply: nothing at all where the user has none. */
export function groupsOf(user: SimulatedUser): { readonly [name: string]: Json } {
  return user.groups.length === 0 ? {} : { groups: user.groups };
}

/** Link under which somebody unknown enrols a phone. */
export function enrollmentUrl(host: string, username: string): string {
  return `https://${host}/portal?code=${encodeURIComponent(username)}&akey=DASIMULATOR00000001X`;
}

/** A parameter that is there and not empty. */
export function given(request: ApiRequest, name: string): string | undefined {
  const value = request.params.get(name);
  return value === "" ? undefined : value;
}

function isDottedQuad(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}
