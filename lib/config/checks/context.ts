/**
 * What the checks work on: the sections that were read, and values that `[main]` hands down.
 *
 * @module
 */

import type { Findings } from "../findings.ts";
import { findRow } from "../options.ts";
import { defaultOf, type Setting, type Settings } from "../read_settings.ts";
import type { Value } from "../values/words.ts";

/** All sections whose type is known and whose options count. */
export interface Context {
  readonly findings: Findings;
  /** `[main]`, if the file has one. */
  readonly main: Settings | undefined;
  /** Clients, servers and services in the file's order, without sections that are left out. */
  readonly sections: readonly Settings[];
  /** The same by name. */
  readonly byName: ReadonlyMap<string, Settings>;
}

/** The setting that decides an inherited option: the section's own, else that of `[main]`. */
export function effectiveSetting(context: Context, settings: Settings, name: string): Setting | undefined {
  return settings.set.get(name) ?? (findRow(settings.table, name)?.inherited ? context.main?.set.get(name) : undefined);
}

/** The value of an inherited option. Undefined if it is wrong, or if nobody sets it and it has no default. */
export function effectiveValue(context: Context, settings: Settings, name: string): Value | undefined {
  const setting = effectiveSetting(context, settings, name);
  if (setting !== undefined) return setting.value;
  const row = findRow(settings.table, name);
  return row === undefined ? undefined : defaultOf(row);
}

/** The name of a section for a message. */
export function shown(settings: Settings): string {
  return `[${settings.section.name}]`;
}
