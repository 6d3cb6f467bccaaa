/**
 * Whether a login comes from a browser, which has a field for the password and none for a factor.
 *
 * @module
 */

import { getVendorAttribute, readInteger } from "../../radius/attributes.ts";
import type { Packet } from "../../radius/packet.ts";

/** Enterprise number of Cisco's VPN 3000, which ASA and Secure Firewall speak with. */
const ciscoVpn = 3076;
const clientType = 150;
/** 2 and 6 are AnyConnect, which has a second field. */
const clientlessSslVpn = 3;

/** True if the gateway says so: Cisco's Client-Type is Clientless SSL VPN. */
export function comesFromBrowser(packet: Packet): boolean {
  const value = getVendorAttribute(packet, ciscoVpn, clientType);
  return value?.length === 4 && readInteger(value) === clientlessSslVpn;
}
