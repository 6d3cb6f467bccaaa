import { assertEquals, assertNotEquals } from "@std/assert";
import { type Attribute, attributeType, integerAttribute, textAttribute } from "../../lib/radius/attributes.ts";
import { fingerprint } from "../../lib/radius/fingerprint.ts";
import { accessRequest, mustDecode, octets } from "./packets.ts";

const secret = octets("secret");

/** The fingerprint of a request with these attributes. */
function printOf(attributes: readonly Attribute[], signature: "first" | "none" = "first", user = "alice"): string {
  const bytes = accessRequest(secret, { authenticator: new Uint8Array(16), user, attributes, signature });
  return fingerprint(mustDecode(bytes), signature === "first");
}

Deno.test("fingerprint() tells requests apart by any attribute, though the authenticator is the same", () => {
  const port = integerAttribute(attributeType.nasPort, 1);
  const prints = [
    printOf([]),
    printOf([], "first", "bob"),
    printOf([port]),
    printOf([integerAttribute(attributeType.nasPort, 2)]),
    printOf([port, port]),
    printOf([textAttribute(attributeType.proxyState, "1")]),
    printOf([integerAttribute(attributeType.eventTimestamp, 1)]),
    printOf([integerAttribute(attributeType.eventTimestamp, 1), port]),
  ];
  assertEquals(new Set(prints).size, prints.length);
});

Deno.test("fingerprint() doesn't mind when the packet was sent", () => {
  const sentAt = (time: number, delay: number): readonly Attribute[] => [
    integerAttribute(attributeType.eventTimestamp, time),
    integerAttribute(attributeType.acctDelayTime, delay),
  ];
  assertEquals(printOf(sentAt(1, 0)), printOf(sentAt(9, 8)));
  assertNotEquals(printOf(sentAt(1, 0)), printOf(sentAt(1, 0), "first", "bob"));
});

Deno.test("fingerprint() tells attributes apart however their octets fall together", () => {
  const at = integerAttribute(attributeType.eventTimestamp, 1);
  const one = printOf([at, { type: 1, value: octets("ab") }, { type: 1, value: octets("c") }]);
  const other = printOf([at, { type: 1, value: octets("a") }, { type: 1, value: octets("bc") }]);
  assertNotEquals(one, other);
});

Deno.test("fingerprint() doesn't mind identifier, signature and where it stands, but whether there is one", () => {
  const parts = { authenticator: new Uint8Array(16).fill(3), user: "alice", attributes: [] };
  // The hidden password and everything else of the unsigned copy is the same: this is what somebody who listens can send.
  const print = (signature: "first" | "last" | "none", identifier: number): string => {
    const packet = mustDecode(accessRequest(secret, { ...parts, signature, identifier }));
    return fingerprint(packet, signature !== "none");
  };
  assertEquals(print("first", 1), print("last", 2));
  assertNotEquals(print("first", 1), print("none", 1));
});
