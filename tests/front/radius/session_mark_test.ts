import { assertEquals } from "@std/assert";
import { readMarks } from "../../../lib/front/radius/session_mark.ts";
import { MarkMemory, type SessionMarks } from "../../../lib/login/mark_memory.ts";
import {
  type Attribute,
  attributeType,
  encodeVendorAttributes,
  integerAttribute,
  textAttribute,
} from "../../../lib/radius/attributes.ts";
import { accessRequest } from "./rig.ts";

const station = textAttribute(attributeType.callingStationId, "198.51.100.7");
const endpoint = textAttribute(66, "198.51.100.7");
const nasPort = (port: number): Attribute => integerAttribute(attributeType.nasPort, port);
const portId = (id: string): Attribute => textAttribute(attributeType.nasPortId, id);
const session = (id: string): Attribute => textAttribute(attributeType.acctSessionId, id);

function marks(attributes: readonly Attribute[], gateway?: string, section?: string): SessionMarks {
  return readMarks(accessRequest({ attributes, ...(gateway === undefined ? {} : { gateway }) }), section ?? "one");
}

/** Which attributes of a request count once its gateway was seen to send it and another. */
const shown: readonly (readonly [what: string, Attribute[], Attribute[], expected: string[]])[] = [
  ["Acct-Session-Id", [session("1")], [session("2")], ["session"]],
  ["an empty Acct-Session-Id", [session("")], [session("2")], []],
  ["NAS-Port-Id alone", [portId("a")], [portId("b")], []],
  ["NAS-Port-Id with Calling-Station-Id", [portId("a"), station], [portId("b"), station], ["portId"]],
  ["NAS-Port-Id with Tunnel-Client-Endpoint", [portId("a"), endpoint], [portId("b"), endpoint], ["portId"]],
  [
    "NAS-Port-Id with an empty Calling-Station-Id",
    [portId("a"), textAttribute(attributeType.callingStationId, "")],
    [portId("b"), textAttribute(attributeType.callingStationId, "")],
    [],
  ],
  ["NAS-Port alone", [nasPort(1)], [nasPort(2)], []],
  ["NAS-Port with Calling-Station-Id", [nasPort(1), station], [nasPort(2), station], ["port"]],
  ["a constant NAS-Port", [nasPort(1), station], [nasPort(1), station], []],
  ["NAS-Port 0 beside another", [nasPort(0), station], [nasPort(2), station], []],
  ["a constant NAS-Port-Id", [portId("vpn"), station], [portId("vpn"), station], []],
  ["a constant Acct-Session-Id", [session("0")], [session("0")], []],
];

for (const [what, first, second, expected] of shown) {
  Deno.test(`two requests teach ${expected.length === 0 ? "nothing" : expected.join()} of ${what}`, () => {
    const memory = new MarkMemory();
    memory.learn(marks(first));
    memory.learn(marks(second));
    const read = marks(second);
    assertEquals((["session", "portId", "port"] as const).filter((name) => memory.varies(read[name])), expected);
  });
}

const others: readonly (readonly [what: string, Attribute[], gateway: string, section: string])[] = [
  ["another address", [], "192.0.2.2", "one"],
  ["another section", [], "192.0.2.1", "two"],
  ["another NAS-Identifier", [textAttribute(attributeType.nasIdentifier, "b")], "192.0.2.1", "one"],
  [
    "another NAS-IP-Address",
    [{ type: attributeType.nasIpAddress, value: Uint8Array.of(10, 0, 0, 2) }],
    "192.0.2.1",
    "one",
  ],
  ["another NAS-Port-Type", [integerAttribute(attributeType.nasPortType, 5)], "192.0.2.1", "one"],
  ["another Service-Type", [integerAttribute(attributeType.serviceType, 6)], "192.0.2.1", "one"],
];

for (const [what, attributes, gateway, section] of others) {
  Deno.test(`a constant of ${what} is not the second value of this one`, () => {
    const memory = new MarkMemory();
    memory.learn(marks([session("1")]));
    memory.learn(marks([session("2"), ...attributes], gateway, section));
    assertEquals(memory.varies(marks([session("1")]).session), false);
    assertEquals(memory.varies(marks([session("2"), ...attributes], gateway, section).session), false);
  });
}

Deno.test("Cisco's audit-session-id names the session; other pairs and an empty one do not", () => {
  const pair = (text: string): Attribute =>
    encodeVendorAttributes(9, [{ type: 1, value: new TextEncoder().encode(text) }]);
  assertEquals(
    ["audit-session-id=0a1b", "audit-session-id=", "mdm-tlv=device-mac=1"].map((text) => marks([pair(text)]).named),
    [true, false, false],
  );
});
