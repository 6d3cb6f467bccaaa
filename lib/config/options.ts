/**
 * The option tables: one a section type. They are the only source for what a file may hold: parsing, defaults,
 * cross-checks, did-you-mean, masking, `explain`, completions and the starter file are all made from them.
 *
 * @module
 */

import { adClientRows, duoOnlyClientRows, radiusClientRows } from "./sections/ad_client.ts";
import { mainRows } from "./sections/main.ts";
import {
  autoRows,
  challengeRows,
  concatRows,
  duoOnlyRows,
  eapRows,
  iframeRows,
} from "./sections/shared/radius_server.ts";
import { cloudRows, httpProxyRows, ldapServerRows, ssoRows } from "./sections/ldap_server_auto.ts";

/** What an option takes. Sizes and counts are whole numbers, `unit` says of what. */
export type OptionType =
  /** Any text. */
  | { readonly kind: "text" }
  | { readonly kind: "boolean" }
  | { readonly kind: "integer"; readonly min: number; readonly max: number; readonly unit?: string }
  /** One of a few words, in any case; the value is the word as listed. */
  | { readonly kind: "choice"; readonly values: readonly string[] }
  /** Words separated by commas, in any case, each at most once. */
  | { readonly kind: "list"; readonly values: readonly string[] }
  /** One IP address of this machine to listen on. */
  | { readonly kind: "interface" }
  | { readonly kind: "address" }
  /** An address, CIDR, address/netmask or a range. */
  | { readonly kind: "network" }
  /** Several of them, separated by commas. */
  | { readonly kind: "networks" }
  /** A host name or an address. */
  | { readonly kind: "host" }
  /** The API host of a Duo application: a bare host name. */
  | { readonly kind: "api-host" }
  /** Two letters and 18 characters that name a Duo application. */
  | { readonly kind: "integration-key"; readonly prefix: "DI" | "RI" }
  /** The 40 characters that Duo's requests are signed with. */
  | { readonly kind: "secret-key" }
  /** Text that must not be shown. */
  | { readonly kind: "secret" }
  /** What `authproxy_passwd` or `duoproxy encrypt` made of a secret. */
  | { readonly kind: "protected" }
  | { readonly kind: "file"; readonly content: "certificates" | "private-key" | "secret" }
  | { readonly kind: "directory" }
  /** The name of another section. */
  | { readonly kind: "section" }
  /** An attribute of the RADIUS dictionary. */
  | { readonly kind: "attribute" }
  /** Attributes separated by commas. */
  | { readonly kind: "attributes" }
  /** The name of a text encoding. */
  | { readonly kind: "encoding" };

/** One option of a section type. */
export interface OptionRow {
  /** Lower-cased; of a numbered option the part before `_N`. */
  readonly name: string;
  readonly type: OptionType;
  /** As it would be written in the file; undefined: nothing. */
  readonly default: string | undefined;
  /** True if the section can't do without it (or without one of its variants). */
  readonly required: boolean;
  /** `always`: only as `name_1`, `name_2`, ...; `also`: with or without number. */
  readonly numbered: "never" | "always" | "also";
  /** True if the value is never shown. */
  readonly secret: boolean;
  /** What to use instead; undefined: not outdated. */
  readonly deprecated: string | undefined;
  /** First version of the old proxy that is known to have it, or `duoproxy` for ours. */
  readonly since: "5.0" | "after 5.0" | "duoproxy";
  /** True if it decides about in or out: misspelt it is an error also with `unknown_options=warn`. */
  readonly decisive: boolean;
  /** `install`: read by the installer only. `none`: accepted, changes nothing here. */
  readonly effect: "serve" | "install" | "none";
  /** The option that this one is another way to give, such as `skey` for `skey_file`. */
  readonly variantOf: string | undefined;
  /** True if `[main]` gives the value where the section has none. */
  readonly inherited: boolean;
  /** Plain text, whole sentences. */
  readonly doc: string;
}

/** One section type. */
export interface SectionTable {
  /** The name without a number at its end. */
  readonly type: string;
  readonly kind: "global" | "client" | "server" | "service" | "hidden";
  /**
   * What happens to such a section: `served`, or read as the primary-authentication client of one; `not-served`: an error, since
   * the file relies on it; `ignored`: a warning.
   */
  readonly fate: "served" | "not-served" | "ignored";
  /** Why it isn't served, as the end of a sentence. */
  readonly reason: string | undefined;
  /** Sentences without line breaks. */
  readonly doc: string;
  readonly rows: readonly OptionRow[];
}

