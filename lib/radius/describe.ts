/**
 * A packet's attributes as one line for the debug log, with everything secret masked.
 *
 * @module
 */

import { type Attribute, attributeType, vendorAttributes } from "./attributes.ts";
import { type AttributeDefinition, describeAttribute } from "./dictionary.ts";
import { formatValue } from "./value.ts";

/** Values that are secret, or that let their holder in: never shown, however they are hidden on the wire. */
const masked: ReadonlySet<number> = new Set([
  attributeType.userPassword,
  attributeType.chapPassword,
  attributeType.state,
  attributeType.eapMessage,
]);

/** Such as `User-Name=alice User-Password=***** NAS-Port=7`. */
export function describeAttributes(attributes: readonly Attribute[]): string {
  return attributes.flatMap((attribute) => {
    const { type, value } = attribute;
    const inner = type === attributeType.vendorSpecific ? vendorAttributes(attribute) : [];
    if (inner.length > 0) {
      return inner.map((sub) =>
        describe(`${sub.vendor}.${sub.type}`, describeAttribute(sub.type, sub.vendor), sub.value)
      );
    }
    return masked.has(type)
      ? `${describeAttribute(type)?.name ?? type}=*****`
      : describe(String(type), describeAttribute(type), value);
  }).join(" ");
}

function describe(number: string, definition: AttributeDefinition | undefined, value: Uint8Array): string {
  if (!definition) return `${number}=${formatValue({ name: number, type: 0, kind: "octets" }, value)}`;
  // What a vendor hides, and whatever MS-CHAP lets somebody guess a password from, stays hidden.
  const secret = definition.encrypted !== undefined || definition.name.startsWith("MS-CHAP");
  return `${definition.name}=${secret ? "*****" : formatValue(definition, value)}`;
}
