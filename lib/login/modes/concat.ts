/**
 * `[radius_server_concat]`: the field is the password and a factor behind it, always both.
 *
 * @module
 */

import { parseAppendedFactor } from "../../duo/factor.ts";
import { trimBlanks } from "../../text.ts";
import type { Mode, Readings } from "./mode.ts";
import { splitField, type SplitOptions } from "./split_field.ts";

/** The mode concat. */
export function concatMode(options: SplitOptions): Mode {
  return {
    name: "concat",
    form: {
      holds: "password",
      needsPassword: true,
      join: (password, factor) => `${password}${options.delimiter}${factor}`,
    },
    tellsGroups: false,
    read: (field) => readConcat(field, options),
    next: (_choices, typed) => typed === undefined ? { kind: "none" } : { kind: "factor", factor: typed },
    readAnswer: undefined,
  };
}

/**
 * Reads the field in the one way there is: a part that is missing, or a second one that is no factor, makes it a wrong password,
 * which nobody is asked about.
 */
export function readConcat(field: string, options: SplitOptions): Readings {
  const split = splitField(field, options);
  const factor = split && split.password !== "" && trimBlanks(split.appended) !== ""
    ? parseAppendedFactor(split.appended)
    : undefined;
  if (split && factor) return { kind: "readings", readings: [{ password: split.password, factor }] };
  return {
    kind: "unrecognized",
    text: "Invalid Password",
    event: "The password field does not hold a password and a factor behind it; it was sent to nobody",
  };
}
