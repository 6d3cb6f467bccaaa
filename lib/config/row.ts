/**
 * One option of a section type as data: what documents say of it, and how a value's text becomes what it means.
 *
 * @module
 */

import type { Message } from "./message.ts";

/** What an option takes, for documents and for rules about all options of a kind. */
export type OptionType =
  /** Any text. */
  | { readonly kind: "text" }
  | { readonly kind: "boolean" }
  /** Sizes and counts are whole numbers, `unit` says of what. */
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
  /** Text that must not be shown. `use`: who is to know it: both ends of RADIUS, or a directory. */
  | { readonly kind: "secret"; readonly use: "radius" | "directory" }
  /** What `authproxy_passwd` or `duoproxy encrypt` made of a secret. */
  | { readonly kind: "protected" }
  | { readonly kind: "file"; readonly content: FileType }
  | { readonly kind: "directory" }
  /** The name of another section. */
  | { readonly kind: "section" }
  /** An attribute of the RADIUS dictionary. */
  | { readonly kind: "attribute" }
  /** Attributes separated by commas. */
  | { readonly kind: "attributes" }
  /** The name of a text encoding. */
  | { readonly kind: "encoding" };

/** What a file must hold; `duo-authorities` are certificates that are trusted for Duo's API. */
export type FileType = "certificates" | "duo-authorities" | "private-key" | "secret";

/** The outcome of reading a value's text. */
export type Reading<V> =
  | { readonly kind: "value"; readonly value: V }
  | {
    readonly kind: "wrong";
    /** Continues a sentence that begins with the option's name. */
    readonly problem: Message;
    readonly hint: string | undefined;
  };

/** A type of values with the reader of their text. */
export interface ValueType<V> {
  readonly type: OptionType;
  /** @param text trimmed and not empty. */
  readonly read: (text: string) => Reading<V>;
}

/** One option of a section type. `V` is what its value means. */
export interface OptionRow<V = unknown> extends ValueType<V> {
  /** Lower-cased; of a numbered option the part before `_N`. */
  readonly name: string;
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

/** An option that a section has once. `A` is what it comes to where it isn't set. */
export interface SingleRow<V, A> extends OptionRow<V> {
  readonly numbered: "never";
  /** The default, or undefined. Throws for what is required: without it no section is free of errors. */
  readonly absent: () => A;
}

/** An option that a section has any number of times, told apart by a number. */
export interface NumberedRow<V, A> extends OptionRow<V> {
  readonly numbered: "always" | "also";
  /** As in {@link SingleRow}, for each number. */
  readonly absent: () => A;
}

/** The ways to give one secret: in plain, protected, and in a file of its own. */
export interface SecretRows {
  /** Its name is the secret's. */
  readonly plain: OptionRow<string>;
  readonly rows: readonly OptionRow[];
}
