/**
 * What can be said about a configuration file: findings with their place, and the one list of their codes.
 *
 * @module
 */

import type { Message } from "./message.ts";

/** An error stops `serve`; a warning doesn't. */
export type Level = "error" | "warning";

/**
 * Every code a finding can carry, with what it means. Codes are stable: scripts may rely on them. `explain findings`
 * prints this list.
 */
export const findingCodes = {
  "no-file": "The configuration file is absent, a directory, or can't be read",
  "utf-16": "The file is in UTF-16 or UTF-32: save it as UTF-8",
  "not-utf-8": "The file isn't UTF-8 and was read as Windows-1252",
  "byte-order-mark": "The file begins with a byte order mark, which was skipped",
  "nul-byte": "The file holds a NUL byte, so it is damaged or no text at all",
  "not-an-option": "A line is neither a section header nor an option nor a remark",
  "before-first-section": "An option stands before the first section header",
  "bad-header": "A section header has no name or no closing bracket",
  "text-after-header": "Text after a header's closing bracket is ignored",
  "continued-line": "An indented line was joined to the value before it",
  "swallowed-line": "An indented line looks like an option or a header, but continues the value before it",
  "inline-remark":
    "A value seems to end in a remark; remarks after a value are not supported, so the text is part of the value",
  "unknown-section": "There is no such section type",
  "duplicate-section": "Two sections have the same name",
  "unknown-option": "There is no such option",
  "misplaced-option": "The option belongs to another section type and has no effect here",
  "number-missing": "The option's name must end in a number",
  "duplicate-option": "An option is given twice in one section",
  "missing": "A required option is absent or empty",
  "empty-value": "An option without value counts as absent",
  "wrong-value": "A value is not what the option takes",
  "unpaired": "Options that belong together are not all there",
  "conflicting-options": "Options exclude each other",
  "conflicting-secrets": "One address is given twice with different secrets or rules",
  "protected-value": "A value that was protected on Windows can't be opened here",
  "protection-key": "The key file for protected values is absent, can't be read, or holds no key",
  "foreign-key": "A protected value was made with another key than the one in the key file",
  "changed-value": "A protected value isn't what its key made: it was changed, or a part of it is missing",
  "file-unreadable": "A file named by an option is absent, a directory, or can't be read",
  "file-content": "A file named by an option doesn't hold what it should",
  "certificates-expired":
    "No certificate in the file is valid today: Duo could not be reached, and failmode would decide",
  "client-missing": "The section's client is not in the file",
  "client-ambiguous": "The file has several clients and the section doesn't say which one it uses",
  "client-unsuitable": "The section can't work with this client",
  "overlapping-networks": "Two sections or entries on one port take the same addresses; the smaller network decides",
  "port-collision": "Two listeners want the same port and address",
  "not-served": "The section can't be served by this version",
  "ignored-section": "The section is left out; the others are served",
  "nothing-to-serve": "The file has no section that can be served",
  "fips-mode": "FIPS mode can't be offered",
  "unsupported-value": "The value is valid, but can't be honoured",
  "deprecated": "The option is outdated",
  "failmode-unset":
    "The option failmode is not set, so users get in without a second factor while Duo can't be reached",
  "placeholder": "A value is the one that documents show in place of your own",
  "short-secret": "A shared secret is short enough to be guessed from recorded packets",
  "clear-text-ldap": "The directory is asked without encryption",
  "world-readable": "A file with secrets can be read by every user of this machine",
  "exempt-unsigned":
    "Users are exempt from the second factor while a gateway may ask without Message-Authenticator, so that its requests can be changed",
  "loose-encoding":
    "An encoding takes noise for text where nobody checks a password, so a wrong shared secret can't be told",
  "trust-not-alone":
    "This runtime trusts the authorities that come with the program besides those of http_ca_certs_file",
  "open-to-all": "Requests are taken from every address",
  "ineffective": "The option has no effect as things stand",
  "next-install": "The option takes effect at the next install",
  "number-gap": "Numbers are missing in a list; what follows the gap counts here, which the old proxy ignored",
  "secret-per-host": "A secret for one host counts here, which the old proxy ignored",
} as const;

/** One of the stable codes of {@link findingCodes}. */
export type FindingCode = keyof typeof findingCodes;

/** Something to say about the configuration. Never contains a secret. */
export interface Finding {
  readonly level: Level;
  readonly code: FindingCode;
  /** The configuration file as it was given. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** In characters (code points), counted from 1. */
  readonly column: number;
  /** Name of the section, lower-cased; null outside of sections. */
  readonly section: string | null;
  /** Name of the option, lower-cased; null if the finding isn't about one. */
  readonly option: string | null;
  /** One sentence without final period. */
  readonly message: string;
  /** What to do; null if the message says it. */
  readonly hint: string | null;
}

/** Where a finding points to. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly section?: string;
  readonly option?: string;
}

/** Takes what rules find. */
export interface Reporter {
  error(code: FindingCode, place: Place, message: Message, hint?: string): void;
  warning(code: FindingCode, place: Place, message: Message, hint?: string): void;
}

/** Makes a single finding. */
export function finding(
  level: Level,
  code: FindingCode,
  file: string,
  place: Place,
  message: string,
  hint?: string,
): Finding {
  const { line, column, section, option } = place;
  return {
    level,
    code,
    file,
    line,
    column,
    section: section ?? null,
    option: option ?? null,
    message,
    hint: hint ?? null,
  };
}

/** A finding as `file:line:col: level: message [code]`, and its hint on a second line. */
export function renderFinding(one: Finding): string {
  const text = `${findingHead(one)} ${findingText(one)}`;
  return one.hint === null ? text : `${text}\n    hint: ${one.hint}`;
}

/** What a finding's line begins with, for editors: `file:line:col: level:`. */
export function findingHead({ file, line, column, level }: Finding): string {
  return `${file}:${line}:${column}: ${level}:`;
}

/** What stands behind it: the message and the code. */
export function findingText({ message, code }: Finding): string {
  return `${message} [${code}]`;
}
