import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { attributeNames, findAttribute } from "../../lib/radius/dictionary.ts";
import { vendorAttributes } from "../../lib/radius/attributes.ts";
import { formatValue, parseAttribute } from "../../lib/radius/value.ts";
import { fromHex } from "./packets.ts";

/** The definition of a name that the dictionary has. */
function definition(name: string): NonNullable<ReturnType<typeof findAttribute>> {
  const found = findAttribute(name);
  if (found === undefined) throw new Error(`${name} is not in the dictionary`);
  return found;
}

/** Values on the wire and as text; each the RFC's encoding of the other. */
const values: readonly (readonly [name: string, hex: string, text: string])[] = [
  ["User-Name", "6e656d6f", "nemo"],
  ["Reply-Message", "c3a9", "é"],
  ["NAS-IP-Address", "c0a80110", "192.168.1.16"],
  ["NAS-Port", "00000014", "20"],
  ["NAS-Port", "ffffffff", "4294967295"],
  ["Service-Type", "00000002", "Framed-User"],
  ["Service-Type", "000003e7", "999"],
  ["State", "00112233", "0x00112233"],
  ["Event-Timestamp", "3b9aca00", "2001-09-09T01:46:40.000Z"],
  ["NAS-IPv6-Address", "20010db8000000000000000000000001", "2001:db8::1"],
  ["Framed-IPv6-Prefix", "002020010db8", "2001:db8::/32"],
  ["Framed-IPv6-Prefix", "0000", "::/0"],
  ["Framed-Interface-Id", "000100020003abcd", "1:2:3:abcd"],
  ["MIP6-Feature-Vector", "0000000100000000", "4294967296"],
  ["Tunnel-Type", "0000000d", "VLAN"],
  ["Tunnel-Private-Group-Id", "003130", "10"],
];

for (const [name, hex, text] of values) {
  Deno.test(`${name} ${hex} is ${text}, and back`, () => {
    assertEquals(formatValue(definition(name), fromHex(hex)), text);
    const parsed = parseAttribute(definition(name), text);
    assertEquals(parsed.kind === "attribute" && parsed.attribute.value.toHex(), hex);
  });
}

Deno.test("formatValue() leaves the tag of a tunnel out, and knows text that has none (RFC 2868, section 3)", () => {
  assertEquals(formatValue(definition("Tunnel-Type"), fromHex("0100000d")), "VLAN");
  assertEquals(formatValue(definition("Tunnel-Private-Group-Id"), fromHex("013130")), "10");
  assertEquals(formatValue(definition("Tunnel-Private-Group-Id"), fromHex("3130")), "10");
});

for (
  const [name, hex] of [
    ["NAS-IP-Address", "c0a801"],
    ["NAS-Port", "0014"],
    ["Event-Timestamp", "00"],
    ["NAS-IPv6-Address", "2001"],
    ["Framed-IPv6-Prefix", "0081"],
    ["Framed-Interface-Id", "0001"],
  ] as const
) {
  Deno.test(`formatValue() shows ${name} of a wrong form, ${hex}, as it is`, () => {
    assertEquals(formatValue(definition(name), fromHex(hex)), `0x${hex}`);
  });
}

for (
  const [name, text] of [
    ["NAS-IP-Address", "192.168.1"],
    ["NAS-IP-Address", "::1"],
    ["NAS-IP-Address", "::ffff:192.0.2.1"],
    ["NAS-Port", "4294967296"],
    ["NAS-Port", "-1"],
    ["NAS-Port", "1.5"],
    ["Service-Type", "framed"],
    ["Service-Type", "toString"],
    ["State", "abc"],
    ["State", "0xabc"],
    ["State", "0x"],
    ["Event-Timestamp", "yesterday"],
    ["NAS-IPv6-Address", "192.0.2.1"],
    ["Framed-IPv6-Prefix", "2001:db8::/129"],
    ["Framed-IPv6-Prefix", "2001:db8::"],
    ["Framed-Interface-Id", "1:2:3"],
    ["Tunnel-Preference", "16777216"],
    ["User-Name", ""],
    ["User-Name", "a".repeat(254)],
    ["Cisco-AVPair", "a".repeat(248)],
    ["User-Password", "secret"],
  ] as const
) {
  Deno.test(`parseAttribute() refuses ${name}=${text.slice(0, 30)}`, () => {
    const parsed = parseAttribute(definition(name), text);
    assert(parsed.kind === "wrong" && parsed.problem.includes(name));
  });
}

Deno.test("parseAttribute() puts vendors' attributes into Vendor-Specific", () => {
  const parsed = parseAttribute(definition("Cisco-AVPair"), "audit-session-id=c0a80101");
  assert(parsed.kind === "attribute");
  assertEquals(vendorAttributes(parsed.attribute)[0]?.vendor, 9);
});

Deno.test("formatValue() takes whatever octets come, for each attribute of the dictionary", () => {
  fc.assert(
    fc.property(fc.constantFrom(...attributeNames()), fc.uint8Array({ maxLength: 40 }), (name, value) => {
      assertEquals(typeof formatValue(definition(name), value), "string");
    }),
    { seed: 8044, numRuns: 3_000 },
  );
});
