/**
 * What all doors have in common: a front listens somewhere, makes of what comes in a login, and says its verdict in the words of its
 * protocol.
 *
 * @module
 */

import type { LoginRequest } from "../login/request.ts";
import type { Verdict } from "../login/verdict.ts";

/** Where a front listens, and what for. */
export interface Place {
  /** An address of this machine; undefined: all. */
  readonly interface: string | undefined;
  readonly port: number;
  readonly serves: "logins" | "accounting";
}

/** One open door. `Served` is what it needs to know of a section whose requests come in there. It serves until it is disposed of. */
export interface Front<Served> extends AsyncDisposable {
  /** The address that it is bound to. */
  readonly address: { readonly hostname: string; readonly port: number };
  /** Exchanges the sections. What is under way ends as it began. */
  assign(sections: readonly Served[]): void;
  /** From now on no login begins; those under way are answered. */
  drain(): void;
  /** Resolves when nothing is under way and all answers are handed over. */
  idle(): Promise<void>;
}

/** Where the requests of one section go. */
export interface Logins {
  /** Takes a request to its verdict. */
  login(request: LoginRequest): Promise<Verdict>;
  /** Rejects a request that was answered long ago. `report`: whether an event says so. */
  rejectReplay(request: LoginRequest, report: boolean): Verdict;
}
