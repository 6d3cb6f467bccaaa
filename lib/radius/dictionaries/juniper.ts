/**
 * Attributes of Juniper, and of NetScreen, which it bought.
 *
 * @module
 */

import type { AttributeRow } from "./row.ts";

/** Vendor 2636. */
export const juniperAttributes: readonly AttributeRow[] = [
  ["Juniper-Local-User-Name", 1, "text"],
  ["Juniper-Allow-Commands", 2, "text"],
  ["Juniper-Deny-Commands", 3, "text"],
  ["Juniper-Allow-Configuration", 4, "text"],
  ["Juniper-Deny-Configuration", 5, "text"],
  ["Juniper-Interactive-Command", 8, "text"],
  ["Juniper-Configuration-Change", 9, "text"],
  ["Juniper-User-Permissions", 10, "text"],
  ["Juniper-CTP-Group", 21, "integer", {
    values: { Read_Only: 1, Admin: 2, Privileged_Admin: 3, Auditor: 4 },
  }],
  ["Juniper-CTPView-APP-Group", 22, "integer", {
    values: { Net_View: 1, Net_Admin: 2, Global_Admin: 3 },
  }],
  ["Juniper-CTPView-OS-Group", 23, "integer", {
    values: { Web_Manager: 1, System_Admin: 2, Auditor: 3 },
  }],
  ["Juniper-Primary-Dns", 31, "ipv4"],
  ["Juniper-Secondary-Dns", 32, "ipv4"],
  ["Juniper-Primary-Wins", 33, "ipv4"],
  ["Juniper-Secondary-Wins", 34, "ipv4"],
  ["Juniper-Interface-id", 35, "text"],
  ["Juniper-Ip-Pool-Name", 36, "text"],
  ["Juniper-Keep-Alive", 37, "integer"],
  ["Juniper-CoS-Traffic-Control-Profile", 38, "text"],
  ["Juniper-CoS-Parameter", 39, "text"],
  ["Juniper-encapsulation-overhead", 40, "integer"],
  ["Juniper-cell-overhead", 41, "integer"],
  ["Juniper-tx-connect-speed", 42, "integer"],
  ["Juniper-rx-connect-speed", 43, "integer"],
  ["Juniper-Firewall-filter-name", 44, "text"],
  ["Juniper-Policer-Parameter", 45, "text"],
  ["Juniper-Local-Group-Name", 46, "text"],
  ["Juniper-Local-Interface", 47, "text"],
  ["Juniper-Switching-Filter", 48, "text"],
  ["Juniper-VoIP-Vlan", 49, "text"],
];

/** Vendor 3224. */
export const netScreenAttributes: readonly AttributeRow[] = [
  ["NS-Admin-Privilege", 1, "integer", {
    values: {
      "Root-Admin": 1,
      "All-VSYS-Root-Admin": 2,
      "VSYS-Admin": 3,
      "Read-Only-Admin": 4,
      "Read-Only-VSYS-Admin": 5,
    },
  }],
  ["NS-VSYS-Name", 2, "text"],
  ["NS-User-Group", 3, "text"],
  ["NS-Primary-DNS", 4, "ipv4"],
  ["NS-Secondary-DNS", 5, "ipv4"],
  ["NS-Primary-WINS", 6, "ipv4"],
  ["NS-Secondary-WINS", 7, "ipv4"],
  ["NS-NSM-User-Domain-Name", 220, "text"],
  ["NS-NSM-User-Role-Mapping", 221, "text"],
];
