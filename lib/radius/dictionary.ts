/**
 * Names of attributes: what the configuration file, the command line and the log call what the wire only numbers.
 *
 * Names are those of the RFCs, and FreeRADIUS's for vendors, since those are what operators know.
 *
 * @module
 */

import { ciscoAttributes } from "./dictionaries/cisco.ts";
import { ciscoVpnAttributes } from "./dictionaries/cisco_vpn.ts";
import { fortinetAttributes } from "./dictionaries/fortinet.ts";
import { juniperAttributes, netScreenAttributes } from "./dictionaries/juniper.ts";
import { microsoftAttributes } from "./dictionaries/microsoft.ts";
import { paloAltoAttributes } from "./dictionaries/palo_alto.ts";
import { type AttributeRow, vendorId } from "./dictionaries/row.ts";
import { standardAttributes } from "./dictionaries/standard.ts";

/**
 * What an attribute's value is (RFC 8044, section 3): text in UTF-8, octets, addresses and prefixes, numbers and dates of 4
 * octets, numbers of 8 octets, an interface identifier of 8 octets.
 */
export type AttributeKind =
  | "text"
  | "octets"
  | "ipv4"
  | "ipv6"
  | "ipv6prefix"
  | "integer"
  | "integer64"
  | "date"
  | "ifid";

/**
 * How a value is hidden: `password` as in RFC 2865, section 5.2; `salted` as in RFC 2868, section 3.5, and RFC 2548,
 * section 2.4.2.
 */
export type AttributeEncryption = "password" | "salted";

/** An attribute with a name. */
export interface AttributeDefinition {
  readonly name: string;
  /** The type; with a vendor, the type within Vendor-Specific (RFC 2865, section 5.26). */
  readonly type: number;
  /** IANA's enterprise number of the vendor; absent for attributes of the RFCs. */
  readonly vendor?: number;
  readonly kind: AttributeKind;
  /** Names of an integer's values. */
  readonly values?: Readonly<Record<string, number>>;
  readonly encrypted?: AttributeEncryption;
  /** Whether the value begins with a tag that groups attributes of one tunnel (RFC 2868, section 3). */
  readonly tagged?: boolean;
}

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
