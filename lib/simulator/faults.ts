/**
 * Scripted faults: what the simulator does instead of, or before, answering, and to which requests.
 *
 * @module
 */

import type { Json } from "./reply.ts";

/** Which requests a fault is for; what is left out matches everything. */
export interface FaultMatch {
  /** An endpoint's name (`preauth`, `auth`, `auth_status`, ...; v1's `status` is `auth_status`), or a whole path. */
  readonly path?: string;
  readonly version?: 1 | 2;
  readonly ikey?: string;
  /** The user's name or identifier. Known only once the body is read, so never for `cut-before-read`. */
  readonly user?: string;
  /** True: only requests that aren't the first on their connection; false: only first ones. */
  readonly reused?: boolean;
  /** Only the Nth request, from 1, that the rest of this match is true for. */
  readonly nth?: number;
}

/** What happens to a request. */
export type FaultAction =
  /** Waits, then goes on: with the next fault that matches, else as always. */
  | { readonly kind: "delay"; readonly ms: number }
  /** An error reply. Without `code` the status and 00 (such as 50300); null and texts are for odd replies. */
  | {
    readonly kind: "status";
    readonly status: number;
    readonly code?: number | string | null;
    readonly message?: string;
    readonly detail?: string;
    /** Headers `Retry-After` and `X-Retry-After`: seconds or an HTTP date. */
    readonly retryAfter?: string;
    readonly xRetryAfter?: string;
  }
  /** The connection ends once the head is there; the request isn't carried out. */
  | { readonly kind: "cut-before-read" }
  /** The request is read and **carried out** (a push goes out), and the connection ends without an answer. */
  | { readonly kind: "cut-after-read" }
  /** Only for status calls: held for `ms` (default 0), then the connection ends; the news isn't counted as told. */
  | { readonly kind: "cut-in-status-poll"; readonly ms?: number }
  /** Carried out; half of the JSON comes, in a complete HTTP message. */
  | { readonly kind: "malformed-json" }
  /** Carried out; status 200 and no body. */
  | { readonly kind: "empty-body" }
  /** Not carried out; a page as captive portals and proxies send, with `status` (default 200). */
  | { readonly kind: "html-body"; readonly status?: number }
  /** Not carried out; `{"stat": "OK", "response": ...}`. */
  | { readonly kind: "response"; readonly response: Json }
  /** Not carried out; any body. */
  | { readonly kind: "body"; readonly body: string; readonly status?: number; readonly type?: string }
  /** Not carried out; what comes is no HTTP. */
  | { readonly kind: "malformed-http" }
  /** Carried out; the connection ends in the middle of the body. */
  | { readonly kind: "truncated-body" }
  /** Not carried out; no answer until the client goes away or the simulator closes. */
  | { readonly kind: "hang" }
  /** Carried out; the reply comes in eight pieces, `ms` before each. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Carried out and answered; then the connection ends, announced or not. */
  | { readonly kind: "close-after"; readonly announced?: boolean }
  /** The server's clock differs by so many seconds: what ping tells, and which dates are accepted. */
  | { readonly kind: "skew"; readonly seconds: number };

/** A fault as it is asked for. */
export interface Fault {
  readonly match?: FaultMatch;
  readonly do: FaultAction;
  /** Requests that it is used for; then it is over. Absent: until it is removed. */
  readonly times?: number;
}

/** A fault that is set. */
export interface ActiveFault extends Fault {
  readonly id: number;
  /** Requests that it was used for. */
  readonly hits: number;
}

/** What is known of a request that faults are matched with. */
export interface FaultSubject {
  readonly path: string;
  readonly endpoint: string | undefined;
  readonly version: 1 | 2 | undefined;
  readonly ikey: string | undefined;
  readonly user: string | undefined;
  readonly reused: boolean;
}

interface Entry {
  readonly id: number;
  readonly fault: Fault;
  /** Requests that matched, apart from `nth`. */
  seen: number;
  hits: number;
}

/** The faults that are set, in their order. */
export class FaultList {
  readonly #entries: Entry[] = [];
  #id = 0;

  /** Appends a fault. @returns its identifier. */
  add(fault: Fault): number {
    this.#entries.push({ id: ++this.#id, fault, seen: 0, hits: 0 });
    return this.#id;
  }

  /** Removes a fault; false if there is none of that identifier. */
  remove(id: number): boolean {
    const index = this.#entries.findIndex((entry) => entry.id === id);
    if (index >= 0) this.#entries.splice(index, 1);
    return index >= 0;
  }

  /** Removes all. */
  clear(): void {
    this.#entries.length = 0;
  }

  /** What is set now; used-up faults stay in the list, for their count. */
  get list(): readonly ActiveFault[] {
    return this.#entries.map(({ id, fault, hits }) => ({ id, ...fault, hits }));
  }

  /** Whether a request whose body isn't read yet is to be cut. Uses the fault up. */
  cutsBeforeRead(subject: FaultSubject): boolean {
    return this.#take(subject, (kind) => kind === "cut-before-read", true).length > 0;
  }

  /**
   * What happens to a request, in order: any number of delays and skews, then at most one of the rest. Uses them up.
   */
  take(subject: FaultSubject): readonly FaultAction[] {
    return this.#take(subject, (kind) => kind !== "cut-before-read", false);
  }

  #take(subject: FaultSubject, wanted: (kind: FaultAction["kind"]) => boolean, first: boolean): FaultAction[] {
    const taken: FaultAction[] = [];
    for (const entry of this.#entries) {
      const { fault } = entry;
      if (!wanted(fault.do.kind) || !matches(fault, subject)) continue;
      if (fault.times !== undefined && entry.hits >= fault.times) continue;
      entry.seen++;
      if (fault.match?.nth !== undefined && fault.match.nth !== entry.seen) continue;
      entry.hits++;
      taken.push(fault.do);
      if (first || (fault.do.kind !== "delay" && fault.do.kind !== "skew")) break;
    }
    return taken;
  }
}

function matches(fault: Fault, subject: FaultSubject): boolean {
  const { path, version, ikey, user, reused } = fault.match ?? {};
  if (fault.do.kind === "cut-in-status-poll" && subject.endpoint !== "auth_status") return false;
  if (path !== undefined && path !== subject.path && path !== subject.endpoint) return false;
  if (version !== undefined && version !== subject.version) return false;
  if (ikey !== undefined && ikey !== subject.ikey) return false;
  if (user !== undefined && user !== subject.user) return false;
  return reused === undefined || reused === subject.reused;
}
