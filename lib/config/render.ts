/**
 * Messages as text, and the names in them: what the tables know is shown, whatever is hidden.
 *
 * @module
 */

import { visibleText } from "../text.ts";
import { type Hidden, maskTokens } from "./mask.ts";
import { longest, type Message, showValue } from "./message.ts";
import { tableFor, typesWithOption } from "./options.ts";
import { maskedValue } from "./secrets.ts";

/** The message as text, without what is hidden and without what has the form of a secret. */
export function render(message: Message, hidden: Hidden): string {
  if (typeof message === "string") return message;
  return message.map((part) =>
    typeof part === "string"
      ? part
      : part.kind === "name"
      ? showName(part.text, hidden)
      : showValue(part.text, hidden, part.whole)
  ).join("");
}

/** The name of an option or a section (lower-cased): those of the tables are shown whatever is hidden, others looked through. */
export function showName(name: string, hidden: Hidden): string {
  const type = tableFor(name)?.type;
  // The number behind a section's name may have any length.
  const known = typesWithOption(name).length > 0 || (type !== undefined && name.length <= type.length + 9);
  const start = name.slice(0, longest);
  if (!known && maskTokens(hidden.remove(start)) !== start) return maskedValue;
  // A name of a megabyte is no name worth repeating.
  return visibleText(start.slice(0, 64));
}
