import { createHash, createHmac } from "node:crypto";
import { assert, assertEquals, assertFalse } from "@std/assert";
import { attributeType, getAttribute } from "../../lib/radius/attributes.ts";
import {
  accountingRequestAuthenticator,
  findMessageAuthenticator,
  responseAuthenticator,
  signRequest,
  signResponse,
  verifyAccountingRequest,
  verifyMessageAuthenticator,
  verifyResponseAuthenticator,
} from "../../lib/radius/authenticator.ts";
import { revealPassword } from "../../lib/radius/password.ts";
import hmacVectors from "../vectors/hmac-rfc2202.json" with { type: "json" };
import { fromHex, mustDecode, octets, packetVectors } from "./packets.ts";

for (const { id, secret: text, request, request_authenticator, response } of packetVectors) {
  const secret = octets(text);
  const requestAuthenticator = fromHex(request?.slice(8, 40) ?? request_authenticator ?? "");

  if (response !== undefined) {
    Deno.test(`the Response Authenticator of ${id} is verified and computed`, () => {
      const bytes = fromHex(response);
      assert(verifyResponseAuthenticator(bytes, requestAuthenticator, secret));
      const blank = bytes.slice();
      blank.fill(0, 4, 20);
      assertEquals(responseAuthenticator(blank, requestAuthenticator, secret).toHex(), response.slice(8, 40));
    });

    Deno.test(`a reply like ${id} with one bit changed anywhere is refused`, () => {
      for (let bit = 0; bit < response.length * 4; bit++) {
        const bytes = fromHex(response);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assertFalse(verifyResponseAuthenticator(bytes, requestAuthenticator, secret), `bit ${bit}`);
      }
    });

    Deno.test(`signResponse() reproduces ${id}`, () => {
      const bytes = fromHex(response);
      bytes.fill(0, 4, 20);
      const offset = findMessageAuthenticator(bytes);
      if (offset !== undefined) bytes.fill(0xaa, offset, offset + 16);
      signResponse(bytes, requestAuthenticator, secret);
      assertEquals(bytes.toHex(), response);
    });

    if (findMessageAuthenticator(fromHex(response)) !== undefined) {
      Deno.test(`the Message-Authenticator of the reply ${id} is verified with the Request Authenticator`, () => {
        const bytes = fromHex(response);
        assertEquals(verifyMessageAuthenticator(bytes, requestAuthenticator, secret), "valid");
        assertEquals(verifyMessageAuthenticator(bytes, bytes.subarray(4, 20), secret), "invalid");
        assertEquals(verifyMessageAuthenticator(bytes, requestAuthenticator, octets("other")), "invalid");
      });
    }
  }

  if (request !== undefined && findMessageAuthenticator(fromHex(request)) !== undefined) {
    Deno.test(`the Message-Authenticator of the request ${id} is verified and computed`, () => {
      const bytes = fromHex(request);
      assertEquals(verifyMessageAuthenticator(bytes, requestAuthenticator, secret), "valid");
      const offset = findMessageAuthenticator(bytes) ?? 0;
      bytes.fill(0xaa, offset, offset + 16);
      assertEquals(verifyMessageAuthenticator(bytes, requestAuthenticator, secret), "invalid");
      signRequest(bytes, secret);
      assertEquals(bytes.toHex(), request);
    });
  }
}

Deno.test("verifyMessageAuthenticator() says that the requests of RFC 2865 have none", () => {
  const vector = packetVectors.find(({ id }) => id === "rfc2865-7.1");
  const bytes = fromHex(vector?.request ?? "");
  assertEquals(verifyMessageAuthenticator(bytes, bytes.subarray(4, 20), octets("xyzzy5461")), "absent");
});

Deno.test("an Accounting-Request's authenticator is verified and computed", () => {
  const vector = packetVectors.find(({ id }) => id === "flexinets-acct");
  const bytes = fromHex(vector?.accounting_request ?? "");
  const secret = octets(vector?.secret ?? "");
  assert(verifyAccountingRequest(bytes, secret));
  assertFalse(verifyAccountingRequest(bytes, octets("other")));
  assertEquals(accountingRequestAuthenticator(bytes, secret).toHex(), bytes.subarray(4, 20).toHex());
});

Deno.test("the CHAP request of RFC 2865, section 7.2, is MD5 over identifier, password and Request Authenticator", () => {
  const vector = packetVectors.find(({ id }) => id === "rfc2865-7.2");
  const packet = mustDecode(fromHex(vector?.request ?? ""));
  const chap = getAttribute(packet, attributeType.chapPassword);
  const digest = createHash("md5").update(Uint8Array.of(chap?.[0] ?? 0)).update(vector?.chap_password ?? "")
    .update(packet.authenticator).digest("hex");
  assertEquals(chap?.subarray(1).toHex(), digest);
});

for (const { id, secret, request, password } of packetVectors) {
  if (request === undefined || password === undefined) continue;
  Deno.test(`the User-Password of ${id} is revealed`, () => {
    const packet = mustDecode(fromHex(request));
    const hidden = getAttribute(packet, attributeType.userPassword) ?? new Uint8Array(0);
    assertEquals(revealPassword(hidden, packet.authenticator, octets(secret)), octets(password));
  });
}

/** Keys and data of RFC 2202; for both digests, where the RFC has one a digest. */
function hmacInput(
  number: number,
): { readonly md5Key: Uint8Array; readonly sha1Key: Uint8Array; readonly data: Uint8Array } {
  const vector = hmacVectors.find((one) => one.case === number);
  const run = (octet: number, length: number) => new Uint8Array(length).fill(octet);
  const data = vector?.data_is === "text"
    ? octets(vector.data)
    : run(parseInt(vector?.data.slice(0, 2) ?? "", 16), Number(vector?.data.split(" ").at(-1)));
  const same = (key: Uint8Array) => ({ md5Key: key, sha1Key: key, data });
  switch (number) {
    case 1:
      return { md5Key: run(0x0b, 16), sha1Key: run(0x0b, 20), data };
    case 2:
      return same(octets("Jefe"));
    case 3:
      return { md5Key: run(0xaa, 16), sha1Key: run(0xaa, 20), data };
    case 4:
      return same(Uint8Array.from({ length: 25 }, (_, index) => index + 1));
    case 5:
      return { md5Key: run(0x0c, 16), sha1Key: run(0x0c, 20), data };
    default:
      return same(run(0xaa, 80));
  }
}

for (const { case: number, hmac_md5, hmac_sha1 } of hmacVectors) {
  Deno.test(`the runtime's HMAC reproduces case ${number} of RFC 2202`, () => {
    const { md5Key, sha1Key, data } = hmacInput(number);
    assertEquals(createHmac("md5", md5Key).update(data).digest("hex"), hmac_md5);
    assertEquals(createHmac("sha1", sha1Key).update(data).digest("hex"), hmac_sha1);
  });
}
