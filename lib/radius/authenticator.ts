/**
 * What proves that a packet comes from someone who knows the shared secret: the authenticators of the header and
 * Message-Authenticator. All functions work on encoded packets, cut to the packet's Length.
 *
 * @module
 */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { attributeType } from "./attributes.ts";
import { headerLength, messageAuthenticatorLength } from "./packet.ts";

const zeros = new Uint8Array(16);

/**
 * The Response Authenticator: MD5 over code, identifier, Length, the Request Authenticator, the attributes and the secret
 * (RFC 2865, section 3).
 *
 * @param response the finished packet; what stands in its authenticator field does not matter.
 */
export function responseAuthenticator(
  response: Uint8Array,
  requestAuthenticator: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  return createHash("md5").update(response.subarray(0, 4)).update(requestAuthenticator)
    .update(response.subarray(headerLength)).update(secret).digest();
}

/** The authenticator of an Accounting-Request: as of a response, over 16 zero octets (RFC 2866, section 3). */
export function accountingRequestAuthenticator(request: Uint8Array, secret: Uint8Array): Uint8Array {
  return responseAuthenticator(request, zeros, secret);
}

/** True if a response carries the Response Authenticator that the secret gives. */
export function verifyResponseAuthenticator(
  response: Uint8Array,
  requestAuthenticator: Uint8Array,
  secret: Uint8Array,
): boolean {
  const expected = responseAuthenticator(response, requestAuthenticator, secret);
  return timingSafeEqual(expected, response.subarray(4, headerLength));
}

/** True if an Accounting-Request carries the authenticator that the secret gives. */
export function verifyAccountingRequest(request: Uint8Array, secret: Uint8Array): boolean {
  return timingSafeEqual(accountingRequestAuthenticator(request, secret), request.subarray(4, headerLength));
}

/**
 * Where the value of Message-Authenticator begins in a well-formed packet; undefined if it has none.
 */
export function findMessageAuthenticator(packet: Uint8Array): number | undefined {
  for (let offset = headerLength; offset + 1 < packet.length;) {
    if (packet[offset] === attributeType.messageAuthenticator) return offset + 2;
    offset += Math.max(2, packet[offset + 1] ?? 0);
  }
  return undefined;
}

/**
 * The value of Message-Authenticator: HMAC-MD5 with the secret over the packet, with zeros where the value stands (RFC 3579,
 * section 3.2).
 *
 * @param offset where the value begins, from {@link findMessageAuthenticator}.
 * @param authenticator what stands for the header's authenticator: in a response, and in the check of one, the Request
 * Authenticator. In an Access-Request and a Status-Server it is the packet's own.
 */
export function messageAuthenticator(
  packet: Uint8Array,
  offset: number,
  authenticator: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  return createHmac("md5", secret).update(packet.subarray(0, 4)).update(authenticator)
    .update(packet.subarray(headerLength, offset)).update(zeros)
    .update(packet.subarray(offset + messageAuthenticatorLength)).digest();
}

/**
 * Checks a packet's Message-Authenticator in constant time. The parameters are those of {@link messageAuthenticator}.
 *
 * @returns `absent` if the packet has none.
 */
export function verifyMessageAuthenticator(
  packet: Uint8Array,
  authenticator: Uint8Array,
  secret: Uint8Array,
): "valid" | "invalid" | "absent" {
  const offset = findMessageAuthenticator(packet);
  if (offset === undefined) return "absent";
  const value = packet.subarray(offset, offset + messageAuthenticatorLength);
  if (value.length !== messageAuthenticatorLength) return "invalid";
  return timingSafeEqual(messageAuthenticator(packet, offset, authenticator, secret), value) ? "valid" : "invalid";
}

/** Writes the Message-Authenticator into a request that has room for one, if it has. */
export function signRequest(request: Uint8Array, secret: Uint8Array): void {
  const offset = findMessageAuthenticator(request);
  if (offset !== undefined) {
    request.set(messageAuthenticator(request, offset, request.subarray(4, headerLength), secret), offset);
  }
}

/**
 * Writes both proofs into a response: first Message-Authenticator, if there is room for one, then the Response Authenticator
 * over the finished packet.
 */
export function signResponse(response: Uint8Array, requestAuthenticator: Uint8Array, secret: Uint8Array): void {
  const offset = findMessageAuthenticator(response);
  if (offset !== undefined) {
    response.set(messageAuthenticator(response, offset, requestAuthenticator, secret), offset);
  }
  response.set(responseAuthenticator(response, requestAuthenticator, secret), 4);
}
