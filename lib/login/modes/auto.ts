/**
 * `[radius_server_auto]`: the field is the password, with a factor behind it if the user wants a certain one.
 *
 * @module
 */

import type { Choices } from "../../duo/api.ts";
import { offers } from "../../duo/choices.ts";
import { parseAppendedFactor, parseFactor, type TypedFactor } from "../../duo/factor.ts";
import { trimBlanks } from "../../text.ts";
import type { Mode, Next, Reading, Readings, Unrecognized } from "./mode.ts";

/** A factor that a section may fall back on when the user names none. `passcode` asks for one. */
export type ListedFactor = "auto" | "push" | "phone" | "passcode";

/** The options that say where a factor may stand. */
export interface FieldOptions {
  readonly allowConcat: boolean;
  readonly delimiter: string;
  /** Characters of the password; 0 = not by length. */
  readonly delimitedPasswordLength: number;
}

/** The options of the mode. */
export interface AutoOptions extends FieldOptions {
  /** Tried in this order when the user names no factor. */
  readonly factors: readonly ListedFactor[];
}

/** The mode auto. */
export function autoMode(options: AutoOptions): Mode {
  const { allowConcat, delimiter, delimitedPasswordLength, factors } = options;
  return {
    name: "auto",
    form: {
      holds: "password",
      needsPassword: delimitedPasswordLength > 0,
      join: (password, factor) => allowConcat ? `${password}${delimiter}${factor}` : undefined,
    },
    tellsGroups: false,
    read: (field) => readAuto(field, options),
    next: (choices, typed) => typed ? { kind: "factor", factor: typed } : firstUsable(choices, factors),
    readAnswer: factors.includes("passcode") ? readPasscode : undefined,
  };
}

function firstUsable(choices: Choices, factors: readonly ListedFactor[]): Next {
  const listed = factors.find((factor) => factor === "passcode" || offers(choices, factor));
  switch (listed) {
    case undefined:
      return { kind: "none" };
    case "passcode":
      return { kind: "ask", text: "Enter passcode:" };
    case "auto":
      return { kind: "factor", factor: { kind: "auto" } };
    default:
      return { kind: "factor", factor: { kind: "word", factor: listed, number: null } };
  }
}

/** Who was asked for a passcode may name a factor, too. */
function readPasscode(typed: string): TypedFactor | Unrecognized {
  const factor = parseFactor(typed);
  return factor && factor.kind !== "auto" ? factor : { kind: "unrecognized", text: "Enter a passcode" };
}

/**
 * Reads the field: with a factor split off if there is one, and as a password as a whole.
 *
 * What stands behind the delimiter but is no factor belongs to a password that happens to hold the delimiter.
 */
export function readAuto(field: string, options: FieldOptions): Readings {
  const whole: Reading = { password: field, factor: undefined };
  const split = options.allowConcat ? splitFactor(field, options) : undefined;
  return { kind: "readings", readings: split ? [split, whole] : [whole] };
}

function splitFactor(field: string, { delimiter, delimitedPasswordLength }: FieldOptions): Reading | undefined {
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
