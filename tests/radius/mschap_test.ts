import { assert, assertEquals, assertFalse } from "@std/assert";
import { encodeVendorAttributes, vendorAttributes } from "../../lib/radius/attributes.ts";
import {
  authenticatorResponse,
  challengeHash,
  challengeResponse,
  decodeMsChap2Response,
  decodeMsChap2Success,
  decodeMsChapError,
  desKey,
  encodeMsChap2Response,
  encodeMsChap2Success,
  encodeMsChapError,
  hashNtPasswordHash,
  ntPasswordHash,
  ntResponse,
  verifyNtResponse,
  withoutDomain,
} from "../../lib/radius/mschap.ts";
import vectors from "../vectors/mschapv2-mppe.json" with { type: "json" };
import { fromHex } from "./packets.ts";

const microsoft = 311;

/** A vector's field, which must be there. */
function field(id: string, name: string): string {
  const vector: Readonly<Record<string, unknown>> | undefined = vectors.find((one) => one.id === id);
  const value = vector?.[name];
  if (typeof value !== "string") throw new Error(`No ${name} in ${id}`);
  return value;
}

const example = (name: string): string => field("rfc2759-9.2", name);
const login = {
  authenticatorChallenge: fromHex(example("authenticator_challenge")),
  peerChallenge: fromHex(example("peer_challenge")),
  userName: example("user"),
  passwordHash: ntPasswordHash(example("password")),
};

Deno.test("the hashes of RFC 2759, section 9.2, are computed", () => {
  const { authenticatorChallenge, peerChallenge, userName } = login;
  assertEquals(challengeHash(peerChallenge, authenticatorChallenge, userName).toHex(), example("challenge"));
  assertEquals(login.passwordHash.toHex(), example("nt_hash"));
  assertEquals(hashNtPasswordHash(login.passwordHash).toHex(), example("hash_hash"));
});

Deno.test("the NT-Response of RFC 2759, section 9.2, is computed and verified", () => {
  const expected = fromHex(example("nt_response"));
  assertEquals(ntResponse(login), expected);
  assertEquals(challengeResponse(fromHex(example("challenge")), fromHex(example("nt_hash"))), expected);
  assert(verifyNtResponse(ntResponse(login), expected));
  assertFalse(verifyNtResponse(ntResponse({ ...login, passwordHash: ntPasswordHash("other") }), expected));
  assertFalse(verifyNtResponse(ntResponse(login), expected.subarray(1)));
});

Deno.test("the authenticator response of RFC 2759, section 9.2, is computed", () => {
  const response = authenticatorResponse({ ...login, ntResponse: fromHex(example("nt_response")) });
  assertEquals(response, example("authenticator_response"));
});

Deno.test("the user's domain takes no part in the hash (RFC 2759, section 4)", () => {
  assertEquals(withoutDomain("BIGCO\\User"), "User");
  assertEquals(ntResponse({ ...login, userName: "BIGCO\\User" }).toHex(), example("nt_response"));
});

Deno.test("desKey() makes the keys of RFC 2759, section 9.3, with odd parity", () => {
  const hash = ntPasswordHash(field("rfc2759-9.3", "password"));
  assertEquals(hash.toHex(), field("rfc2759-9.3", "nt_hash"));
  assertEquals(desKey(hash.subarray(0, 7)).toHex(), field("rfc2759-9.3", "des_key_1"));
  assertEquals(desKey(hash.subarray(7, 14)).toHex(), field("rfc2759-9.3", "des_key_2"));
});

Deno.test("ntPasswordHash() of no password is MD4 over nothing (RFC 1320, appendix A.5)", () => {
  assertEquals(ntPasswordHash("").toHex(), "31d6cfe0d16ae931b73c59d7e0c089c0");
});

Deno.test("MS-CHAP2-Success is written and read as the attribute of the vector", () => {
  const attribute26 = field("mschap2-success-attr", "attribute26");
  const value = encodeMsChap2Success(1, example("authenticator_response"));
  const attribute = encodeVendorAttributes(microsoft, [{ type: 26, value }]);
  assertEquals(Uint8Array.of(26, attribute.value.length + 2, ...attribute.value).toHex(), attribute26);
  const [inner] = vendorAttributes({ type: 26, value: fromHex(attribute26).subarray(2) });
  assertEquals(inner && decodeMsChap2Success(inner.value), {
    identifier: 1,
    response: example("authenticator_response"),
  });
  assertEquals(decodeMsChap2Success(Uint8Array.of(1, 83, 61, 65)), undefined);
});

for (const id of ["mppe-send-attr", "mppe-recv-attr"]) {
  Deno.test(`the attribute of ${id} is Vendor-Specific around the hidden key`, () => {
    const type = id === "mppe-send-attr" ? 16 : 17;
    const value = fromHex(field(id, "value"));
    const attribute = encodeVendorAttributes(microsoft, [{ type, value }]);
    assertEquals(Uint8Array.of(26, attribute.value.length + 2, ...attribute.value).toHex(), field(id, "attribute26"));
    assertEquals(vendorAttributes(attribute), [{ vendor: microsoft, type, value }]);
  });
}

Deno.test("MS-CHAP2-Response has 50 octets: identifier, flags, peer challenge, 8 zeros, NT-Response", () => {
  const response = { identifier: 7, flags: 0, peerChallenge: login.peerChallenge, ntResponse: ntResponse(login) };
  const value = encodeMsChap2Response(response);
  assertEquals(value.toHex(), `0700${example("peer_challenge")}${"00".repeat(8)}${example("nt_response")}`);
  assertEquals(decodeMsChap2Response(value), response);
  assertEquals(decodeMsChap2Response(value.subarray(1)), undefined);
});

Deno.test("MS-CHAP-Error is written as RFC 2759, section 6, says, and read back", () => {
  const error = { error: 691, retry: false, challenge: login.authenticatorChallenge, message: "Authentication failed" };
  const value = encodeMsChapError(3, error);
  assertEquals(value[0], 3);
  assertEquals(
    new TextDecoder().decode(value.subarray(1)),
    "E=691 R=0 C=5B5D7C7D7B3F2F3E3C2C602132262628 V=3 M=Authentication failed",
  );
  assertEquals(decodeMsChapError(value), { identifier: 3, error });
});

Deno.test("decodeMsChapError() takes what servers leave out", () => {
  const value = Uint8Array.of(0, ...new TextEncoder().encode("E=648 R=1 V=3"));
  assertEquals(decodeMsChapError(value)?.error, { error: 648, retry: true, challenge: new Uint8Array(0), message: "" });
  assertEquals(decodeMsChapError(Uint8Array.of(0, 69)), undefined);
});
