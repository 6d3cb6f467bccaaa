/**
 * Packets as gateways send them, and the vectors, for the tests of this directory.
 *
 * @module
 */

import { type Attribute, attributeType, textAttribute } from "../../lib/radius/attributes.ts";
import { signRequest } from "../../lib/radius/authenticator.ts";
import { decodePacket, encodePacket, type Packet, packetCode } from "../../lib/radius/packet.ts";
import { hidePassword } from "../../lib/radius/password.ts";
import vectors from "../vectors/radius-packets.json" with { type: "json" };

/** One entry of `radius-packets.json`: whatever it has of requests and responses. */
export interface PacketVector {
  readonly id: string;
  readonly secret: string;
  readonly request?: string;
  readonly request_authenticator?: string;
  readonly accounting_request?: string;
  readonly response?: string;
  readonly password?: string;
  readonly chap_password?: string;
  readonly malformed?: boolean;
}

/** The packets of the RFCs and of other implementations. */
export const packetVectors: readonly PacketVector[] = vectors;

/** Octets from hexadecimal digits. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex);
}

/** Octets of a text in UTF-8. */
export function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The packet of octets that must be well-formed. */
export function mustDecode(bytes: Uint8Array): Packet {
  const decoded = decodePacket(bytes);
  if (decoded.kind === "malformed") throw new Error(`Malformed: ${decoded.reason}`);
  return decoded.packet;
}

/** What {@link accessRequest} makes; everything has a default. */
export interface RequestParts {
  readonly code?: number;
  readonly identifier?: number;
  readonly authenticator?: Uint8Array;
  readonly user?: string;
  readonly password?: string;
  readonly attributes?: readonly Attribute[];
  /** Where Message-Authenticator stands, or `wrong` octets in it; `first` by default. */
  readonly signature?: "first" | "last" | "none" | "wrong";
}

/** A request, signed with the secret. Without `user` it has neither User-Name nor User-Password. */
export function accessRequest(secret: Uint8Array, parts: RequestParts = {}): Uint8Array {
  const { signature = "first", user, password = "push", attributes = [] } = parts;
  const authenticator = parts.authenticator ?? crypto.getRandomValues(new Uint8Array(16));
  const unsigned = { type: attributeType.messageAuthenticator, value: new Uint8Array(16) };
  const named = user === undefined ? [] : [
    textAttribute(attributeType.userName, user),
    { type: attributeType.userPassword, value: hidePassword(octets(password), authenticator, secret) },
  ];
  const bytes = encodePacket({
    code: parts.code ?? packetCode.accessRequest,
    identifier: parts.identifier ?? 1,
    authenticator,
    attributes: signature === "none"
      ? [...named, ...attributes]
      : signature === "last"
      ? [...named, ...attributes, unsigned]
      : [unsigned, ...named, ...attributes],
  });
  if (signature === "first" || signature === "last") signRequest(bytes, secret);
  return bytes;
}

/** A datagram from single octets: header with this code and Length, zeros as authenticator, then the rest. */
export function rawPacket(code: number, length: number, rest: readonly number[] | Uint8Array = []): Uint8Array {
  return Uint8Array.of(code, 1, length >> 8, length & 0xff, ...new Uint8Array(16), ...rest);
}
