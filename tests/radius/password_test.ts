import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { hidePassword, hideWithSalt, revealPassword, revealWithSalt } from "../../lib/radius/password.ts";
import keyVectors from "../vectors/mschapv2-mppe.json" with { type: "json" };
import passwordVectors from "../vectors/radius-user-password.json" with { type: "json" };
import { fromHex, octets } from "./packets.ts";

const secret = octets("xyzzy5461");
const authenticator = fromHex("0f403f9473978057bd83d5cb98f4227a");

for (const { password, password_repeat, hidden } of passwordVectors) {
  const [character = "", count = 0] = password_repeat ?? [];
  const text = password ?? String(character).repeat(Number(count));
  Deno.test(`a password of ${text.length} characters, ${text.slice(0, 20)}, is hidden and revealed`, () => {
    assertEquals(hidePassword(octets(text), authenticator, secret).toHex(), hidden);
    assertEquals(revealPassword(fromHex(hidden), authenticator, secret), octets(text));
  });
}

Deno.test("revealPassword() keeps NULs within, and drops those at the end", () => {
  const hidden = hidePassword(Uint8Array.of(65, 0, 66, 0, 0), authenticator, secret);
  assertEquals(revealPassword(hidden, authenticator, secret), Uint8Array.of(65, 0, 66));
});

Deno.test("revealPassword() takes an attribute without octets for an empty password", () => {
  assertEquals(revealPassword(new Uint8Array(0), authenticator, secret), new Uint8Array(0));
});

Deno.test("hidePassword() refuses 129 octets", () => {
  assertThrows(() => hidePassword(new Uint8Array(129), authenticator, secret), RangeError, "129 octets");
});

Deno.test("any password of up to 128 octets survives hiding, in blocks of 16", () => {
  const passwords = fc.uint8Array({ maxLength: 128 }).filter((password) => password.at(-1) !== 0);
  const authenticators = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(passwords, authenticators, fc.uint8Array({ minLength: 1 }), (password, from, key) => {
      const hidden = hidePassword(password, from, key);
      assertEquals(hidden.length, Math.max(16, Math.ceil(password.length / 16) * 16));
      assertEquals(revealPassword(hidden, from, key), password);
    }),
    { seed: 2865 },
  );
});

for (const { id, salt, key, value } of keyVectors) {
  if (salt === undefined || key === undefined || value === undefined) continue;
  Deno.test(`the key of ${id} is hidden and revealed (RFC 2548, section 2.4.2)`, () => {
    assertEquals(hideWithSalt(fromHex(key), fromHex(salt), authenticator, secret).toHex(), value);
    assertEquals(revealWithSalt(fromHex(value), authenticator, secret), fromHex(key));
  });
}

Deno.test("any key that an attribute can carry survives hiding with a salt", () => {
  const salts = fc.tuple(fc.integer({ min: 128, max: 255 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 239 }), salts, (key, salt) => {
      const value = hideWithSalt(key, Uint8Array.from(salt), authenticator, secret);
      assert(value.length <= 247 && (value.length - 2) % 16 === 0);
      assertEquals(revealWithSalt(value, authenticator, secret), key);
    }),
    { seed: 2548 },
  );
});

Deno.test("revealWithSalt() refuses values of a wrong length, and lengths that can't be", () => {
  assertEquals(revealWithSalt(new Uint8Array(0), authenticator, secret), undefined);
  assertEquals(revealWithSalt(new Uint8Array(2), authenticator, secret), undefined);
  assertEquals(revealWithSalt(new Uint8Array(17), authenticator, secret), undefined);
  const value = hideWithSalt(new Uint8Array(15), Uint8Array.of(0x80, 1), authenticator, secret);
  // The first octet says how long the key is: 15, of 15 that there is room for. 16 is one too many.
  value[2] = (value[2] ?? 0) ^ 15 ^ 16;
  assertEquals(revealWithSalt(value, authenticator, secret), undefined);
});

Deno.test("hideWithSalt() refuses salts without the first bit and keys that are too long", () => {
  assertThrows(() => hideWithSalt(new Uint8Array(16), Uint8Array.of(1, 1), authenticator, secret), RangeError, "salt");
  assertThrows(
    () => hideWithSalt(new Uint8Array(240), Uint8Array.of(128, 1), authenticator, secret),
    RangeError,
    "240",
  );
});
