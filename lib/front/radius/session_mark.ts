/**
 * What in a request tells sessions of its gateway apart, so that its repeat can be told from another login.
 *
 * Many gateways send constants where others send a session's number. A constant tells nothing, and a thief whose request carries
 * the owner's would get the owner's approval. So a value counts only of a gateway that was seen to change it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  type Attribute,
  attributeType,
  getAllAttributes,
  getAttribute,
  getInteger,
  vendorAttributes,
} from "../../radius/attributes.ts";
import type { Packet } from "../../radius/packet.ts";
import type { AccessRequest } from "../../radius/request.ts";

/** What a request carries that may tell sessions apart. */
export interface SessionMarks {
  /** Whether Cisco's audit-session-id names the session. */
  readonly named: boolean;
  /** Acct-Session-Id, if it isn't empty. */
  readonly session: Mark | undefined;
  /** NAS-Port-Id, if it isn't empty and the request says where the user is. */
  readonly portId: Mark | undefined;
  /** NAS-Port, if it isn't 0 and the request says where the user is. */
  readonly port: Mark | undefined;
}

/** One value. */
export interface Mark {
  /** The gateway and the attribute. */
  readonly source: string;
  readonly value: string;
}

/**
 * Attributes that tell gateways behind one address apart, as behind a RADIUS proxy, and kinds of access: a gateway may send one
 * constant for its VPN and another for its console.
 */
const identities = [
  attributeType.nasIpAddress,
  attributeType.nasIpv6Address,
  attributeType.nasIdentifier,
  attributeType.nasPortType,
  attributeType.serviceType,
] as const;

const tunnelClientEndpoint = 66;
const cisco = 9;
const ciscoAvPair = 1;
const auditSessionId = /^audit-session-id=./;

/** Reads the marks of a request to a section. */
export function readMarks({ packet, source }: AccessRequest, section: string): SessionMarks {
  const hash = createHash("sha256");
  for (const part of [section, source.address]) hash.update(`${part.length}:${part}`);
  for (const type of identities) {
    for (const value of getAllAttributes(packet, type)) hash.update(`${type}:${value.length}:`).update(value);
  }
  const gateway = hash.digest("base64");
  const mark = (type: number): Mark | undefined => {
    const value = getAttribute(packet, type);
    return value === undefined || value.length === 0
      ? undefined
      : { source: `${gateway} ${type}`, value: new TextDecoder("latin1").decode(value) };
  };
  const placed = saysWhere(packet, attributeType.callingStationId) || saysWhere(packet, tunnelClientEndpoint);
  const hasPort = (getInteger(packet, attributeType.nasPort) ?? 0) !== 0;
  return {
    named: packet.attributes.some(namesAuditSession),
    session: mark(attributeType.acctSessionId),
    portId: placed ? mark(attributeType.nasPortId) : undefined,
    port: placed && hasPort ? mark(attributeType.nasPort) : undefined,
  };
}

function saysWhere(packet: Packet, type: number): boolean {
  return (getAttribute(packet, type)?.length ?? 0) > 0;
}

function namesAuditSession(attribute: Attribute): boolean {
  return vendorAttributes(attribute).some(({ vendor, type, value }) =>
    vendor === cisco && type === ciscoAvPair && auditSessionId.test(new TextDecoder().decode(value))
  );
}

/** Gateways and attributes that are remembered at most. Who is forgotten only has to show two values again. */
const maxSources = 10_000;

/**
 * Which attributes change from session to session, by gateway; lives as long as the process.
 *
 * Whoever could teach it two values would turn a constant into a mark. So only what surely comes from the gateway may be
 * learned: see {@link MarkMemory.learn}.
 */
export class MarkMemory {
  /** The first value that was seen, or true after a second one; those taught last stand last. */
  readonly #seen = new Map<string, string | true>();
  readonly #max: number;

  constructor(max: number = maxSources) {
    this.#max = max;
  }

  /** Gateways and attributes that are remembered. */
  get size(): number {
    return this.#seen.size;
  }

  /**
   * Notes the values of a request that its gateway has signed, or that Duo has approved: the sender of a forged one does not know
   * the shared secret, so that its password field reads as noise, which no user approves.
   */
  learn({ session, portId, port }: SessionMarks): void {
    for (const mark of [session, portId, port]) if (mark !== undefined) this.#note(mark);
  }

  /** Whether the gateway was seen to change this attribute. */
  varies(mark: Mark | undefined): boolean {
    return mark !== undefined && this.#seen.get(mark.source) === true;
  }

  #note({ source, value }: Mark): void {
    const known = this.#seen.get(source);
    this.#seen.delete(source);
    this.#seen.set(source, known === undefined || known === value ? value : true);
    if (this.#seen.size <= this.#max) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      break;
    }
  }
}
