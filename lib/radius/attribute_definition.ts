/**
 * What is known of an attribute: its numbers, its name, and how its value is written.
 *
 * @module
 */

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
