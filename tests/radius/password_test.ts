import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { hidePassword, revealPassword } from "../../lib/radius/password.ts";
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
