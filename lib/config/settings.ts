/**
 * What is set in a section, read by its rows, while it may still have errors; and where it stands.
 *
 * @module
 */

import type { Place } from "./diagnostics.ts";
import type { IniEntry, IniSection } from "./ini.ts";
import type { OptionRow } from "./row.ts";
import type { Context, Setting, Settings } from "./section.ts";

/** The name of a section for a message. */
export function shown(settings: Settings): string {
  return `[${settings.section.name}]`;
}

/** Where an option's name stands. */
export function optionPlace(section: IniSection, entry: IniEntry): Place {
  return { line: entry.line, column: entry.column, section: section.name, option: entry.name };
}

/** Where an option's value stands. */
export function valuePlace(section: IniSection, entry: IniEntry): Place {
  return { line: entry.line, column: entry.valueColumn, section: section.name, option: entry.name };
}

/** Where a section's header stands; for options that are absent, with their name. */
export function headerPlace(section: IniSection, option?: string): Place {
  const place = { line: section.line, column: section.column, section: section.name };
  return option === undefined ? place : { ...place, option };
}

/** The key of an option in a section's settings, such as `radius_ip_1`. */
export function keyOf({ name }: Pick<OptionRow, "name">, number?: number): string {
  return number === undefined ? name : `${name}_${number}`;
}

/** True if an option is set, also to a wrong value. */
export function isSet(settings: Settings, row: OptionRow): boolean {
  return settings.set.has(row.name);
}

/** An option as it was set, with its number if it is a numbered one. */
export function settingOf<V>(settings: Settings, row: OptionRow<V>, number?: number): Setting<V> | undefined {
  const setting = settings.set.get(keyOf(row, number));
  return setting && typed(row, setting);
}

/** All settings of a numbered row by number, ascending. Without number counts as 1. */
export function settingsOf<V>(settings: Settings, row: OptionRow<V>): readonly Setting<V>[] {
  const found: Setting<V>[] = [];
  for (const setting of settings.set.values()) if (setting.row.name === row.name) found.push(typed(row, setting));
  return found.sort((a, b) => (a.number ?? 1) - (b.number ?? 1));
}

/** The value of an option: as set, else its default. Undefined if it is wrong or has neither. */
export function valueOf<V>(settings: Settings, row: OptionRow<V>, number?: number): V | undefined {
  const setting = settingOf(settings, row, number);
  return setting === undefined ? defaultOf(row) : setting.value;
}

/** The setting that decides an option: the section's own, else that of `[main]` if it hands it down. */
export function effectiveSetting<V>(
  { main }: Context,
  settings: Settings,
  row: OptionRow<V>,
): Setting<V> | undefined {
  return settingOf(settings, row) ?? (row.inherited && main !== undefined ? settingOf(main, row) : undefined);
}

/** The value of such an option. Undefined if it is wrong, or if nobody sets it and it has no default. */
export function effectiveValue<V>(context: Context, settings: Settings, row: OptionRow<V>): V | undefined {
  const setting = effectiveSetting(context, settings, row);
  return setting === undefined ? defaultOf(row) : setting.value;
}

/** A row's default, read as a value of the file would be. */
export function defaultOf<V>(row: OptionRow<V>): V | undefined {
  if (row.default === undefined) return undefined;
  const reading = row.read(row.default);
  if (reading.kind === "wrong") throw new Error(`The default of ${row.name} is none of its values`);
  return reading.value;
}

/** The setting as its row reads it. */
function typed<V>(row: OptionRow<V>, { number, key, entry }: Setting): Setting<V> {
  const reading = row.read(entry.value);
  return { row, number, key, entry, value: reading.kind === "value" ? reading.value : undefined };
}

/** Finds text that looks like a remark behind a value: a `#` or `;` with white space before it. */
export function remarkIndex(value: string): number | undefined {
  for (let index = 1; index < value.length; index++) {
    const character = value[index];
    if ((character === "#" || character === ";") && /\s/.test(value[index - 1] ?? "")) return index;
  }
  return undefined;
}

/** What is advised where a remark seems to stand behind a value. */
export const remarkHint =
  "Remarks after a value are not supported: put the remark on a line of its own that begins with #";

/** What a finding about a value advises: the remark comes first, for it is most likely the whole trouble. */
export function withRemark(value: string, hint: string | undefined): string | undefined {
  return remarkIndex(value) === undefined ? hint : remarkHint;
}
