/**
 * All section types, and what is found in them by name. They are the only source for what a file may hold: parsing,
 * defaults, cross-checks, did-you-mean, masking, `explain`, completions and the starter file are all made from them.
 *
 * @module
 */

import type { OptionRow } from "./row.ts";
import type { SectionTable } from "./section.ts";
import { adClient } from "./sections/ad_client.ts";
import { cloud } from "./sections/cloud.ts";
import { duoOnlyClient } from "./sections/duo_only_client.ts";
import { httpProxy } from "./sections/http_proxy.ts";
import { ldapServerAuto } from "./sections/ldap_server_auto.ts";
import { main } from "./sections/main.ts";
import { mockClient } from "./sections/mock_client.ts";
import { radiusClient } from "./sections/radius_client.ts";
import { radiusServerAuto } from "./sections/radius_server_auto.ts";
import { radiusServerChallenge } from "./sections/radius_server_challenge.ts";
import { radiusServerConcat } from "./sections/radius_server_concat.ts";
import { radiusServerDuoOnly } from "./sections/radius_server_duo_only.ts";
import { radiusServerEap } from "./sections/radius_server_eap.ts";
import { radiusServerIframe } from "./sections/radius_server_iframe.ts";
import { sso } from "./sections/sso.ts";

/** Every section type that a file may hold, in the order of documents. */
export const sectionTables: readonly SectionTable[] = [
  main,
  adClient,
  radiusClient,
  duoOnlyClient,
  radiusServerAuto,
  radiusServerChallenge,
  radiusServerConcat,
  radiusServerDuoOnly,
  radiusServerIframe,
  radiusServerEap,
  ldapServerAuto,
  httpProxy,
  cloud,
  sso,
  mockClient,
];

const tablesByType: ReadonlyMap<string, SectionTable> = new Map(sectionTables.map((table) => [table.type, table]));

/** Section types whose name may carry no number, for there is only one. */
const singleTypes: ReadonlySet<string> = new Set([main.type]);

/**
 * The table for a section's name: `radius_server_auto2` is a `radius_server_auto`.
 *
 * @param name lower-cased.
 */
export function tableFor(name: string): SectionTable | undefined {
  let end = name.length;
  while (end > 0 && isDigit(name.charCodeAt(end - 1))) end--;
  const type = name.slice(0, end);
  return end < name.length && singleTypes.has(type) ? undefined : tablesByType.get(type);
}

/** A name taken apart: which row it belongs to and which number it carries. */
export interface OptionMatch {
  readonly row: OptionRow;
  readonly number: number | undefined;
  /** The row's name and the number without leading zeros, such as `radius_ip_1`. */
  readonly key: string;
}

/** The rows of each table by name, made when they are first asked for. */
const rowsByName = new WeakMap<SectionTable, ReadonlyMap<string, OptionRow>>();

function rowsOf(table: SectionTable): ReadonlyMap<string, OptionRow> {
  const rows = rowsByName.get(table) ?? new Map(table.rows.map((row) => [row.name, row]));
  rowsByName.set(table, rows);
  return rows;
}

/**
 * The row for an option's name in a section type.
 *
 * @param name lower-cased.
 * @returns undefined if the section has no such option; `number-missing` if the name lacks the number it needs.
 */
export function matchOption(table: SectionTable, name: string): OptionMatch | "number-missing" | undefined {
  const rows = rowsOf(table);
  const plain = rows.get(name);
  if (plain !== undefined) {
    return plain.numbered === "always" ? "number-missing" : { row: plain, number: undefined, key: name };
  }
  const split = splitNumber(name);
  const row = split && rows.get(split.base);
  if (split === undefined || row === undefined || row.numbered === "never") return undefined;
  return { row, number: split.number, key: `${row.name}_${split.number}` };
}

/** Takes `radius_ip_1` apart. Undefined if there is no number of one to nine digits behind a last `_`. */
export function splitNumber(name: string): { readonly base: string; readonly number: number } | undefined {
  const underscore = name.lastIndexOf("_");
  const digits = name.length - underscore - 1;
  if (underscore <= 0 || digits < 1 || digits > 9) return undefined;
  for (let index = underscore + 1; index < name.length; index++) {
    if (!isDigit(name.charCodeAt(index))) return undefined;
  }
  return { base: name.slice(0, underscore), number: Number(name.slice(underscore + 1)) };
}

/** The section types that have an option of this name (lower-cased, with its number). */
export function typesWithOption(name: string): readonly string[] {
  return sectionTables.filter((table) => matchOption(table, name) !== undefined).map((table) => table.type);
}

/** The row of a name without number. */
export function findRow(table: SectionTable, name: string): OptionRow | undefined {
  return rowsOf(table).get(name);
}

/** The option's name as documents write it: `radius_ip_N`, `host` or `host_N`. */
export function shownName(row: OptionRow): string {
  return row.numbered === "always"
    ? `${row.name}_N`
    : row.numbered === "also"
    ? `${row.name}, ${row.name}_N`
    : row.name;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
