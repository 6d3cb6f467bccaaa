/**
 * Reads sections without errors by their rows: where a row says that there is a value, it is there. Whatever isn't so is a
 * bug, which throws: what decides between in and out has no value to fall back on.
 *
 * @module
 */

import type { NumberedRow, OptionRow, SecretRows, SingleRow } from "./row.ts";
import type { Secret } from "./secrets.ts";
import type { Setting, SoundSection } from "./section.ts";
import { keyOf, settingsOf } from "./settings.ts";

/** A value of a numbered option. */
export interface Numbered<V> {
  readonly number: number;
  readonly value: V;
}

/** The value of an option: the section's own, else that of `[main]` if it hands it down, else the row's default. */
export function given<V, A>(section: SoundSection, row: SingleRow<V, A>): V | A {
  const setting = find(section, row);
  return setting === undefined ? row.absent() : read(row, setting);
}

/** The value of a numbered option at one number. */
export function givenAt<V, A>(section: SoundSection, row: NumberedRow<V, A>, number: number): V | A {
  const setting = find(section, row, number);
  return setting === undefined ? row.absent() : read(row, setting);
}

/** All values of a numbered option by number, ascending. Without number counts as 1. */
export function givenList<V>(section: SoundSection, row: NumberedRow<V, unknown>): readonly Numbered<V>[] {
  return settingsOf(section.settings, row).map((setting) => ({
    number: setting.number ?? 1,
    value: read(row, setting),
  }));
}

/** A secret that the section can't do without, however it is given. */
export function givenSecret({ settings, secrets }: SoundSection, { plain }: SecretRows, number?: number): Secret {
  const key = keyOf(plain, number);
  const secret = secrets.get(key);
  if (secret === undefined) throw new Error(`[${settings.section.name}] without errors lacks ${key}`);
  return secret;
}

/** The certificates of the file that an option names, as PEM text; undefined if it names none. */
export function givenCertificates(section: SoundSection, row: SingleRow<string, undefined>): string | undefined {
  const setting = find(section, row);
  if (setting === undefined) return undefined;
  const pem = section.certificates.get(setting.entry);
  if (pem === undefined) throw new Error(`The file of ${row.name} was not read`);
  return pem;
}

function find({ settings, main }: SoundSection, row: OptionRow, number?: number): Setting | undefined {
  if (!settings.table.rows.includes(row)) throw new Error(`[${settings.table.type}] has no ${row.name}`);
  const key = keyOf(row, number);
  return settings.set.get(key) ?? (row.inherited ? main?.set.get(key) : undefined);
}

function read<V>(row: OptionRow<V>, { entry }: Setting): V {
  const reading = row.read(entry.value);
  if (reading.kind === "wrong") throw new Error(`${entry.name} of a section without errors is wrong`);
  return reading.value;
}