/** Every section type that a file may hold. */
export const sectionTables: readonly SectionTable[] = [
  {
    type: "main",
    kind: "global",
    fate: "served",
    reason: undefined,
    doc: "What holds for the whole proxy, and defaults for the sections below.",
    rows: mainRows,
  },
  {
    type: "ad_client",
    kind: "client",
    fate: "not-served",
    reason: "directories can't be asked yet",
    doc: "Checks the password against Active Directory or OpenLDAP.",
    rows: adClientRows,
  },
  {
    type: "radius_client",
    kind: "client",
    fate: "not-served",
    reason: "upstream RADIUS servers can't be asked yet",
    doc: "Checks the password by asking another RADIUS server.",
    rows: radiusClientRows,
  },
  {
    type: "duo_only_client",
    kind: "client",
    fate: "served",
    reason: undefined,
    doc: "Checks no password: for gateways that have done so themselves. The section may be empty.",
    rows: duoOnlyClientRows,
  },
  {
    type: "radius_server_auto",
    kind: "server",
    fate: "served",
    reason: undefined,
    doc: "RADIUS server that sends a push or calls by itself, or takes a factor behind the password.",
    rows: autoRows,
  },
  {
    type: "radius_server_challenge",
    kind: "server",
    fate: "not-served",
    reason: "the challenge mode isn't built yet",
    doc: "RADIUS server that shows a menu of factors in a challenge.",
    rows: challengeRows,
  },
  {
    type: "radius_server_concat",
    kind: "server",
    fate: "not-served",
    reason: "the concat mode isn't built yet",
    doc: "RADIUS server that insists on password, delimiter and factor in one field.",
    rows: concatRows,
  },
  {
    type: "radius_server_duo_only",
    kind: "server",
    fate: "served",
    reason: undefined,
    doc:
      "RADIUS server for gateways that check the password themselves: the password field is the factor or a passcode.",
    rows: duoOnlyRows,
  },
  {
    type: "radius_server_iframe",
    kind: "server",
    fate: "ignored",
    reason: "the prompt it put into web pages ended in 2024",
    doc: "RADIUS server for Duo's old web prompt. Not served: that prompt ended in 2024.",
    rows: iframeRows,
  },
  {
    type: "radius_server_eap",
    kind: "server",
    fate: "not-served",
    reason: "PEAP isn't built yet",
    doc: "RADIUS server for PEAP with EAP-GTC, as NetMotion Mobility uses it.",
    rows: eapRows,
  },
  {
    type: "ldap_server_auto",
    kind: "server",
    fate: "not-served",
    reason: "the LDAP server isn't built yet",
    doc: "LDAP server that passes everything on to a directory and adds Duo to binds.",
    rows: ldapServerRows,
  },
  {
    type: "http_proxy",
    kind: "service",
    fate: "not-served",
    reason: "the HTTP proxy isn't built yet",
    doc: "HTTP CONNECT proxy through which other machines reach Duo and nothing else.",
    rows: httpProxyRows,
  },
  {
    type: "cloud",
    kind: "service",
    fate: "ignored",
    reason: "directory synchronisation speaks a protocol that isn't public",
    doc: "Agent for Duo's directory synchronisation. Not served: its protocol isn't public.",
    rows: cloudRows,
  },
  {
    type: "sso",
    kind: "service",
    fate: "ignored",
    reason: "Duo Single Sign-On speaks a protocol that isn't public",
    doc: "Authentication agent for Duo Single Sign-On. Not served: its protocol isn't public.",
    rows: ssoRows,
  },
  {
    type: "mock_client",
    kind: "hidden",
    fate: "not-served",
    reason: "it belongs to the old proxy's own tests",
    doc: "A client of the old proxy's own tests. Not served.",
    rows: [],
  },
];

const tablesByType: ReadonlyMap<string, SectionTable> = new Map(sectionTables.map((table) => [table.type, table]));

/** Section types whose name may carry no number, for there is only one. */
const singleTypes: ReadonlySet<string> = new Set(["main"]);

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

const rowsByName: ReadonlyMap<SectionTable, ReadonlyMap<string, OptionRow>> = new Map(
  sectionTables.map((table) => [table, new Map(table.rows.map((row) => [row.name, row]))]),
);

/**
 * The row for an option's name in a section type.
 *
 * @param name lower-cased.
 * @returns undefined if the section has no such option; `number-missing` if the name lacks the number it needs.
 */
export function matchOption(table: SectionTable, name: string): OptionMatch | "number-missing" | undefined {
  const rows = rowsByName.get(table);
  const plain = rows?.get(name);
  if (plain !== undefined) {
    return plain.numbered === "always" ? "number-missing" : { row: plain, number: undefined, key: name };
  }
  const split = splitNumber(name);
  const row = split && rows?.get(split.base);
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
  return rowsByName.get(table)?.get(name);
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
