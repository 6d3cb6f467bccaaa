/**
 * Secrets stay hidden.
 *
 * @module
 */

import { assert, assertEquals, assertFalse } from "@std/assert";
import { inspect } from "node:util";
import { maskedValue, Secret } from "../../lib/config/secrets.ts";

Deno.test("Secret hides its text from everything that prints", () => {
  const secret = new Secret("hunter2-hunter2");
  const shown = [
    `${secret}`,
    String(secret),
    secret + "",
    JSON.stringify({ secret, list: [secret] }),
    Deno.inspect(secret),
    Deno.inspect({ deep: { secret } }, { showHidden: true, getters: true }),
    inspect({ secret }, { showHidden: true }),
    Object.keys(secret).join(),
    JSON.stringify(Object.entries(secret)),
  ];
  for (const text of shown) assertFalse(text.includes("hunter2"), text);
  assertEquals(`${secret}`, maskedValue);
  assertEquals(secret.reveal(), "hunter2-hunter2");
});

Deno.test("Secret.equals() compares the texts", () => {
  assert(new Secret("a").equals(new Secret("a")));
  assertFalse(new Secret("a").equals(new Secret("b")));
});
