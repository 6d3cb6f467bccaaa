/**
 * Values of attributes as text, and back (RFC 8044).
 *
 * @module
 */

import ipaddr from "ipaddr.js";
import { parseAddress } from "../net/network.ts";
import { type Attribute, encodeVendorAttributes, integerOctets, readInteger, vendorIdLength } from "./attributes.ts";
import type { AttributeDefinition } from "./dictionary.ts";
import { maxValueLength } from "./packet.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A value as text, for logs and for what is sent on: text as it is, addresses in their usual form, numbers by name where the
 * dictionary has one, dates as ISO 8601, anything else, and values of a wrong length, as `0x` and hexadecimal digits.
 *
 * @param value the attribute's value as getDefined() gives it.
 */
export function formatValue(definition: AttributeDefinition, value: Uint8Array): string {
  const { kind, tagged, encrypted } = definition;
  if (encrypted !== undefined) return hex(value);
  const octets = tagged === true ? withoutTag(kind, value) : value;
  switch (kind) {
    case "text":
      return decoder.decode(octets);
    case "ipv4":
      return octets.length === 4 ? octets.join(".") : hex(octets);
    case "ipv6":
      return octets.length === 16 ? ipv6Text(octets) : hex(octets);
    case "ipv6prefix": {
      const bits = octets[1] ?? 255;
      if (octets.length < 2 || octets.length > 18 || bits > 128) return hex(octets);
      const address = new Uint8Array(16);
      address.set(octets.subarray(2));
      return `${ipv6Text(address)}/${bits}`;
    }
    case "integer": {
      if (octets.length !== 4) return hex(octets);
      const number = readInteger(octets);
      const named = Object.entries(definition.values ?? {}).find(([, known]) => known === number);
      return named?.[0] ?? String(number);
    }
    case "integer64":
      return octets.length === 8 ? String(view(octets).getBigUint64(0)) : hex(octets);
    case "date":
      return octets.length === 4 ? new Date(readInteger(octets) * 1_000).toISOString() : hex(octets);
    case "ifid":
      return octets.length === 8
        ? [0, 2, 4, 6].map((offset) => view(octets).getUint16(offset).toString(16)).join(":")
        : hex(octets);
    case "octets":
      return hex(octets);
  }
}

/** An attribute made from text, or why it can't be. */
export type ParsedAttribute =
  | { readonly kind: "attribute"; readonly attribute: Attribute }
  | { readonly kind: "wrong"; readonly problem: string };

/**
 * Makes an attribute from text as {@link formatValue} writes it. `0x` and hexadecimal digits are taken for every kind but text.
 * Tagged attributes get tag 0.
 */
export function parseAttribute(definition: AttributeDefinition, text: string): ParsedAttribute {
  const { name, type, vendor, kind, tagged, encrypted } = definition;
  if (encrypted !== undefined) return { kind: "wrong", problem: `${name} travels hidden and can't be given as text` };
  const octets = parseValue(definition, text);
  if (octets === undefined) return { kind: "wrong", problem: `${name} takes ${kindTexts[kind]}` };
  const value = tagged === true && kind === "text" ? Uint8Array.of(0, ...octets) : octets;
  const room = vendor === undefined ? maxValueLength : maxValueLength - vendorIdLength - 2;
  if (value.length === 0) return { kind: "wrong", problem: `${name} can't be empty` };
  if (value.length > room) {
    return { kind: "wrong", problem: `${name} takes at most ${room} octets; these are ${value.length}` };
  }
  const attribute = vendor === undefined ? { type, value } : encodeVendorAttributes(vendor, [{ type, value }]);
  return { kind: "attribute", attribute };
}

const kindTexts = {
  text: "text",
  octets: "0x and an even count of hexadecimal digits",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  ipv6prefix: "an IPv6 prefix such as 2001:db8::/32",
  integer: "a whole number of at most 32 bits, or the name of a value",
  integer64: "a whole number of at most 64 bits",
  date: "a date such as 2026-11-25T01:02:03Z",
  ifid: "an interface identifier such as 0:0:0:1",
} as const;

function parseValue({ kind, values, tagged }: AttributeDefinition, text: string): Uint8Array | undefined {
  if (kind === "text") return encoder.encode(text);
  if (/^0x(?:[0-9a-f]{2})+$/i.test(text)) return Uint8Array.fromHex(text.slice(2));
  switch (kind) {
    case "ipv4": {
      const address = parseAddress(text);
      return address?.family === 4 && !text.includes(":") ? integerOctets(Number(address.value)) : undefined;
    }
    case "ipv6":
      return ipv6Octets(text);
    case "ipv6prefix": {
      const [, base, digits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
      const address = ipv6Octets(base ?? "");
      const bits = Number(digits);
      if (address === undefined || bits > 128) return undefined;
      return Uint8Array.of(0, bits, ...address.subarray(0, Math.ceil(bits / 8)));
    }
    case "integer": {
      const number = values && Object.hasOwn(values, text)
        ? values[text]
        : wholeNumber(text, tagged ? 0xffffff : 0xffffffff);
      return number === undefined ? undefined : integerOctets(number);
    }
    case "integer64": {
      if (!/^\d{1,20}$/.test(text) || BigInt(text) > 0xffff_ffff_ffff_ffffn) return undefined;
      const octets = new Uint8Array(8);
      view(octets).setBigUint64(0, BigInt(text));
      return octets;
    }
    case "date": {
      const seconds = Date.parse(text) / 1_000;
      return Number.isInteger(seconds) && seconds >= 0 && seconds <= 0xffffffff ? integerOctets(seconds) : undefined;
    }
    case "ifid": {
      const parts = text.split(":");
      if (parts.length !== 4 || !parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
      const octets = new Uint8Array(8);
      for (const [index, part] of parts.entries()) view(octets).setUint16(index * 2, parseInt(part, 16));
      return octets;
    }
    case "octets":
      return undefined;
  }
}

/** A tag has the values 0 to 31; text that begins with a higher octet carries none (RFC 2868, section 3.3). */
function withoutTag(kind: AttributeDefinition["kind"], value: Uint8Array): Uint8Array {
  if (kind === "integer") return value.length === 4 ? Uint8Array.of(0, ...value.subarray(1)) : value;
  return (value[0] ?? 0xff) <= 0x1f ? value.subarray(1) : value;
}

function wholeNumber(text: string, most: number): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= most ? number : undefined;
}

function ipv6Text(octets: Uint8Array): string {
  return ipaddr.fromByteArray([...octets]).toString();
}

function ipv6Octets(text: string): Uint8Array | undefined {
  if (text.includes("%") || !ipaddr.IPv6.isValid(text)) return undefined;
  return Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray());
}

function view(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}

function hex(octets: Uint8Array): string {
  return `0x${octets.toHex()}`;
}
