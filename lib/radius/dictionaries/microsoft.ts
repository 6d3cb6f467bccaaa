/**
 * Attributes of Microsoft: all of RFC 2548, section 2, and later ones that Windows' network policy server sends.
 *
 * @module
 */

import type { AttributeRow } from "./row.ts";

/** Vendor 311. */
export const microsoftAttributes: readonly AttributeRow[] = [
  ["MS-CHAP-Response", 1, "octets"],
  ["MS-CHAP-Error", 2, "octets"],
  ["MS-CHAP-CPW-1", 3, "octets"],
  ["MS-CHAP-CPW-2", 4, "octets"],
  ["MS-CHAP-LM-Enc-PW", 5, "octets"],
  ["MS-CHAP-NT-Enc-PW", 6, "octets"],
  ["MS-MPPE-Encryption-Policy", 7, "integer", {
    values: { "Encryption-Allowed": 1, "Encryption-Required": 2 },
  }],
  ["MS-MPPE-Encryption-Types", 8, "integer", {
    values: { "RC4-40bit-Allowed": 2, "RC4-128bit-Allowed": 4, "RC4-40or128-bit-Allowed": 6 },
  }],
  ["MS-RAS-Vendor", 9, "integer"],
  ["MS-CHAP-Domain", 10, "octets"],
  ["MS-CHAP-Challenge", 11, "octets"],
  ["MS-CHAP-MPPE-Keys", 12, "octets", { encrypted: "password" }],
  ["MS-BAP-Usage", 13, "integer", { values: { "Not-Allowed": 0, Allowed: 1, Required: 2 } }],
  ["MS-Link-Utilization-Threshold", 14, "integer"],
  ["MS-Link-Drop-Time-Limit", 15, "integer"],
  ["MS-MPPE-Send-Key", 16, "octets", { encrypted: "salted" }],
  ["MS-MPPE-Recv-Key", 17, "octets", { encrypted: "salted" }],
  ["MS-RAS-Version", 18, "text"],
  ["MS-Old-ARAP-Password", 19, "octets"],
  ["MS-New-ARAP-Password", 20, "octets"],
  ["MS-ARAP-PW-Change-Reason", 21, "integer", {
    values: {
      "Just-Change-Password": 1,
      "Expired-Password": 2,
      "Admin-Requires-Password-Change": 3,
      "Password-Too-Short": 4,
    },
  }],
  ["MS-Filter", 22, "octets"],
  ["MS-Acct-Auth-Type", 23, "integer", {
    values: { PAP: 1, CHAP: 2, "MS-CHAP-1": 3, "MS-CHAP-2": 4, EAP: 5 },
  }],
  ["MS-Acct-EAP-Type", 24, "integer", {
    values: { MD5: 4, OTP: 5, "Generic-Token-Card": 6, TLS: 13 },
  }],
  ["MS-CHAP2-Response", 25, "octets"],
  ["MS-CHAP2-Success", 26, "octets"],
  ["MS-CHAP2-CPW", 27, "octets"],
  ["MS-Primary-DNS-Server", 28, "ipv4"],
  ["MS-Secondary-DNS-Server", 29, "ipv4"],
  ["MS-Primary-NBNS-Server", 30, "ipv4"],
  ["MS-Secondary-NBNS-Server", 31, "ipv4"],
  ["MS-ARAP-Challenge", 33, "octets"],
  ["MS-RAS-Client-Name", 34, "text"],
  ["MS-RAS-Client-Version", 35, "text"],
  ["MS-Quarantine-IPFilter", 36, "octets"],
  ["MS-Quarantine-Session-Timeout", 37, "integer"],
  ["MS-User-Security-Identity", 40, "text"],
  ["MS-Identity-Type", 41, "integer", { values: { "Machine-Health-Check": 1, "Ignore-User-Lookup-Failure": 2 } }],
  ["MS-Service-Class", 42, "text"],
  ["MS-Quarantine-User-Class", 44, "text"],
  ["MS-Quarantine-State", 45, "integer", { values: { "Full-Access": 0, Quarantine: 1, Probation: 2 } }],
  ["MS-Quarantine-Grace-Time", 46, "integer"],
  ["MS-Network-Access-Server-Type", 47, "integer", {
    values: {
      Unspecified: 0,
      "Terminal-Server-Gateway": 1,
      "Remote-Access-Server": 2,
      "DHCP-Server": 3,
      "Wireless-Access-Point": 4,
      HRA: 5,
      "HCAP-Server": 6,
    },
  }],
  ["MS-AFW-Zone", 48, "integer"],
  ["MS-AFW-Protection-Level", 49, "integer"],
  ["MS-Machine-Name", 50, "text"],
  ["MS-IPv6-Filter", 51, "octets"],
  ["MS-IPv4-Remediation-Servers", 52, "octets"],
  ["MS-IPv6-Remediation-Servers", 53, "octets"],
  ["MS-RNAP-Not-Quarantine-Capable", 54, "integer"],
  ["MS-Quarantine-SOH", 55, "octets"],
  ["MS-RAS-Correlation", 56, "octets"],
  ["MS-Extended-Quarantine-State", 57, "integer"],
  ["MS-HCAP-User-Groups", 58, "text"],
  ["MS-HCAP-Location-Group-Name", 59, "text"],
  ["MS-HCAP-User-Name", 60, "text"],
  ["MS-User-IPv4-Address", 61, "ipv4"],
  ["MS-User-IPv6-Address", 62, "ipv6"],
  ["MS-TSG-Device-Redirection", 63, "integer"],
];
