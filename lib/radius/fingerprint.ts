/**
 * What is the same in a request and its repeats, and nowhere else.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { attributeType } from "./attributes.ts";
import { maxPacketLength, type Packet } from "./packet.ts";

/** Attributes whose values differ between a request and its repeat. */
const changing: ReadonlySet<number> = new Set([attributeType.eventTimestamp, attributeType.acctDelayTime]);

const nothing = new Uint8Array(0);

/** What is hashed, put together here: one call of the hash costs less than one for each attribute. */
const scratch = new Uint8Array(maxPacketLength);

/**
 * A digest of the Request Authenticator and the attributes, as a text of 32 characters below U+0100.
 *
 * The authenticator alone would do if every gateway's were as unpredictable as RFC 2865 wishes; one that repeats itself must
 * not hand a user another one's answer. Attributes that say when the packet was sent, which some gateways bring up to date
 * without the new identifier that they would have to use, don't count, nor does the value of Message-Authenticator, which
 * changes with them and with the identifier. Whether there is one counts: a forged copy without it must not pass for the
 * gateway's own request.
 */
export function fingerprint(packet: Packet, signed: boolean): string {
  scratch[0] = signed ? 1 : 0;
  scratch.set(packet.authenticator, 1);
  let length = 1 + packet.authenticator.length;
  for (const attribute of packet.attributes) {
    const { type } = attribute;
    if (type === attributeType.messageAuthenticator) continue;
    const value = changing.has(type) ? nothing : attribute.value;
    scratch[length] = type;
    scratch[length + 1] = value.length;
    scratch.set(value, length + 2);
    length += value.length + 2;
  }
  return createHash("sha256").update(scratch.subarray(0, length)).digest().toString("latin1");
}
