/**
 * Which factors a section tries by itself, and how it finds a factor behind the password.
 *
 * @module
 */

import type { ListedFactor } from "../../../login/modes/auto.ts";
import type { OptionRow, SingleRow } from "../../row.ts";
import { preset } from "../../rows.ts";
import type { Context, Settings } from "../../section.ts";
import { valueOf } from "../../settings.ts";
import { anyInteger, boolean, integer, list, text } from "../../values/words.ts";
import { warnIneffective } from "./ineffective.ts";

/** The list of factors to try. */
export const factors = preset(
  "factors",
  list<ListedFactor>(["auto", "push", "phone", "passcode"]),
  "auto",
  "Factors to try when the user names none, the first that the user can use wins.",
);

/** What stands between password and factor. */
export const delimiter = preset(
  "delimiter",
  text,
  ",",
  "What stands between password and factor. The last one in the field counts.",
);

/** How long the password is, where its length tells. */
export const delimitedPasswordLength = preset(
  "delimited_password_length",
  integer(0, anyInteger, "characters"),
  "0",
  "If not 0: this many characters are the password, one delimiter behind them is dropped, and the rest is the factor.",
);

/** Splitting of password and factor in one field. */
export const splittingRows: readonly OptionRow[] = [delimiter, delimitedPasswordLength];

/** Whether a field is split at all. */
export function allowConcatRow(standard: "true" | "false"): SingleRow<boolean, boolean> {
  return preset("allow_concat", boolean, standard, "Whether a factor may follow the password in one field.");
}

/** Options that have no effect where a field isn't split; and `pushLimit` where no factor rings a phone then. */
export function checkUnsplit(context: Context, settings: Settings, pushLimit: OptionRow): void {
  warnIneffective(context, settings, splittingRows, "with allow_concat=false");
  // Nobody can name a factor, and none of those listed rings a phone.
  const listed = valueOf(settings, factors) ?? [];
  if (listed.length > 0 && listed.every((factor) => factor === "passcode")) {
    warnIneffective(context, settings, [pushLimit], "where passcodes are the only factor");
  }
}
