/**
 * The end user's address, from whatever attribute the gateway puts it in.
 *
 * @module
 */

import type { ClientIp } from "../login/request.ts";
import { parseAddress } from "../net/network.ts";

/**
 * Reads the text of the attribute: an address, or an address with a port behind it (`192.0.2.7:49152`, or strongSwan's
 * `192.0.2.7[4500]`).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(readClientIp("192.0.2.7:49152"), { text: "192.0.2.7:49152", ipv4: "192.0.2.7" });
 * assertEquals(readClientIp("2001:db8::7").ipv4, undefined);
 * ```
 */
export function readClientIp(text: string | undefined): ClientIp {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return { text: null, ipv4: undefined };
  const host = /^(\d+\.\d+\.\d+\.\d+)(?::\d{1,5}|\[\d{1,5}\])$/.exec(trimmed)?.[1] ??
    /^\[(.+)\](?::\d{1,5})?$/.exec(trimmed)?.[1] ??
    trimmed;
  const address = parseAddress(host);
  if (address?.family !== 4) return { text: trimmed, ipv4: undefined };
  const octets = [24n, 16n, 8n, 0n].map((shift) => String((address.value >> shift) & 0xffn));
  return { text: trimmed, ipv4: octets.join(".") };
}
