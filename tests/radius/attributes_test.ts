import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  attributeType,
  encodeVendorAttributes,
  getAllAttributes,
  getAttribute,
  getDefined,
  getInteger,
  getText,
  getVendorAttribute,
  splitText,
  vendorAttributes,
} from "../../lib/radius/attributes.ts";
import { findAttribute } from "../../lib/radius/dictionary.ts";
import { fromHex, mustDecode, octets, packetVectors } from "./packets.ts";

/** The text of a vector's request or response. */
function vectorPacket(id: string, part: "request" | "response"): ReturnType<typeof mustDecode> {
  return mustDecode(fromHex(packetVectors.find((vector) => vector.id === id)?.[part] ?? ""));
}

Deno.test("values of the examples of RFC 2865 are read", () => {
  const request = vectorPacket("rfc2865-7.2", "request");
  assertEquals(getText(request, attributeType.userName), "flopsy");
  assertEquals(getAttribute(request, attributeType.nasIpAddress), Uint8Array.of(192, 168, 1, 16));
  assertEquals(getInteger(request, attributeType.nasPort), 20);
  assertEquals(getText(request, attributeType.replyMessage), undefined);
  assertEquals(getInteger(request, attributeType.userName), undefined);
  const challenge = vectorPacket("rfc2865-7.3a", "response");
  assertEquals(getText(challenge, attributeType.replyMessage), "Challenge 32769430.  Enter response at prompt.");
});

Deno.test("getAllAttributes() keeps the order", () => {
  const packet = vectorPacket("ma-first-accept", "response");
  assertEquals(getAllAttributes(packet, attributeType.proxyState), [Uint8Array.of(1), Uint8Array.of(2)]);
});

Deno.test("vendorAttributes() reads several in one attribute", () => {
  const value = fromHex("00000009" + "0105616263" + "020378");
  assertEquals(vendorAttributes({ type: 26, value }), [
    { vendor: 9, type: 1, value: octets("abc") },
    { vendor: 9, type: 2, value: octets("x") },
  ]);
});

for (
  const [what, hex] of [
    ["no vendor", "000009"],
    ["a type without length", "0000000901"],
    ["length 0", "000000090100"],
    ["length 1", "000000090101"],
    ["length past the end", "00000009010661"],
    ["a stray octet behind", "00000009010361ff"],
  ] as const
) {
  Deno.test(`vendorAttributes() leaves ${what} to the vendor`, () => {
    assertEquals(vendorAttributes({ type: 26, value: fromHex(hex) }), []);
  });
}

Deno.test("vendorAttributes() reads what encodeVendorAttributes() wrote", () => {
  const inner = fc.record({ type: fc.integer({ min: 0, max: 255 }), value: fc.uint8Array({ maxLength: 60 }) });
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.array(inner, { maxLength: 4 }), (vendor, list) => {
      const attribute = encodeVendorAttributes(vendor, list);
      assertEquals(vendorAttributes(attribute), list.map((one) => ({ vendor, ...one })));
    }),
    { seed: 26 },
  );
});

Deno.test("encodeVendorAttributes() refuses what an attribute has no room for", () => {
  assertEquals(encodeVendorAttributes(9, [{ type: 1, value: new Uint8Array(247) }]).value.length, 253);
  assertThrows(() => encodeVendorAttributes(9, [{ type: 1, value: new Uint8Array(248) }]), RangeError, "253");
});

Deno.test("getDefined() finds a vendor's attribute behind others, and never takes another vendor's", () => {
  const packet = {
    code: 1,
    identifier: 1,
    authenticator: new Uint8Array(16),
    attributes: [
      { type: 26, value: fromHex("00") },
      encodeVendorAttributes(9, [{ type: 7, value: octets("cisco") }]),
      encodeVendorAttributes(25_461, [{ type: 6, value: octets("domain") }, { type: 7, value: octets("192.0.2.7") }]),
    ],
  };
  const definition = findAttribute("PaloAlto-Client-Source-IP");
  assert(definition);
  assertEquals(getDefined(packet, definition), octets("192.0.2.7"));
  assertEquals(getVendorAttribute(packet, 311, 7), undefined);
});

Deno.test("splitText() cuts at 253 octets, between characters", () => {
  assertEquals(splitText(""), []);
  assertEquals(splitText("a".repeat(253)).map(({ length }) => length), [253]);
  assertEquals(splitText("a".repeat(254)).map(({ length }) => length), [253, 1]);
  assertEquals(splitText("a".repeat(252) + "é").map(({ length }) => length), [252, 2]);
  assertEquals(splitText("a".repeat(251) + "\u{1f512}b").map(({ length }) => length), [251, 5]);
});

Deno.test("splitText() cleans the text of control characters", () => {
  const clean = (text: string): string => splitText(text).map((piece) => new TextDecoder().decode(piece)).join("|");
  assertEquals(clean("one\r\ntwo\nthree\tfour"), "one two three four");
  assertEquals(clean("\u0000a\u001b[31mb\u007f\u009b\u0007"), "a[31mb");
  assertEquals(clean("line\u2028separator"), "line separator");
  assertEquals(clean("\u0000\u0001"), "");
});

Deno.test("splitText() loses no character, and every piece is text of 1 to 253 octets", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 900, size: "max" }), (text) => {
      const pieces = splitText(text);
      const decoded = pieces.map((piece) => {
        assert(piece.length >= 1 && piece.length <= 253);
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(piece);
      });
      const strip = (one: string): string => one.toWellFormed().replace(/[\p{Cc}\u2028\u2029 ]/gu, "");
      assertEquals(strip(decoded.join("")), strip(text));
      assertEquals(/\p{Cc}/u.test(decoded.join("")), false);
    }),
    { seed: 253 },
  );
});
