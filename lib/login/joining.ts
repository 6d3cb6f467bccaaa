/**
 * The second guard: gateways repeat a request with a new identifier or from a new port, which no RADIUS server can tell from
 * a new login, and which must not become a second push.
 *
 * A thief who knows the password must never ride on the owner's approval either. So a request joins a login under way only
 * if everything it carries is the same, and only if something in it tells sessions of the gateway apart.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { attributeType, getInteger } from "../radius/attributes.ts";
import type { AccessRequest } from "../radius/request.ts";
import type { Verdict } from "../radius/response.ts";
import type { AuthEvent } from "./events.ts";
import { MarkMemory, readMarks, type SessionMarks } from "../front/radius/session_mark.ts";

/** What tells whether two requests are the same login. */
export interface LoginKey {
  /** Digest over section, gateway, password and all attributes that a repeat keeps. */
  readonly fingerprint: string;
  readonly marks: SessionMarks;
  /** The gateway's address and NAS-Port; undefined if there is none or it is 0. */
  readonly port: string | undefined;
}

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

/** Attributes that differ between a request and its repeat, or that the digest takes in another form. */
const notCompared: ReadonlySet<number> = new Set([
  attributeType.userPassword,
  attributeType.proxyState,
  attributeType.messageAuthenticator,
  attributeType.eventTimestamp,
  attributeType.acctDelayTime,
]);

/** The key of a request whose password field holds `password` after decryption. */
export function loginKey(request: AccessRequest, section: string, password: Uint8Array): LoginKey {
  const { packet, source } = request;
  const hash = createHash("sha256");
  for (const part of [section, source.address]) hash.update(`${part.length}:${part}`);
  hash.update(`${password.length}:`).update(password);
  for (const { type, value } of packet.attributes) {
    if (!notCompared.has(type)) hash.update(`${type}:${value.length}:`).update(value);
  }
  const port = getInteger(packet, attributeType.nasPort) ?? 0;
  return {
    fingerprint: hash.digest("base64"),
    marks: readMarks(request, section),
    port: port === 0 ? undefined : `${source.address} ${port}`,
  };
}

/** The logins under way, by what tells them apart. */
export class PendingLogins {
  readonly #joinable = new Map<string, Joinable>();
  /** How many logins under way carry a NAS-Port, by gateway and port. */
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
  learn({ marks }: LoginKey): void {
    this.#memory.learn(marks);
  }

  /** The login under way that the key belongs to, or undefined if a new login must begin. */
  find(key: LoginKey): Joinable | undefined {
    return this.#tellsApart(key) ? this.#joinable.get(key.fingerprint) : undefined;
  }

  /** Runs a new login, which equal requests can join until it has its verdict. */
  async run({ fingerprint, port }: LoginKey, leader: Leader, login: () => Promise<Verdict>): Promise<Verdict> {
    this.#count++;
    if (port !== undefined) this.#ports.set(port, (this.#ports.get(port) ?? 0) + 1);
    const joinable = { leader, verdict: login() };
    // Two logins with one fingerprint are possible, where nothing told them apart: the first stays the one to join.
    if (!this.#joinable.has(fingerprint)) this.#joinable.set(fingerprint, joinable);
    try {
      return await joinable.verdict;
    } finally {
      this.#count--;
      if (this.#joinable.get(fingerprint) === joinable) this.#joinable.delete(fingerprint);
      if (port !== undefined) {
        const left = (this.#ports.get(port) ?? 1) - 1;
        if (left === 0) this.#ports.delete(port);
        else this.#ports.set(port, left);
      }
    }
  }

  /** Whether something in the request tells sessions of its gateway apart. A NAS-Port of two logins under way doesn't. */
  #tellsApart({ marks, port }: LoginKey): boolean {
    if (marks.named || this.#memory.varies(marks.session) || this.#memory.varies(marks.portId)) return true;
    return port !== undefined && this.#ports.get(port) === 1 && this.#memory.varies(marks.port);
  }
}
