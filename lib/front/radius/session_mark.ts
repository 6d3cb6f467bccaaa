/**
 * What in a request may tell sessions of its gateway apart: see lib/login/mark_memory.ts on which of it counts.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Mark, SessionMarks } from "../../login/mark_memory.ts";
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

/**
 * Reads the marks of a request to a section: Cisco's audit-session-id names the session; beside it count Acct-Session-Id, and,
 * with a Calling-Station-Id or a Tunnel-Client-Endpoint, NAS-Port-Id and a NAS-Port that isn't 0.
 */
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
