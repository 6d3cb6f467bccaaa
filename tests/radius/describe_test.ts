import { assertEquals } from "@std/assert";
import { attributeType, encodeVendorAttributes, integerAttribute, textAttribute } from "../../lib/radius/attributes.ts";
import { describeAttributes } from "../../lib/radius/describe.ts";

Deno.test("describeAttributes() names what the dictionary knows and masks what is secret", () => {
  const secret = new TextEncoder().encode("hunter2hunter2!!");
  const line = describeAttributes([
    textAttribute(attributeType.userName, "alice"),
    { type: attributeType.userPassword, value: secret },
    { type: attributeType.chapPassword, value: secret },
    { type: attributeType.state, value: secret },
    integerAttribute(attributeType.nasPort, 7),
    encodeVendorAttributes(9, [{ type: 1, value: new TextEncoder().encode("audit-session-id=0a") }]),
    encodeVendorAttributes(311, [{ type: 25, value: secret }, { type: 16, value: secret }]),
    { type: 200, value: Uint8Array.of(1, 2) },
  ]);
  assertEquals(
    line,
    "User-Name=alice User-Password=***** CHAP-Password=***** State=***** NAS-Port=7 " +
      "Cisco-AVPair=audit-session-id=0a MS-CHAP2-Response=***** MS-MPPE-Send-Key=***** 200=0x0102",
  );
});
