/**
 * Addresses and the networks of `radius_ip_N`: a single address, CIDR, address/netmask or a range, IPv4 and IPv6.
 *
 * @module
 */

import ipaddr from "ipaddr.js";

/** An address as a number. IPv4-mapped IPv6 addresses (RFC 4291, 2.5.5.2) count as IPv4. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A run of addresses of one family, both ends included. */
export interface Network {
  /** As written in the file, without blanks at the ends. */
  readonly text: string;
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** What precedes an IPv4 address in its IPv4-mapped form, `::ffff:0:0/96`. */
const mappedPrefix = 0xffffn;

/**
 * Reads one address. Only four decimal parts without leading zeros are IPv4 (`010.0.0.1` and `127.1` mean different
 * things to different programs); zone identifiers such as `%eth0` are refused.
 *
 * @returns undefined if the text is no address.
 */
export function parseAddress(text: string): Address | undefined {
  const trimmed = text.trim();
  // The longest form of an IPv6 address has 45 characters: longer text is no address, and is not worth parsing.
  if (trimmed.length > 45) return undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(trimmed)) {
    return { family: 4, value: toNumber(ipaddr.IPv4.parse(trimmed).toByteArray()) };
  }
  if (trimmed.includes("%") || !trimmed.includes(":") || !ipaddr.IPv6.isValid(trimmed)) return undefined;
  return unmap(toNumber(ipaddr.IPv6.parse(trimmed).toByteArray()));
}

/**
 * Reads `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1-10.0.0.9` and the same in IPv6. Bits of the address
 * that the mask doesn't cover are ignored.
 *
 * @returns undefined if the text is none of these, if a mask has holes, or if a range runs backwards.
 */
export function parseNetwork(text: string): Network | undefined {
  const trimmed = text.trim();
  const dash = trimmed.indexOf("-");
  if (dash >= 0) {
    const from = parseAddress(trimmed.slice(0, dash));
    const to = parseAddress(trimmed.slice(dash + 1));
    if (from === undefined || to === undefined || from.family !== to.family || from.value > to.value) return undefined;
    return { text: trimmed, family: from.family, first: from.value, last: to.value };
  }
  const slash = trimmed.indexOf("/");
  if (slash < 0) {
    const address = parseAddress(trimmed);
    return address && { text: trimmed, family: address.family, first: address.value, last: address.value };
  }
  const base = trimmed.slice(0, slash).trim();
  const address = parseAddress(base);
  if (address === undefined) return undefined;
  // A mapped base, ::ffff:10.0.0.0/104, counts its prefix from the IPv6 address: 96 bits are the mapping itself.
  const mapped = address.family === 4 && base.includes(":");
  const written = parsePrefix(trimmed.slice(slash + 1).trim(), mapped ? 6 : address.family);
  if (written === undefined || (mapped && written < 96)) return undefined;
  const hostBits = BigInt((address.family === 4 ? 32 : 128) - (mapped ? written - 96 : written));
  const first = (address.value >> hostBits) << hostBits;
  return { text: trimmed, family: address.family, first, last: first + (1n << hostBits) - 1n };
}

/** True if both networks hold the same addresses, however they are written. */
export function sameNetwork(a: Network, b: Network): boolean {
  return a.family === b.family && a.first === b.first && a.last === b.last;
}

/** Equal for networks with the same addresses. */
export function networkKey(network: Network): string {
  return `${network.family} ${network.first} ${network.last}`;
}

/** How many addresses a network holds: the fewer, the more specific. */
export function networkSize(network: Network): bigint {
  return network.last - network.first + 1n;
}

/** The number of leading one bits that `/24` or `/255.255.255.0` stands for. */
function parsePrefix(text: string, family: 4 | 6): number | undefined {
  const bits = family === 4 ? 32 : 128;
  if (/^\d{1,3}$/.test(text)) {
    const prefix = Number(text);
    return prefix <= bits ? prefix : undefined;
  }
  const mask = parseAddress(text);
  if (mask === undefined || mask.family !== family) return undefined;
  const inverted = ((1n << BigInt(bits)) - 1n) ^ mask.value;
  // Without holes the inverted mask is 2^n - 1, so that adding 1 clears every bit of it.
  if ((inverted & (inverted + 1n)) !== 0n) return undefined;
  return bits - (inverted === 0n ? 0 : inverted.toString(2).length);
}

function toNumber(octets: readonly number[]): bigint {
  return octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function unmap(value: bigint): Address {
  return (value >> 32n) === mappedPrefix ? { family: 4, value: value & 0xffffffffn } : { family: 6, value };
}

/**
 * One spelling for each address: IPv4 in four decimal parts, IPv6 in lower case and shortened (RFC 5952), mapped
 * addresses as IPv4.
 *
 * @returns undefined if the text is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  return parseAddress(text) === undefined ? undefined : ipaddr.process(text.trim()).toString();
}
