/**
 * Addresses and networks as `radius_ip_N` writes them.
 *
 * @module
 */

import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import {
  canonicalAddress,
  type Network,
  networkSize,
  parseAddress,
  parseNetwork,
  sameNetwork,
} from "../../lib/net/network.ts";

function network(text: string): Network {
  const found = parseNetwork(text);
  assert(found !== undefined, text);
  return found;
}

function holds(text: string, address: string): boolean {
  const found = parseAddress(address);
  assert(found !== undefined, address);
  const { family, first, last } = network(text);
  return family === found.family && first <= found.value && found.value <= last;
}

Deno.test("parseNetwork() reads every form that the old proxy took", () => {
  const forms: readonly (readonly [text: string, first: string, last: string, size: bigint])[] = [
    ["192.0.2.7", "192.0.2.7", "192.0.2.7", 1n],
    ["192.0.2.7/32", "192.0.2.7", "192.0.2.7", 1n],
    ["192.0.2.7/24", "192.0.2.0", "192.0.2.255", 256n],
    ["192.0.2.7/255.255.255.0", "192.0.2.0", "192.0.2.255", 256n],
    ["192.0.2.7/255.255.255.255", "192.0.2.7", "192.0.2.7", 1n],
    ["0.0.0.0/0", "0.0.0.0", "255.255.255.255", 1n << 32n],
    ["10.0.0.0/0.0.0.0", "0.0.0.0", "255.255.255.255", 1n << 32n],
    ["192.0.2.250-192.0.3.5", "192.0.2.250", "192.0.3.5", 12n],
    [" 192.0.2.1 - 192.0.2.1 ", "192.0.2.1", "192.0.2.1", 1n],
    ["2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 1n << 96n],
    ["2001:DB8::1-2001:db8::ff", "2001:db8::1", "2001:db8::ff", 255n],
    ["2001:db8::/ffff:ffff::", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 1n << 96n],
    ["::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1n << 128n],
    ["::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7", 1n],
    ["::ffff:192.0.2.0/120", "192.0.2.0", "192.0.2.255", 256n],
  ];
  for (const [text, first, last, size] of forms) {
    const found = network(text);
    assertEquals(parseAddress(first), { family: found.family, value: found.first }, text);
    assertEquals(parseAddress(last), { family: found.family, value: found.last }, text);
    assertEquals(networkSize(found), size, text);
    assertEquals(found.text, text.trim());
  }
});

Deno.test("parseNetwork() refuses what means different things to different programs, or nothing", () => {
  const refused = [
    "",
    "vpn.example.com",
    "192.0.2",
    "192.0.2.1.1",
    "192.0.2.256",
    "010.0.0.1",
    "0x7f.0.0.1",
    "192.0.2.1/",
    "192.0.2.1/33",
    "192.0.2.1/-1",
    "192.0.2.1/255.0.255.0",
    "192.0.2.1/0.0.0.255",
    "192.0.2.1/24/24",
    "192.0.2.9-192.0.2.1",
    "192.0.2.1-",
    "-192.0.2.1",
    "192.0.2.1-2001:db8::1",
    "192.0.2.1-9",
    "2001:db8::/129",
    "2001:db8::1%eth0",
    "::ffff:192.0.2.0/95",
    "192.0.2.1, 192.0.2.2",
    "9".repeat(100_000),
  ];
  for (const text of refused) assertEquals(parseNetwork(text), undefined, text.slice(0, 40));
});

Deno.test("a network keeps the families apart, and mapped addresses count as IPv4", () => {
  assert(holds("192.0.2.0/24", "192.0.2.255"));
  assertFalse(holds("192.0.2.0/24", "192.0.3.0"));
  assert(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
  assertFalse(holds("::/0", "192.0.2.9"));
  assertFalse(holds("0.0.0.0/0", "::1"));
});

Deno.test("sameNetwork() compares addresses, not spelling", () => {
  assertFalse(sameNetwork(network("192.0.2.0/24"), network("192.0.2.255-192.0.3.1")));
  assertFalse(sameNetwork(network("0.0.0.0/0"), network("::/0")));
  assert(sameNetwork(network("192.0.2.0/24"), network("192.0.2.0-192.0.2.255")));
});

Deno.test("canonicalAddress() has one spelling for an address", () => {
  assertEquals(canonicalAddress("2001:DB8:0:0::1"), "2001:db8::1");
  assertEquals(canonicalAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assertEquals(canonicalAddress("eth0"), undefined);
});

Deno.test("parseNetwork() reads CIDR and netmask alike, and holds exactly the addresses with the prefix", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 32 }), (value, prefix) => {
    const dotted = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join(".");
    const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
    const byPrefix = network(`${dotted(value)}/${prefix}`);
    const byMask = network(`${dotted(value)}/${dotted(mask)}`);
    assert(sameNetwork(byPrefix, byMask));
    assertEquals(networkSize(byPrefix), 2n ** BigInt(32 - prefix));
    assertEquals(byPrefix.first, BigInt((value & mask) >>> 0));
  }));
});
