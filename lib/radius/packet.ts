/**
 * The packet of RADIUS: header and list of attributes (RFC 2865, sections 3 and 5), to and from octets.
 *
 * @module
 */

import { attributeType } from "./attribute_type.ts";

/** Packet codes (RFC 2865, section 4; RFC 2866; RFC 5997). */
export const packetCode = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  accountingRequest: 4,
  accountingResponse: 5,
  accessChallenge: 11,
  statusServer: 12,
} as const;

/** Octets before the first attribute: code, identifier, length, authenticator. */
export const headerLength = 20;

/** The longest packet, in octets. */
export const maxPacketLength = 4_096;

/** The longest value of an attribute, in octets. */
export const maxValueLength = 253;

/** Octets of Message-Authenticator's value. */
export const messageAuthenticatorLength = 16;

/** The longest hidden User-Password, in octets; the shortest is one block of 16 (RFC 2865, section 5.2). */
const maxPasswordLength = 128;

/** One attribute as it stands in a packet. */
export interface Attribute {
  /** 1 to 255. */
  readonly type: number;
  /** At most 253 octets. */
  readonly value: Uint8Array;
}

/** A packet that was read, or that is to be written. */
export interface Packet {
  readonly code: number;
  readonly identifier: number;
  /** 16 octets. */
  readonly authenticator: Uint8Array;
  /** In the order of the packet. */
  readonly attributes: readonly Attribute[];
}

/** Why octets are no packet. */
export type MalformedReason =
  | "fewer than 20 octets"
  | "Length below 20"
  | "Length above 4096"
  | "fewer octets than Length"
  | "a stray octet behind the last attribute"
  | "an attribute of type 0"
  | "an attribute shorter than its own header"
  | "an attribute that runs past the end"
  | "a Message-Authenticator that is not 16 octets long"
  | "more than one Message-Authenticator"
  | "a User-Password without octets"
  | "a User-Password whose length is no multiple of 16"
  | "a User-Password longer than 128 octets";

/** The outcome of reading octets. */
export type Decoded =
  | { readonly kind: "packet"; readonly packet: Packet }
  | { readonly kind: "malformed"; readonly reason: MalformedReason };

/**
 * Reads a packet. Octets beyond the packet's Length are padding and ignored (RFC 2865, section 3). Never throws.
 *
 * @returns a packet whose values are views into `bytes`, which must not change afterwards.
 */
export function decodePacket(bytes: Uint8Array): Decoded {
  if (bytes.length < headerLength) return malformed("fewer than 20 octets");
  const length = packetLength(bytes);
  if (length < headerLength) return malformed("Length below 20");
  if (length > maxPacketLength) return malformed("Length above 4096");
  if (length > bytes.length) return malformed("fewer octets than Length");
  const code = octet(bytes, 0);
  const attributes: Attribute[] = [];
  let authenticated = false;
  for (let offset = headerLength; offset < length;) {
    if (offset + 1 === length) return malformed("a stray octet behind the last attribute");
    const type = octet(bytes, offset);
    const size = octet(bytes, offset + 1);
    if (type === 0) return malformed("an attribute of type 0");
    if (size < 2) return malformed("an attribute shorter than its own header");
    if (offset + size > length) return malformed("an attribute that runs past the end");
    if (type === attributeType.messageAuthenticator) {
      if (size !== messageAuthenticatorLength + 2) {
        return malformed("a Message-Authenticator that is not 16 octets long");
      }
      if (authenticated) return malformed("more than one Message-Authenticator");
      authenticated = true;
    } else if (type === attributeType.userPassword && code === packetCode.accessRequest) {
      // It would read as an empty password under every secret: nobody had to know one.
      if (size === 2) return malformed("a User-Password without octets");
      if ((size - 2) % 16 !== 0) return malformed("a User-Password whose length is no multiple of 16");
      if (size - 2 > maxPasswordLength) return malformed("a User-Password longer than 128 octets");
    }
    attributes.push({ type, value: bytes.subarray(offset + 2, offset + size) });
    offset += size;
  }
  return {
    kind: "packet",
    packet: {
      code,
      identifier: octet(bytes, 1),
      authenticator: bytes.subarray(4, headerLength),
      attributes,
    },
  };
}

/**
 * Writes a packet as it is: authenticators are the caller's business (authenticator.ts).
 *
 * @throws {RangeError} if the code, the identifier or a type is no octet, an authenticator is not 16 octets long, a value is
 * longer than 253 octets or the packet longer than 4,096.
 */
export function encodePacket(packet: Packet): Uint8Array<ArrayBuffer> {
  const length = headerLength + attributesLength(packet.attributes);
  if (length > maxPacketLength) throw new RangeError(`A packet of ${length} octets is longer than ${maxPacketLength}`);
  if (packet.authenticator.length !== 16) throw new RangeError("An authenticator has 16 octets");
  requireOctet("code", packet.code, 0);
  requireOctet("identifier", packet.identifier, 0);
  const bytes = new Uint8Array(length);
  bytes[0] = packet.code;
  bytes[1] = packet.identifier;
  bytes[2] = length >> 8;
  bytes[3] = length & 0xff;
  bytes.set(packet.authenticator, 4);
  let offset = headerLength;
  for (const { type, value } of packet.attributes) {
    requireOctet("attribute type", type, 1);
    if (value.length > maxValueLength) {
      throw new RangeError(`Attribute ${type} has a value of ${value.length} octets; ${maxValueLength} are possible`);
    }
    bytes[offset] = type;
    bytes[offset + 1] = value.length + 2;
    bytes.set(value, offset + 2);
    offset += value.length + 2;
  }
  return bytes;
}

/** Octets that attributes take in a packet. */
export function attributesLength(attributes: readonly Attribute[]): number {
  let length = 0;
  for (const { value } of attributes) length += value.length + 2;
  return length;
}

/** What the header says about the packet's length; at least four octets are needed. */
export function packetLength(bytes: Uint8Array): number {
  return (octet(bytes, 2) << 8) | octet(bytes, 3);
}

function octet(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

function requireOctet(what: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least || value > 255) {
    throw new RangeError(`The ${what} ${value} is not between ${least} and 255`);
  }
}

function malformed(reason: MalformedReason): Decoded {
  return { kind: "malformed", reason };
}
