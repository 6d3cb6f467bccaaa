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
import { splitField, type SplitOptions } from "./split_field.ts";

/** A factor that a section may fall back on when the user names none. `passcode` asks for one. */
export type ListedFactor = "auto" | "push" | "phone" | "passcode";

/** The options that say where a factor may stand. */
export interface FieldOptions extends SplitOptions {
  /** Whether one may stand behind the password. */
  readonly allowConcat: boolean;
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

/** Nothing behind the delimiter means the section's list. */
function splitFactor(field: string, options: FieldOptions): Reading | undefined {
  const split = splitField(field, options);
  const factor = split && parseAppendedFactor(split.appended);
  if (!factor) return undefined;
  const { password, appended } = split;
  return { password, factor: factor.kind === "auto" && trimBlanks(appended) === "" ? undefined : factor };
}
