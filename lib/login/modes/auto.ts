/**
 * `[radius_server_auto]`: the field is the password, with a factor behind it if the user wants a certain one.
 *
 * @module
 */

import { parseAppendedFactor, type TypedFactor } from "../../duo/factor.ts";
import { trimBlanks } from "../../text.ts";
import type { Reading, Readings } from "./mode.ts";

/** The options that say where a factor may stand. */
export interface AutoOptions {
  readonly allowConcat: boolean;
  readonly delimiter: string;
  /** Characters of the password; 0 = not by length. */
  readonly delimitedPasswordLength: number;
}

/**
 * Reads the field: with a factor split off if there is one, and as a password as a whole.
 *
 * What stands behind the delimiter but is no factor belongs to a password that happens to hold the delimiter.
 */
export function readAuto(field: string, options: AutoOptions): Readings {
  const whole: Reading = { password: field, factor: undefined };
  const split = options.allowConcat ? splitFactor(field, options) : undefined;
  return { kind: "readings", readings: split ? [split, whole] : [whole] };
}

function splitFactor(field: string, { delimiter, delimitedPasswordLength }: AutoOptions): Reading | undefined {
  if (delimitedPasswordLength > 0) {
    const characters = [...field];
    if (characters.length <= delimitedPasswordLength) return undefined;
    const rest = characters.slice(delimitedPasswordLength).join("");
    const factor = listed(rest.startsWith(delimiter) ? rest.slice(delimiter.length) : rest);
    return factor && { password: characters.slice(0, delimitedPasswordLength).join(""), factor: factor.factor };
  }
  const index = delimiter === "" ? -1 : field.lastIndexOf(delimiter);
  if (index < 0) return undefined;
  const factor = listed(field.slice(index + delimiter.length));
  return factor && { password: field.slice(0, index), factor: factor.factor };
}

/** The factor of a text; nothing typed means the section's list. Undefined if the text is no factor. */
function listed(text: string): { readonly factor: TypedFactor | undefined } | undefined {
  const factor = parseAppendedFactor(text);
  if (!factor) return undefined;
  return { factor: factor.kind === "auto" && trimBlanks(text) === "" ? undefined : factor };
}
