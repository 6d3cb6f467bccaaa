import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  decodePacket,
  encodePacket,
  headerLength,
  type MalformedReason,
  maxPacketLength,
  packetCode,
} from "../../lib/radius/packet.ts";
import extendedVectors from "../vectors/radius-extended-attributes.json" with { type: "json" };
import { fromHex, mustDecode, packetVectors, rawPacket } from "./packets.ts";

for (const { id, request, accounting_request, response, malformed } of packetVectors) {
  for (const hex of [request, accounting_request, response]) {
    if (hex === undefined || malformed) continue;
    Deno.test(`decodePacket() and encodePacket() agree on ${id}: ${hex.slice(0, 2)}`, () => {
      const bytes = fromHex(hex);
      const packet = mustDecode(bytes);
      assertEquals(packet.code, bytes[0]);
      assertEquals(packet.identifier, bytes[1]);
      assertEquals(packet.authenticator, bytes.subarray(4, 20));
      assertEquals(encodePacket(packet).toHex(), hex);
    });
  }
}

Deno.test("decodePacket() reads what RFC 2865, section 7.1, explains", () => {
  const packet = mustDecode(fromHex(packetVectors.find(({ id }) => id === "rfc2865-7.1")?.request ?? ""));
  assertEquals(packet.attributes.map(({ type }) => type), [1, 2, 4, 5]);
  assertEquals(packet.attributes[0]?.value, new TextEncoder().encode("nemo"));
  assertEquals(packet.attributes[2]?.value, Uint8Array.of(192, 168, 1, 16));
  assertEquals(packet.attributes[3]?.value, Uint8Array.of(0, 0, 0, 3));
});

Deno.test("decodePacket() refuses the request that RFC 2865, section 7.3, misprints", () => {
  const bytes = fromHex(packetVectors.find(({ malformed }) => malformed)?.request ?? "");
  assertEquals(decodePacket(bytes), { kind: "malformed", reason: "an attribute that runs past the end" });
});

/** Octets of an attribute with a value of zeros. */
function zeros(type: number, valueLength: number): number[] {
  return [type, valueLength + 2, ...new Uint8Array(valueLength)];
}

const request = packetCode.accessRequest;
const malformedDatagrams: readonly (readonly [what: string, bytes: Uint8Array, reason: MalformedReason])[] = [
  ["no octets", new Uint8Array(0), "fewer than 20 octets"],
  ["19 octets", rawPacket(request, 19).subarray(0, 19), "fewer than 20 octets"],
  ["19 octets that say 20", rawPacket(request, 20).subarray(0, 19), "fewer than 20 octets"],
  ["Length 19", rawPacket(request, 19), "Length below 20"],
  ["Length 0", rawPacket(request, 0), "Length below 20"],
  ["Length 100 in 20 octets", rawPacket(request, 100), "fewer octets than Length"],
  ["Length 4097", rawPacket(request, 4_097, new Uint8Array(4_077).fill(1)), "Length above 4096"],
  ["Length 65535", rawPacket(request, 65_535), "Length above 4096"],
  ["a stray octet", rawPacket(request, 21, [1]), "a stray octet behind the last attribute"],
  ["a stray zero", rawPacket(request, 21, [0]), "a stray octet behind the last attribute"],
  ["type 0", rawPacket(request, 23, [0, 3, 65]), "an attribute of type 0"],
  ["attribute length 0", rawPacket(request, 22, [1, 0]), "an attribute shorter than its own header"],
  ["attribute length 1", rawPacket(request, 22, [1, 1]), "an attribute shorter than its own header"],
  ["first attribute past the end", rawPacket(request, 23, [1, 4, 65]), "an attribute that runs past the end"],
  [
    "second attribute past the end",
    rawPacket(request, 26, [1, 3, 65, 1, 4, 65]),
    "an attribute that runs past the end",
  ],
  [
    "an attribute that ends in the padding",
    rawPacket(request, 23, [1, 4, 65, 66]),
    "an attribute that runs past the end",
  ],
  [
    "Message-Authenticator of 5 octets",
    rawPacket(request, 27, zeros(80, 5)),
    "a Message-Authenticator that is not 16 octets long",
  ],
  [
    "an empty Message-Authenticator",
    rawPacket(request, 22, zeros(80, 0)),
    "a Message-Authenticator that is not 16 octets long",
  ],
  [
    "Message-Authenticator of 17 octets",
    rawPacket(request, 39, zeros(80, 17)),
    "a Message-Authenticator that is not 16 octets long",
  ],
  [
    "two Message-Authenticators",
    rawPacket(request, 56, [...zeros(80, 16), ...zeros(80, 16)]),
    "more than one Message-Authenticator",
  ],
  [
    "User-Password of 15 octets",
    rawPacket(request, 37, zeros(2, 15)),
    "a User-Password whose length is no multiple of 16",
  ],
  [
    "User-Password of 17 octets",
    rawPacket(request, 39, zeros(2, 17)),
    "a User-Password whose length is no multiple of 16",
  ],
  ["User-Password of no octets", rawPacket(request, 22, [2, 2]), "a User-Password without octets"],
  ["User-Password of 144 octets", rawPacket(request, 166, zeros(2, 144)), "a User-Password longer than 128 octets"],
];

