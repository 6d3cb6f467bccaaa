/**
 * Replies: from a response to signed octets.
 *
 * @module
 */

import { type Attribute, attributeType, splitText } from "./attributes.ts";
import { signResponse } from "./authenticator.ts";
import {
  attributesLength,
  encodePacket,
  headerLength,
  maxPacketLength,
  messageAuthenticatorLength,
  type Packet,
  packetCode,
} from "./packet.ts";
import type { Response } from "./response.ts";

const replyCodes = {
  accept: packetCode.accessAccept,
  reject: packetCode.accessReject,
  challenge: packetCode.accessChallenge,
} as const;

/** Room for Message-Authenticator: it comes first, so that no attribute an attacker controls precedes it (CVE-2024-3596). */
const unsigned: Attribute = {
  type: attributeType.messageAuthenticator,
  value: new Uint8Array(messageAuthenticatorLength),
};

/** Octets that every reply takes. */
const leastLength = headerLength + messageAuthenticatorLength + 2;

/** True if a reply to the request has room for all its Proxy-State, without which it would lead nowhere. */
export function canBeAnswered(request: Packet): boolean {
  return leastLength + attributesLength(proxyStates(request)) <= maxPacketLength;
}

/**
 * Makes the reply to a request: Message-Authenticator first, the response's attributes, Reply-Message, and the request's
 * Proxy-State in its order. The end of a message that doesn't fit is cut off.
 *
 * @throws {RangeError} if an attribute of the response is none, or if attributes don't fit: leaving one out could change what
 * the user may do.
 */
export function encodeReply(request: Packet, response: Response, secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const states = proxyStates(request);
  const attributes = [unsigned];
  for (const attribute of response.attributes ?? []) if (mayCarry(response.kind, attribute)) attributes.push(attribute);
  let room = maxPacketLength - headerLength - attributesLength(attributes) - attributesLength(states);
  if (room < 0) throw new RangeError("The reply's attributes do not fit into a packet");
  if (response.message !== undefined) {
    for (const value of splitText(response.message)) {
      room -= value.length + 2;
      if (room < 0) break;
      attributes.push({ type: attributeType.replyMessage, value });
    }
  }
  attributes.push(...states);
  const reply = encodePacket({
    code: replyCodes[response.kind],
    identifier: request.identifier,
    authenticator: request.authenticator,
    attributes,
  });
  signResponse(reply, request.authenticator, secret);
  return reply;
}

/**
 * Makes the Accounting-Response to an Accounting-Request, or to a Status-Server on an accounting port (RFC 5997, section 4.2):
 * nothing but the request's Proxy-State.
 *
 * Only the answer to a Status-Server begins with Message-Authenticator. RFC 2866 knows none in an Accounting-Response, servers
 * in use disagree about what it covers there, and a forged acknowledgement lets nobody in.
 */
export function encodeAcknowledgement(request: Packet, secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const states = proxyStates(request);
  const reply = encodePacket({
    code: packetCode.accountingResponse,
    identifier: request.identifier,
    authenticator: request.authenticator,
    attributes: request.code === packetCode.statusServer ? [unsigned, ...states] : states,
  });
  signResponse(reply, request.authenticator, secret);
  return reply;
}

function proxyStates(request: Packet): readonly Attribute[] {
  return request.attributes.filter(({ type }) => type === attributeType.proxyState);
}

/** State is for challenges, and for an Accept that is to be answered (RFC 2865, section 5.44); a Reject is final. */
function mayCarry(kind: Response["kind"], { type }: Attribute): boolean {
  if (type === attributeType.messageAuthenticator || type === attributeType.proxyState) return false;
  return type !== attributeType.state || kind !== "reject";
}
