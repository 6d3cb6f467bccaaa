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
import { type Attribute, attributeType, vendorAttributes } from "../radius/attributes.ts";
import type { AccessRequest } from "../radius/server.ts";
import type { Verdict } from "../radius/verdict.ts";

/** What tells whether two requests are the same login. */
export interface LoginKey {
  /** Digest over section, gateway, password and all attributes that a repeat keeps. */
  readonly fingerprint: string;
  /** The gateway's address. */
  readonly gateway: string;
  /**
   * `session`: an attribute names the session. A number: only NAS-Port does, which counts as long as no other login of the
   * gateway carries the same. `none`: nothing does, so no request ever joins.
   */
  readonly mark: "session" | "none" | number;
}

/** Attributes that differ between a request and its repeat, or that the digest takes in another form. */
const notCompared: ReadonlySet<number> = new Set([
  attributeType.userPassword,
  attributeType.proxyState,
  attributeType.messageAuthenticator,
  attributeType.eventTimestamp,
  attributeType.acctDelayTime,
]);

const cisco = 9;
const ciscoAvPair = 1;
const auditSessionId = /^audit-session-id=./;

/** The key of a request whose password field holds `password` after decryption. */
export function loginKey(request: AccessRequest, section: string, password: Uint8Array): LoginKey {
  const hash = createHash("sha256");
  for (const part of [section, request.source.address]) hash.update(`${part.length}:${part}`);
  hash.update(`${password.length}:`).update(password);
  for (const { type, value } of request.packet.attributes) {
    if (!notCompared.has(type)) hash.update(`${type}:${value.length}:`).update(value);
  }
  return {
    fingerprint: hash.digest("base64"),
    gateway: request.source.address,
    mark: sessionMark(request.packet.attributes),
  };
}

function sessionMark(attributes: readonly Attribute[]): LoginKey["mark"] {
  let port = 0;
  for (const attribute of attributes) {
    const { type, value } = attribute;
    if ((type === attributeType.acctSessionId || type === attributeType.nasPortId) && value.length > 0) {
      return "session";
    }
    if (type === attributeType.nasPort && value.length === 4) {
      port = new DataView(value.buffer, value.byteOffset).getUint32(0);
    }
    if (type === attributeType.vendorSpecific && namesAuditSession(attribute)) return "session";
  }
  return port === 0 ? "none" : port;
}

function namesAuditSession(attribute: Attribute): boolean {
  return vendorAttributes(attribute).some(({ vendor, type, value }) =>
    vendor === cisco && type === ciscoAvPair && auditSessionId.test(new TextDecoder().decode(value))
  );
}

/** The logins under way, by what tells them apart. */
export class PendingLogins {
  readonly #joinable = new Map<string, Promise<Verdict>>();
  /** How many logins under way carry a NAS-Port, by gateway and port. */
  readonly #ports = new Map<string, number>();
  #count = 0;

  /** Logins under way; joined requests don't count. */
  get count(): number {
    return this.#count;
  }

  /**
   * The verdict of the login under way that the key belongs to, or undefined if a new login must begin.
   *
   * A NAS-Port that another login carries as well doesn't tell sessions apart on this gateway.
   */
  find({ fingerprint, gateway, mark }: LoginKey): Promise<Verdict> | undefined {
    if (mark === "none") return undefined;
    if (mark !== "session" && this.#ports.get(portKey(gateway, mark)) !== 1) return undefined;
    return this.#joinable.get(fingerprint);
  }

  /** Runs a new login, which equal requests can join until it has its verdict. */
  async run(key: LoginKey, login: () => Promise<Verdict>): Promise<Verdict> {
    const port = typeof key.mark === "number" ? portKey(key.gateway, key.mark) : undefined;
    this.#count++;
    if (port !== undefined) this.#ports.set(port, (this.#ports.get(port) ?? 0) + 1);
    const verdict = login();
    this.#joinable.set(key.fingerprint, verdict);
    try {
      return await verdict;
    } finally {
      this.#count--;
      // Two logins with one fingerprint are possible; only the one that is found by it may remove it.
      if (this.#joinable.get(key.fingerprint) === verdict) this.#joinable.delete(key.fingerprint);
      if (port !== undefined) {
        const left = (this.#ports.get(port) ?? 1) - 1;
        if (left === 0) this.#ports.delete(port);
        else this.#ports.set(port, left);
      }
    }
  }
}

function portKey(gateway: string, port: number): string {
  return `${gateway} ${port}`;
}
