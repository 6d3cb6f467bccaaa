/**
 * The second guard: gateways repeat a request in a form that their protocol can't tell from a new login (with a new identifier, or
 * from a new port), and which must not become a second push.
 *
 * A thief who knows the password must never ride on the owner's approval either. So a request joins a login under way only
 * if everything it carries is the same, and only if something in it tells sessions of the gateway apart.
 *
 * @module
 */

import type { AuthEvent } from "./events.ts";
import { MarkMemory } from "./mark_memory.ts";
import type { LoginKey } from "./request.ts";
import type { Verdict } from "./verdict.ts";

/** A login under way that other requests may join. */
export interface Leader {
  /** What was said of its end; undefined until then. */
  readonly event: AuthEvent | undefined;
}

/** A login to join. */
export interface Joinable {
  readonly leader: Leader;
  readonly verdict: Promise<Verdict>;
}

/** The logins under way, by what tells them apart. */
export class PendingLogins {
  readonly #joinable = new Map<string, Joinable>();
  /** How many logins under way carry a port, by gateway and port. */
  readonly #ports = new Map<string, number>();
  readonly #memory = new MarkMemory();
  #count = 0;

  /** Logins under way; joined requests don't count. */
  get count(): number {
    return this.#count;
  }

  /** Entries that are held for logins under way. For tests, which show that none is left behind. */
  get held(): number {
    return this.#joinable.size + this.#ports.size;
  }

  /** Notes what the request's gateway puts into it. Only for requests that surely come from there: see {@link MarkMemory}. */
  learn(key: LoginKey | undefined): void {
    if (key) this.#memory.learn(key.marks);
  }

  /** The login under way that the key belongs to, or undefined if a new login must begin. */
  find(key: LoginKey | undefined): Joinable | undefined {
    return key && this.#tellsApart(key) ? this.#joinable.get(key.fingerprint) : undefined;
  }

  /** Runs a new login, which equal requests can join until it has its verdict; without a key none can. */
  async run(key: LoginKey | undefined, leader: Leader, login: () => Promise<Verdict>): Promise<Verdict> {
    this.#count++;
    const joinable = { leader, verdict: login() };
    if (key) this.#enter(key, joinable);
    try {
      return await joinable.verdict;
    } finally {
      this.#count--;
      if (key) this.#leave(key, joinable);
    }
  }

  #enter({ fingerprint, port }: LoginKey, joinable: Joinable): void {
    if (port !== undefined) this.#ports.set(port, (this.#ports.get(port) ?? 0) + 1);
    // Two logins with one fingerprint are possible, where nothing told them apart: the first stays the one to join.
    if (!this.#joinable.has(fingerprint)) this.#joinable.set(fingerprint, joinable);
  }

  #leave({ fingerprint, port }: LoginKey, joinable: Joinable): void {
    if (this.#joinable.get(fingerprint) === joinable) this.#joinable.delete(fingerprint);
    if (port === undefined) return;
    const left = (this.#ports.get(port) ?? 1) - 1;
    if (left === 0) this.#ports.delete(port);
    else this.#ports.set(port, left);
  }

  /** Whether something in the request tells sessions of its gateway apart. A port of two logins under way doesn't. */
  #tellsApart({ marks, port }: LoginKey): boolean {
    if (marks.named || this.#memory.varies(marks.session) || this.#memory.varies(marks.portId)) return true;
    return port !== undefined && this.#ports.get(port) === 1 && this.#memory.varies(marks.port);
  }
}
