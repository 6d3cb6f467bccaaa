/**
 * Secrets found by their form, and in other spellings.
 *
 * @module
 */

import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { Hidden, maskTokens, mentionsSecret } from "../../lib/config/mask.ts";

Deno.test("maskTokens() masks what looks like a key or a digest", () => {
  const keys = [
    "abcdefghij0123456789abcdefghij0123456789",
    "Kq3vN8xPzR5tYw2uLm7sJd4fGh6bCa9e",
    "d41d8cd98f00b204e9800998ecf8427e",
    "aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBzZWNyZXQ=",
    "AbC1/dEf2+GhI3/jKl4+MnO5/pQr6==",
    "12345678901234567890",
    "qwertzuiopasdfghjklyxcvbnmqwertz",
  ];
  for (const key of keys) {
    for (const text of [key, `before ${key} after`, `(${key})`, `x="${key}"`]) {
      assertEquals(maskTokens(text), text.replace(key, "*****"), text);
    }
  }
});

Deno.test("maskTokens() leaves names, addresses and paths", () => {
  const texts = [
    "/opt/duoauthproxy/conf/ca-bundle.pem",
    "C:\\Program Files\\Duo Security Authentication Proxy\\conf",
    "api-1a2b3c4d.duosecurity.com",
    "ou=vpn users,dc=example,dc=com",
    "2001:db8:0:1:2:3:4:5",
    "2026-11-25T12:00:00.000Z",
    "served: UDP port 1812 on 192.0.2.1, 2 gateways, failmode safe",
    "The certificate of radius-gateway.example.com ends in 12 days",
    "TLS_ECDHE_ECDSA_WITH_AES_GCM",
  ];
  for (const text of texts) assertEquals(maskTokens(text), text);
});

Deno.test("mentionsSecret() knows the words that secrets are called by", () => {
  const texts = ["the secret is", "RADIUS_SECRET", "skey", "Password:", "passphrase", "pwd=", "an API key", "token"];
  for (const text of texts) assert(mentionsSecret(text), text);
  for (const text of ["port", "failmode", "passes", "key"]) assertFalse(mentionsSecret(text), text);
});

Deno.test("Hidden takes texts out in plain, base64, hexadecimal and percent encoding, in any case", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 6, maxLength: 30 }).filter((text) => text.trim().length >= 6),
      fc.string({ maxLength: 8 }),
      fc.string({ maxLength: 8 }),
      (secret, before, after) => {
        const text = secret.trim();
        const hidden = new Hidden();
        hidden.add(secret);
        const encoder = new TextEncoder();
        const base64 = encoder.encode(before + text + after).toBase64();
        // A few letters have capitals that are others' too.
        const capitals = text.toUpperCase().toLowerCase() === text.toLowerCase() ? text.toUpperCase() : text;
        const forms = [text, capitals, encoder.encode(text).toHex(), encodeURIComponent(text)];
        for (const form of forms) {
          const shown = hidden.remove(`${before}${form}${after}`);
          assertFalse(shown.toLowerCase().includes(form.toLowerCase()), form);
        }
        // What remains of the encoding is at most what depends on the neighbours.
        const core = hidden.remove(base64);
        assert(core.replaceAll("*", "").length <= base64.length - Math.floor(encoder.encode(text).length * 8 / 6) + 3);
      },
    ),
    { seed: 3, numRuns: 300 },
  );
});

Deno.test("Hidden leaves what is too short to mean anything", () => {
  const hidden = new Hidden();
  hidden.add("vpn");
  hidden.add("   ");
  assertEquals(hidden.remove("vpn.example.com"), "vpn.example.com");
});

Deno.test("with thousands of texts to look for, Hidden shows nothing", () => {
  const hidden = new Hidden();
  for (let index = 0; index < 3_000; index++) hidden.add(`secret number ${index}`);
  assertEquals(hidden.remove("anything"), "*****");
});
