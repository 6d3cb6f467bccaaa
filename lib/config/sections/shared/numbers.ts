/**
 * Rules about lists whose members are told apart by a number.
 *
 * @module
 */

import type { Context, Setting, Settings } from "../../section.ts";
import { optionPlace } from "../../settings.ts";

/** Reports the first member of a numbered list behind a gap, with what is different here from the old proxy. */
export function checkGap(
  { findings }: Context,
  settings: Settings,
  members: readonly Setting[],
  consequence: string,
): void {
  let expected = 1;
  for (const { number, entry } of members) {
    const actual = number ?? 1;
    if (actual > expected) {
      const base = entry.name.slice(0, entry.name.lastIndexOf("_"));
      findings.warning(
        "number-gap",
        optionPlace(settings.section, entry),
        `${entry.name} follows a gap, for ${base}_${expected} is not set: ${consequence}`,
        "Number the list without gaps",
      );
      return;
    }
    expected = actual + 1;
  }
}
