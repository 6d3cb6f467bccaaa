/**
 * How the tables of the dictionary are written.
 *
 * @module
 */

import type { AttributeDefinition, AttributeKind } from "../attribute_definition.ts";

/** One attribute: name, type, kind, and whatever else its definition says. */
export type AttributeRow = readonly [
  name: string,
  type: number,
  kind: AttributeKind,
  more?: Pick<AttributeDefinition, "values" | "encrypted" | "tagged">,
];

/** IANA's enterprise numbers of the vendors in the dictionary. */
export const vendorId = {
  cisco: 9,
  microsoft: 311,
  juniper: 2636,
  /** Altiga, whose VPN 3000 lives on in Cisco's ASA and Secure Firewall. */
  ciscoVpn: 3076,
  /** NetScreen, later Juniper's ScreenOS. */
  netScreen: 3224,
  fortinet: 12_356,
  paloAlto: 25_461,
} as const;
