/**
 * A verdict in RADIUS's words.
 *
 * @module
 */

import type { Verdict } from "../../login/verdict.ts";
import { type Attribute, attributeType, textAttribute } from "../../radius/attributes.ts";
import { maxValueLength } from "../../radius/packet.ts";
import type { Response } from "../../radius/response.ts";
import { holdsInvisible } from "../../text.ts";

/**
 * Makes the response that says a verdict. A challenge's state becomes State, the first group of an accepted user Class.
 *
 * @param warn told why a group was left out.
 */
export function toResponse(verdict: Verdict, warn: (message: string) => void): Response {
  const { kind, text } = verdict;
  switch (kind) {
    case "challenge":
      return { kind, message: text, attributes: [{ type: attributeType.state, value: verdict.state }] };
    case "accept": {
      const [group] = verdict.groups;
      const attribute = group === undefined ? undefined : classOf(group, warn);
      return attribute === undefined ? { kind, message: text } : { kind, message: text, attributes: [attribute] };
    }
    case "reject":
      return { kind, message: text };
  }
}

/** `OU=<group>;`, from which an ASA takes the group policy; undefined for a name that would say something else there. */
function classOf(group: string, warn: (message: string) => void): Attribute | undefined {
  if (group === "" || group.includes(";") || holdsInvisible(group)) {
    warn("The name of the user's first group holds a semicolon, control or format characters: no Class is sent");
    return undefined;
  }
  const attribute = textAttribute(attributeType.class, `OU=${group};`);
  if (attribute.value.length <= maxValueLength) return attribute;
  warn("The user's first group has too long a name for a Class attribute: none is sent");
  return undefined;
}
