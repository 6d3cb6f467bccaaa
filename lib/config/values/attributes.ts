/**
 * Types of values that name RADIUS attributes.
 *
 * @module
 */

import { type AttributeDefinition, attributeNames, findAttribute } from "../../radius/dictionary.ts";
import { quoted, say } from "../message.ts";
import type { Reading, ValueType } from "../row.ts";
import { suggestion, value, wrong } from "./reading.ts";

/** An attribute of the RADIUS dictionary, or one of the short names for two of them. */
export const attribute: ValueType<AttributeDefinition> = { type: { kind: "attribute" }, read: readAttribute };
/** Attributes separated by commas. */
export const attributes: ValueType<readonly AttributeDefinition[]> = {
  type: { kind: "attributes" },
  read: readAttributes,
};

/** Short names that `client_ip_attr` takes besides those of the dictionary. */
const attributeAliases: ReadonlyMap<string, string> = new Map([
  ["paloalto", "PaloAlto-Client-Source-IP"],
  ["default", "Calling-Station-Id"],
]);

function readAttribute(text: string): Reading<AttributeDefinition> {
  const name = attributeAliases.get(text.toLowerCase()) ?? text;
  return find(name, text, [...attributeNames(), ...attributeAliases.keys()]);
}

function readAttributes(text: string): Reading<readonly AttributeDefinition[]> {
  const found: AttributeDefinition[] = [];
  for (const name of text.split(",")) {
    const reading = find(name.trim(), text, attributeNames());
    if (reading.kind === "wrong") return reading;
    found.push(reading.value);
  }
  return value(found);
}

function find(name: string, whole: string, known: Iterable<string>): Reading<AttributeDefinition> {
  const attribute = findAttribute(name);
  if (attribute !== undefined) return value(attribute);
  return wrong(
    say`names an attribute that isn't in the dictionary: ${quoted(name, whole)}`,
    suggestion(name, known),
  );
}
