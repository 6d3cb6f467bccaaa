import { assert, assertEquals } from "@std/assert";
import { attributeType } from "../../lib/radius/attributes.ts";
import { attributeNames, describeAttribute, findAttribute } from "../../lib/radius/dictionary.ts";

/** Numbers from the RFCs and from vendors' documents. */
const known: readonly (readonly [name: string, type: number, vendor?: number])[] = [
  ["User-Name", 1],
  ["Calling-Station-Id", 31],
  ["Acct-Session-Id", 44],
  ["Event-Timestamp", 55],
  ["Tunnel-Client-Endpoint", 66],
  ["NAS-Port-Id", 87],
  ["NAS-IPv6-Address", 95],
  ["Error-Cause", 101],
  ["Cisco-AVPair", 1, 9],
  ["ASA-TunnelGroupName", 146, 3_076],
  ["ASA-ClientType", 150, 3_076],
  ["CVPN3000-IPSec-Banner1", 15, 3_076],
  ["MS-CHAP2-Response", 25, 311],
  ["MS-MPPE-Recv-Key", 17, 311],
  ["MS-CHAP-Challenge", 11, 311],
  ["Juniper-Local-User-Name", 1, 2_636],
  ["PaloAlto-Client-Source-IP", 7, 25_461],
  ["PaloAlto-GlobalProtect-Client-Version", 10, 25_461],
  ["Fortinet-Group-Name", 1, 12_356],
];

for (const [name, type, vendor] of known) {
  Deno.test(`the dictionary knows ${name}, in any case`, () => {
    for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
      const found = findAttribute(spelling);
      assertEquals([found?.name, found?.type, found?.vendor], [name, type, vendor]);
    }
  });
}

Deno.test("the dictionary has each name once, and each number within its bounds", () => {
  const names = attributeNames();
  assertEquals(new Set(names.map((name) => name.toLowerCase())).size, names.length);
  for (const name of names) {
    const found = findAttribute(name);
    assert(found !== undefined && found.type >= 1 && found.type <= 255, name);
    assert(describeAttribute(found.type, found.vendor) !== undefined, name);
    if (found.values !== undefined) assertEquals(found.kind, "integer", name);
  }
});

Deno.test("attributes of the RFCs have one name a number", () => {
  const standard = attributeNames().map(findAttribute).filter((one) => one?.vendor === undefined);
  assertEquals(new Set(standard.map((one) => one?.type)).size, standard.length);
});

Deno.test("the types that code refers to by name are the dictionary's", () => {
  const hyphened = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").replace("Ipv6", "IPv6");
  for (const [name, type] of Object.entries(attributeType)) {
    assertEquals(findAttribute(hyphened(name))?.type, type, name);
  }
});

Deno.test("findAttribute() knows nothing but names", () => {
  for (const text of ["", "User-Name ", "User_Name", "constructor", "__proto__", "1"]) {
    assertEquals(findAttribute(text), undefined);
  }
});
