/**
 * The end user's address out of what gateways write.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readClientIp } from "../../lib/front/client_ip.ts";

const cases: readonly (readonly [text: string | undefined, ipv4: string | undefined])[] = [
  ["192.0.2.7", "192.0.2.7"],
  [" 192.0.2.7 ", "192.0.2.7"],
  ["192.0.2.7:49152", "192.0.2.7"],
  ["192.0.2.7[4500]", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["[::ffff:192.0.2.7]:4500", "192.0.2.7"],
  ["2001:db8::7", undefined],
  ["[2001:db8::7]:443", undefined],
  ["00-11-22-33-44-55", undefined],
  ["192.0.2", undefined],
  ["192.0.2.256", undefined],
  ["192.0.2.7:", undefined],
  ["", undefined],
  [undefined, undefined],
];

for (const [text, ipv4] of cases) {
  Deno.test(`readClientIp(${JSON.stringify(text)}) gives ${ipv4}`, () => {
    assertEquals(readClientIp(text), { text: text?.trim() || null, ipv4 });
  });
}
