/**
 * The form of the golden files `*.cfgtest`: a configuration, a line `----------`, and what comes out of it.
 *
 * Lines `#!mode 644` (permission bits of the file), `#!key NAME` (another key file of `conf` than `duoproxy.key`),
 * `#!runtime 2.6.10` (version of the runtime) and `#!bytes` (`\xNN` stands for an octet) may precede the configuration and don't belong to it. Behind the line stand the findings, one a line as
 * `level code line:column [section] option`, and, if the file is valid and it matters, the configuration as JSON.
 *
 * @module
 */

import type { Config } from "../../lib/config/config.ts";
import type { Finding } from "../../lib/config/diagnostics.ts";
import type { Mode } from "../../lib/login/modes/mode.ts";
import { Secret } from "../../lib/config/secrets.ts";
import { utf8 } from "./fixture.ts";

/** One golden file, taken apart. */
export interface GoldenCase {
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** Path of the key file; undefined: the usual one. */
  readonly keyFile: string | undefined;
  /** Version of the runtime; undefined: a current one. */
  readonly runtime: string | undefined;
  /** Expected findings. */
  readonly findings: readonly string[];
  /** Expected configuration as JSON; undefined: not compared. */
  readonly config: string | undefined;
}

/** Takes a golden file apart. */
export function parseGolden(text: string): GoldenCase {
  const separator = text.indexOf("\n----------\n");
  if (separator < 0) throw new Error("The golden file has no separator line");
  let input = text.slice(0, separator + 1);
  let mode = 0o640;
  let bytes = false;
  let keyFile: string | undefined;
  let runtime: string | undefined;
  const directive = /^#!(?:(bytes)|mode ([0-7]{3})|key (\w+)|runtime ([0-9.]+))\n/;
  for (let match = directive.exec(input); match; match = directive.exec(input)) {
    if (match[1] !== undefined) bytes = true;
    else if (match[2] !== undefined) mode = parseInt(match[2], 8);
    else if (match[3] !== undefined) keyFile = `conf/${match[3]}`;
    else runtime = match[4];
    input = input.slice(match[0].length);
  }
  const expected = text.slice(separator + 12);
  const json = expected.indexOf("{\n");
  const list = json < 0 ? expected : expected.slice(0, json);
  return {
    bytes: bytes ? unescape(input) : utf8(input),
    mode,
    keyFile,
    runtime,
    findings: list.split("\n").filter((line) => line !== ""),
    config: json < 0 ? undefined : expected.slice(json).trimEnd(),
  };
}

/** `\xNN` as octets, everything else as UTF-8. The last line's end is dropped, so that a file may end without one. */
function unescape(text: string): Uint8Array {
  const parts = text.replace(/\n$/, "").split(/\\x([0-9a-f]{2})/);
  return new Uint8Array(
    parts.flatMap((part, index) => index % 2 === 1 ? [parseInt(part, 16)] : [...utf8(part)]),
  );
}

/** A finding as a golden file shows it. */
export function goldenLine(one: Finding): string {
  const where = `${one.line}:${one.column}`;
  const section = one.section === null ? "" : ` [${one.section}]`;
  return `${one.level} ${one.code} ${where}${section}${one.option === null ? "" : ` ${one.option}`}`;
}

/**
 * A configuration as a golden file shows it: networks as they are written, certificates by their number, modes by what they
 * do.
 */
export function goldenConfig(config: Config): string {
  return JSON.stringify(config, (key, value: unknown) => {
    if (value instanceof Secret) return "*****";
    if (value instanceof Set) return [...value];
    if (key === "network" && typeof value === "object" && value !== null && "text" in value) return value.text;
    if (key === "clientIpAttribute" && typeof value === "object" && value !== null && "name" in value) {
      return value.name;
    }
    if (key === "mode" && isMode(value)) return describeMode(value);
    if (key === "caCerts" && typeof value === "string") {
      return `${value.split("BEGIN CERTIFICATE").length - 1} certificates`;
    }
    return value;
  }, 2);
}

function isMode(value: unknown): value is Mode {
  return typeof value === "object" && value !== null && "form" in value && "next" in value;
}

/** The options that a mode was made with, as far as they change what it does. */
function describeMode(mode: Mode): Readonly<Record<string, unknown>> {
  const { name, form } = mode;
  if (form.holds === "factor") return { name, unmatchedText: unmatchedTextOf(mode) };
  const delimiter = form.join("", "");
  return {
    name,
    factors: factorsOf(mode),
    allowConcat: delimiter !== undefined,
    ...(delimiter === undefined ? {} : { delimiter, delimitedPasswordLength: passwordLengthOf(mode) }),
  };
}

function unmatchedTextOf(mode: Mode): string {
  const asks = (fromBrowser: boolean): boolean => mode.read("correct horse", fromBrowser).kind === "readings";
  return asks(false) ? "auto" : asks(true) ? "browser" : "reject";
}

/** What the mode asks for of a user who can do all, then of one who can't do that, and so on. */
function factorsOf(mode: Mode): readonly string[] {
  const found: string[] = [];
  for (;;) {
    const names = ["push", "phone"].filter((name) => !found.includes(name));
    const next = mode.next({ version: 1, names, default: found.includes("auto") ? undefined : "push1" }, undefined);
    if (next.kind === "none") return found;
    if (next.kind === "ask") return [...found, "passcode"];
    found.push(next.factor.kind === "word" ? next.factor.factor : next.factor.kind);
  }
}

/** How many characters must stand before a factor for it to be one; 0 if that doesn't matter. */
function passwordLengthOf(mode: Mode): number {
  for (let length = 1; length < 40; length++) {
    const read = mode.read(`${"x".repeat(length)}push`, false);
    if (read.kind === "readings" && read.readings[0].factor !== undefined) return length;
  }
  return 0;
}
