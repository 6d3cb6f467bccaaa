/**
 * Options that change nothing as things stand.
 *
 * @module
 */

import type { OptionRow } from "../../row.ts";
import type { Context, Settings } from "../../section.ts";
import { optionPlace, settingOf } from "../../settings.ts";

/** Warns of those that are set. `why` ends the sentence that an option has no effect. */
export function warnIneffective(
  { findings }: Context,
  settings: Settings,
  rows: readonly OptionRow[],
  why: string,
): void {
  for (const row of rows) {
    const entry = settingOf(settings, row)?.entry;
    if (entry === undefined) continue;
    findings.warning("ineffective", optionPlace(settings.section, entry), `${row.name} has no effect ${why}`);
  }
}