for (const [what, bytes, reason] of malformedDatagrams) {
  Deno.test(`decodePacket() refuses ${what}`, () => {
    assertEquals(decodePacket(bytes), { kind: "malformed", reason });
  });
}

const fullPacket = rawPacket(request, maxPacketLength, [
  ...Array.from({ length: 15 }, () => zeros(33, 253)).flat(),
  ...zeros(33, 249),
]);
const wellFormedDatagrams: readonly (readonly [what: string, bytes: Uint8Array, attributes: number])[] = [
  ["20 octets", rawPacket(request, 20), 0],
  ["4096 octets", fullPacket, 16],
  ["padding behind Length", rawPacket(request, 23, [1, 3, 65, 0, 0, 0, 0, 7]), 1],
  ["padding up to 8192 octets", rawPacket(request, 23, [1, 3, 65, ...new Uint8Array(8_169)]), 1],
  ["an empty value", rawPacket(request, 22, [1, 2]), 1],
  ["User-Password of 16 octets", rawPacket(request, 38, zeros(2, 16)), 1],
  ["User-Password of 128 octets", rawPacket(request, 150, zeros(2, 128)), 1],
  ["type 255", rawPacket(request, 23, [255, 3, 0]), 1],
];

for (const [what, bytes, attributes] of wellFormedDatagrams) {
  Deno.test(`decodePacket() takes ${what}`, () => assertEquals(mustDecode(bytes).attributes.length, attributes));
}

Deno.test("decodePacket() leaves packets of other codes their passwords: only requests have one", () => {
  assertEquals(mustDecode(rawPacket(packetCode.accessAccept, 25, zeros(2, 3))).attributes.length, 1);
});

for (const { name, hex } of extendedVectors) {
  Deno.test(`decodePacket() keeps the extended attribute ${name} as it is (RFC 6929)`, () => {
    const rest = fromHex(hex);
    const bytes = rawPacket(packetCode.accessAccept, headerLength + rest.length, rest);
    assertEquals(encodePacket(mustDecode(bytes)).toHex(), bytes.toHex());
    assert(mustDecode(bytes).attributes.every(({ type }) => type >= 241 && type <= 246));
  });
}

const packets = fc.record({
  code: fc.constantFrom(2, 3, 11, 12),
  identifier: fc.integer({ min: 0, max: 255 }),
  authenticator: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  attributes: fc.array(
    fc.record({
      type: fc.integer({ min: 1, max: 255 }).filter((type) => type !== 80),
      value: fc.uint8Array({ maxLength: 253 }),
    }),
    { maxLength: 15 },
  ),
});

Deno.test("decodePacket() gives back what encodePacket() wrote, whatever follows it", () => {
  fc.assert(
    fc.property(packets, fc.uint8Array({ maxLength: 40 }), (packet, padding) => {
      const bytes = encodePacket(packet);
      assertEquals(mustDecode(Uint8Array.of(...bytes, ...padding)), packet);
    }),
    { seed: 2865 },
  );
});

Deno.test("decodePacket() never throws, and what it takes is written as it was", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      if (bytes.length > 3) bytes.set([0, bytes.length], 2);
      const decoded = decodePacket(bytes);
      if (decoded.kind === "packet") assertEquals(encodePacket(decoded.packet), bytes);
    }),
    { seed: 5080, numRuns: 2_000 },
  );
});

Deno.test("encodePacket() refuses what doesn't fit", () => {
  const packet = { code: 1, identifier: 1, authenticator: new Uint8Array(16), attributes: [] };
  const attribute = (length: number, type = 33) => ({ type, value: new Uint8Array(length) });
  assertThrows(() => encodePacket({ ...packet, attributes: [attribute(254)] }), RangeError, "254");
  assertThrows(() => encodePacket({ ...packet, attributes: [attribute(1, 0)] }), RangeError, "type 0");
  assertThrows(() => encodePacket({ ...packet, attributes: [attribute(1, 256)] }), RangeError, "type 256");
  assertThrows(() => encodePacket({ ...packet, authenticator: new Uint8Array(15) }), RangeError, "16 octets");
  assertThrows(() => encodePacket({ ...packet, identifier: 256 }), RangeError, "identifier 256");
  const full = Array.from({ length: 16 }, () => attribute(253));
  assertThrows(() => encodePacket({ ...packet, attributes: full }), RangeError, "4100 octets");
});
