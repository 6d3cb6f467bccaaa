/**
 * Attributes of Fortinet.
 *
 * @module
 */

import type { AttributeRow } from "./row.ts";

/** Vendor 12356. */
export const fortinetAttributes: readonly AttributeRow[] = [
  ["Fortinet-Group-Name", 1, "text"],
  ["Fortinet-Client-IP-Address", 2, "ipv4"],
  ["Fortinet-Vdom-Name", 3, "text"],
  ["Fortinet-Client-IPv6-Address", 4, "octets"],
  ["Fortinet-Interface-Name", 5, "text"],
  ["Fortinet-Access-Profile", 6, "text"],
  ["Fortinet-SSID", 7, "text"],
  ["Fortinet-AP-Name", 8, "text"],
  ["Fortinet-FAC-Auth-Status", 11, "text"],
  ["Fortinet-FAC-Token-ID", 12, "text"],
  ["Fortinet-FAC-Challenge-Code", 15, "text"],
];
