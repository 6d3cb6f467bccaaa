/**
 * Sentences with text of the file in them. What may be shown of that text is decided last, once every secret is known:
 * keys and shared secrets are pasted into each other's place, into ports and into names.
 *
 * @module
 */

import { visibleText } from "../text.ts";
import { Hidden, maskTokens } from "./mask.ts";
import { maskedValue } from "./secrets.ts";

/** A part of a message that comes from the file. */
export interface FromFile {
  readonly kind: "value" | "name";
  readonly text: string;
  /** What the text is a part of: nothing of a secret with a comma in it is shown. */
  readonly whole: string;
}

/** A text for people, plain or with parts that come from the file. Made by {@link say}, read by `render`. */
export type Message = string | readonly (string | FromFile)[];

/**
 * A value of the file, to be shown in quotes.
 *
 * @param whole the value that this one is a part of.
 */
export function quoted(value: string, whole: string = value): Message {
  return [{ kind: "value", text: value, whole }];
}

/** The name of an option or a section as it stands in the file, to be shown without quotes. */
export function named(name: string): Message {
  return [{ kind: "name", text: name, whole: name }];
}

/** A template for messages: say`takes an address, not ${quoted(text)}`. */
export function say(texts: TemplateStringsArray, ...between: readonly (Message | number)[]): Message {
  return texts.flatMap((text, index) => {
    const next = between[index];
    if (next === undefined) return [text];
    return typeof next === "object" ? [text, ...next] : [text, String(next)];
  });
}

/** As much of a value or a name as is looked through, in UTF-16 code units. */
export const longest = 1_000;

/**
 * A value in quotes, cut after 40 characters, control characters replaced, so that a message stays one line whatever the
 * file holds.
 */
export function showValue(value: string, hidden: Hidden, whole: string = value): string {
  if (whole !== value && clean(whole, hidden) !== visibleText(whole.slice(0, longest))) return `"${maskedValue}"`;
  const start = value.slice(0, longest);
  const masked = clean(value, hidden);
  // Cut off within a secret it could not be recognised.
  if (value.length > longest && masked !== visibleText(start)) return `"${maskedValue}"`;
  const characters = Array.from(masked);
  const cut = characters.length > 40 || value.length > longest;
  return `"${characters.slice(0, 40).join("")}${cut ? "..." : ""}"`;
}

/** The beginning of a value, with everything masked that must not be shown. */
function clean(value: string, hidden: Hidden): string {
  return maskTokens(visibleText(hidden.remove(value.slice(0, longest))));
}

/** {@link showValue} where no secrets are known, as on a command line. */
export function quote(value: string): string {
  return showValue(value, new Hidden());
}
