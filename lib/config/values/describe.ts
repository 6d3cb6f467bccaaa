/**
 * The types of values in words.
 *
 * @module
 */

import type { OptionType } from "../row.ts";

/** What a type takes, for `explain`. */
export function describeType(type: OptionType): string {
  switch (type.kind) {
    case "integer": {
      const unit = type.unit === undefined ? "" : ` (${type.unit})`;
      return type.max >= 2_147_483_647
        ? `whole number, ${type.min} or more${unit}`
        : `whole number from ${type.min} to ${type.max}${unit}`;
    }
    case "choice":
      return type.values.join(" | ");
    case "list":
      return `list of ${type.values.join(", ")}`;
    case "integration-key":
      return `${type.prefix} and 18 capital letters or digits`;
    case "file":
      return {
        "certificates": "PEM file with certificates",
        "duo-authorities": "PEM file with certificates",
        "private-key": "PEM file with a private key",
        "secret": "file with a secret",
      }[type.content];
    default:
      return descriptions[type.kind];
  }
}

const descriptions = {
  "text": "text",
  "boolean": "true | false",
  "interface": "IP address of this machine",
  "address": "IP address",
  "network": "address, CIDR, address/netmask or range a-b",
  "networks": "addresses, CIDR, netmasks or ranges, separated by commas",
  "host": "host name or IP address",
  "api-host": "host name",
  "secret-key": "40 letters or digits",
  "secret": "secret text",
  "protected": "protected secret",
  "directory": "directory",
  "section": "name of a section",
  "attribute": "name of a RADIUS attribute",
  "attributes": "names of RADIUS attributes, separated by commas",
  "encoding": "name of a text encoding, such as utf-8 or latin-1",
} as const;
