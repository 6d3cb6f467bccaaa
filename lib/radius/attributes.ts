/**
 * Attributes of a packet: finding them, and looking into Vendor-Specific.
 *
 * @module
 */

import type { AttributeDefinition } from "./attribute_definition.ts";
import { attributeType } from "./attribute_type.ts";
import { type Attribute, maxValueLength, type Packet } from "./packet.ts";

export { attributeType } from "./attribute_type.ts";
export type { Attribute } from "./packet.ts";

/** One attribute of a vendor, out of Vendor-Specific. */
export interface VendorAttribute {
  /** IANA's enterprise number. */
  readonly vendor: number;
  /** The vendor's type. */
  readonly type: number;
  readonly value: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Octets of Vendor-Specific before the vendor's own attributes. */
export const vendorIdLength = 4;

/** The first value of a type, or undefined. */
export function getAttribute(packet: Packet, type: number): Uint8Array | undefined {
  for (const attribute of packet.attributes) if (attribute.type === type) return attribute.value;
  return undefined;
}

/** All values of a type, in the packet's order. */
export function getAllAttributes(packet: Packet, type: number): readonly Uint8Array[] {
  return packet.attributes.filter((attribute) => attribute.type === type).map(({ value }) => value);
}

/** Whether the packet has an attribute of the type. */
export function hasAttribute(packet: Packet, type: number): boolean {
  return getAttribute(packet, type) !== undefined;
}

/** The first value of a type as UTF-8, with replacement characters where it is none; undefined if there is no such attribute. */
export function getText(packet: Packet, type: number): string | undefined {
  const value = getAttribute(packet, type);
  return value && decoder.decode(value);
}

/** The first value of a type as a number of 4 octets; undefined if there is none or if it has another length. */
export function getInteger(packet: Packet, type: number): number | undefined {
  const value = getAttribute(packet, type);
  return value?.length === 4 ? readInteger(value) : undefined;
}

/**
 * What Vendor-Specific holds in the form that RFC 2865, section 5.26, recommends.
 *
 * @returns an empty list for other attributes, and if the value isn't of that form: such a value means something to its
 * vendor alone.
 */
export function vendorAttributes({ type, value }: Attribute): readonly VendorAttribute[] {
  if (type !== attributeType.vendorSpecific || value.length < vendorIdLength) return [];
  const vendor = readInteger(value);
  const found: VendorAttribute[] = [];
  for (let offset = vendorIdLength; offset < value.length;) {
    const vendorType = value[offset] ?? 0;
    const length = value[offset + 1] ?? 0;
    if (length < 2 || offset + length > value.length) return [];
    found.push({ vendor, type: vendorType, value: value.subarray(offset + 2, offset + length) });
    offset += length;
  }
  return found;
}

/** The first value of a vendor's type, or undefined. */
export function getVendorAttribute(packet: Packet, vendor: number, type: number): Uint8Array | undefined {
  for (const attribute of packet.attributes) {
    if (attribute.type !== attributeType.vendorSpecific) continue;
    for (const inner of vendorAttributes(attribute)) {
      if (inner.vendor === vendor && inner.type === type) return inner.value;
    }
  }
  return undefined;
}

/** Puts vendors' attributes of one vendor into a Vendor-Specific attribute. */
export function encodeVendorAttributes(vendor: number, inner: readonly Omit<VendorAttribute, "vendor">[]): Attribute {
  const length = inner.reduce((sum, { value }) => sum + value.length + 2, vendorIdLength);
  if (length > maxValueLength) {
    throw new RangeError(`Attributes of vendor ${vendor} take ${length} octets; 253 are possible`);
  }
  const value = new Uint8Array(length);
  new DataView(value.buffer).setUint32(0, vendor);
  let offset = vendorIdLength;
  for (const attribute of inner) {
    value[offset] = attribute.type;
    value[offset + 1] = attribute.value.length + 2;
    value.set(attribute.value, offset + 2);
    offset += attribute.value.length + 2;
  }
  return { type: attributeType.vendorSpecific, value };
}

/** The first value of the defined attribute, whether a vendor's or not; undefined if the packet has none. */
export function getDefined(packet: Packet, { type, vendor }: AttributeDefinition): Uint8Array | undefined {
  return vendor === undefined ? getAttribute(packet, type) : getVendorAttribute(packet, vendor, type);
}

/** A text attribute. */
export function textAttribute(type: number, text: string): Attribute {
  return { type, value: encoder.encode(text) };
}

/** An attribute with a number of 4 octets. */
export function integerAttribute(type: number, number: number): Attribute {
  return { type, value: integerOctets(number) };
}

/**
 * Splits a text into values for a text attribute: cleaned of control characters (a line end or a tab becomes a blank), at most
 * 253 octets each, cut between characters (RFC 2865, section 5.18).
 *
 * @returns an empty list for an empty text: values without content must not be sent.
 */
export function splitText(text: string): readonly Uint8Array[] {
  const bytes = encoder.encode(text.replace(/\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g, " ").replace(/\p{Cc}/gu, ""));
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    let end = Math.min(start + maxValueLength, bytes.length);
    // An octet 10xxxxxx continues a character: it must not begin a piece.
    while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

/** A number of 4 octets, most significant first. */
export function integerOctets(number: number): Uint8Array {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, number);
  return octets;
}

/** The number that the first 4 octets hold. */
export function readInteger(octets: Uint8Array): number {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength).getUint32(0);
}
