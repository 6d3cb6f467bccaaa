/**
 * What marks a login that an operator tries by `duoproxy login`.
 *
 * @module
 */

import { attributeType, getText } from "./attributes.ts";
import type { Packet } from "./packet.ts";

/** NAS-Identifier of `duoproxy login`. */
export const testNasIdentifier = "duoproxy-login";

/**
 * True for a request of `duoproxy login`. It is signed whatever the gateways at its address do, so it says nothing about them:
 * an operator's test from the host of a gateway must not lock that gateway out.
 */
export function isTestLogin(packet: Packet): boolean {
  return getText(packet, attributeType.nasIdentifier) === testNasIdentifier;
}
