/**
 * Names of attributes: what the configuration file, the command line and the log call what the wire only numbers.
 *
 * Names are those of the RFCs, and FreeRADIUS's for vendors, since those are what operators know.
 *
 * @module
 */

import type { AttributeDefinition } from "./attribute_definition.ts";
import { ciscoAttributes } from "./dictionaries/cisco.ts";
import { ciscoVpnAttributes } from "./dictionaries/cisco_vpn.ts";
import { fortinetAttributes } from "./dictionaries/fortinet.ts";
import { juniperAttributes, netScreenAttributes } from "./dictionaries/juniper.ts";
import { microsoftAttributes } from "./dictionaries/microsoft.ts";
import { paloAltoAttributes } from "./dictionaries/palo_alto.ts";
import { type AttributeRow, vendorId } from "./dictionaries/row.ts";
import { standardAttributes } from "./dictionaries/standard.ts";

export type { AttributeDefinition } from "./attribute_definition.ts";

const definitions: readonly AttributeDefinition[] = [
  ...toDefinitions(standardAttributes),
  ...toDefinitions(ciscoAttributes, vendorId.cisco),
  ...toDefinitions(ciscoVpnAttributes, vendorId.ciscoVpn),
  ...toDefinitions(juniperAttributes, vendorId.juniper),
  ...toDefinitions(netScreenAttributes, vendorId.netScreen),
  ...toDefinitions(microsoftAttributes, vendorId.microsoft),
  ...toDefinitions(paloAltoAttributes, vendorId.paloAlto),
  ...toDefinitions(fortinetAttributes, vendorId.fortinet),
];

const names: readonly string[] = definitions.map(({ name }) => name);

const byName: ReadonlyMap<string, AttributeDefinition> = new Map(
  definitions.map((definition) => [definition.name.toLowerCase(), definition]),
);

/** Of two names for one number the first in the tables counts. */
const byNumber: ReadonlyMap<string, AttributeDefinition> = new Map(
  definitions.toReversed().map((definition) => [numberKey(definition.type, definition.vendor), definition]),
);

/** The attribute of this name, in any case; undefined if the dictionary has none. */
export function findAttribute(name: string): AttributeDefinition | undefined {
  return byName.get(name.toLowerCase());
}

/** The attribute of this number, of a vendor if one is given; undefined if the dictionary has none. */
export function describeAttribute(type: number, vendor?: number): AttributeDefinition | undefined {
  return byNumber.get(numberKey(type, vendor));
}

/** All names, in the order of the tables. */
export function attributeNames(): readonly string[] {
  return names;
}

function numberKey(type: number, vendor: number | undefined): string {
  return vendor === undefined ? `${type}` : `${vendor}.${type}`;
}

function toDefinitions(rows: readonly AttributeRow[], vendor?: number): readonly AttributeDefinition[] {
  return rows.map(([name, type, kind, more]) => ({
    name,
    type,
    kind,
    ...(vendor === undefined ? {} : { vendor }),
    ...more,
  }));
}
