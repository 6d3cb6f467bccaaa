import { assertEquals } from "@std/assert";
import { masterKey, serverStartKey, sessionKey } from "../../lib/radius/mppe.ts";
import vectors from "../vectors/mschapv2-mppe.json" with { type: "json" };
import { fromHex, octets } from "./packets.ts";
import { rc4 } from "./rc4.ts";

const login = vectors.find(({ id }) => id === "rfc2759-9.2");
const strong = vectors.find(({ id }) => id === "rfc3079-3.5-128");
const master = masterKey(fromHex(login?.hash_hash ?? ""), fromHex(login?.nt_response ?? ""));

Deno.test("the keys of RFC 3079, section 3.5.3, are computed from the login of RFC 2759", () => {
  assertEquals(master.toHex(), strong?.master_key);
  assertEquals(serverStartKey(master, "send").toHex(), strong?.server_send_key);
  assertEquals(serverStartKey(master, "receive").toHex(), strong?.server_receive_key);
});

for (const strength of [40, 56, 128] as const) {
  const vector = vectors.find(({ id }) => id === `rfc3079-3.5-${strength}`);

  Deno.test(`the session key of ${strength} bits is that of RFC 3079, section 3.5`, () => {
    const start = serverStartKey(master, "send", strength === 128 ? 16 : 8);
    assertEquals(sessionKey(start, strength).toHex(), vector?.session_key);
    assertEquals(sessionKey(serverStartKey(master, "send"), strength).toHex(), vector?.session_key);
  });

  Deno.test(`the session key of ${strength} bits encrypts and decrypts as RFC 3079, section 3.5, shows`, () => {
    const key = sessionKey(serverStartKey(master, "send"), strength);
    const plain = octets(vector?.rc4_plain ?? "");
    assertEquals(rc4(key, plain).toHex(), vector?.rc4_cipher);
    assertEquals(rc4(key, fromHex(vector?.rc4_cipher ?? "")), plain);
  });
}
