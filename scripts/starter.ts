/**
 * `deno run scripts/starter.ts >conf/authproxy.cfg`: writes the starter file anew. Its remarks are the option tables' own
 * words, and a test fails when the file in the repository differs from them.
 *
 * @module
 */

import { shownName, tableFor } from "../lib/config/options.ts";
import type { OptionRow } from "../lib/config/row.ts";
import { describeType } from "../lib/config/values/describe.ts";
import { print } from "./print.ts";

/** One option of the starter file: given, or shown as a remark. */
interface StarterLine {
  readonly name: string;
  /** Text behind the `=`; for a remark the default or an example. */
  readonly value: string;
  /** True if the line is a remark. */
  readonly remark: boolean;
}

/** Widest line of remarks. */
const width = 100;

const introduction = `Configuration of duoproxy. Fill in the five empty values below, then run \`duoproxy check\`.

A remark is a line of its own that begins with # or ;. Text behind a value belongs to the value. \`duoproxy explain\` \
describes every section and option; only the most common ones are shown here.`;

const mainLines: readonly StarterLine[] = [
  given("status_port", "8812"),
  shown("interface", "192.0.2.10"),
  shown("http_proxy_host", "proxy.example.com"),
  shown("http_proxy_port"),
  shown("http_ca_certs_file", "/etc/ssl/certs/ca-certificates.crt"),
  shown("log_auth_events"),
  shown("debug"),
];

const serverLines: readonly StarterLine[] = [
  given("ikey", ""),
  given("skey", ""),
  given("api_host", ""),
  given("radius_ip_1", ""),
  given("radius_secret_1", ""),
  given("client", "duo_only_client"),
  given("failmode", "safe"),
  shown("port"),
  shown("login_timeout"),
  shown("radius_require_message_authenticator_1", "true"),
  shown("push_limit"),
  shown("unmatched_text"),
  shown("exempt_username_1", "admin"),
];

/** The whole text, with a line end at its end. */
export function starterText(): string {
  return [
    ...remark(introduction),
    "",
    ...section("main", mainLines),
    "",
    ...section("duo_only_client", []),
    "",
    ...section("radius_server_duo_only", serverLines),
    "",
  ].join("\n");
}

function given(name: string, value: string): StarterLine {
  return { name, value, remark: false };
}

/** Without a value, the default is shown. */
function shown(name: string, value?: string): StarterLine {
  return { name, value: value ?? "", remark: true };
}

function section(type: string, lines: readonly StarterLine[]): readonly string[] {
  const table = tableFor(type);
  if (table === undefined) throw new Error(`There is no table for ${type}`);
  const result = [...remark(table.doc), `[${type}]`];
  for (const line of lines) {
    const base = line.name.replace(/_[0-9]+$/, "");
    const row = table.rows.find((one) => one.name === base);
    if (row === undefined) throw new Error(`[${type}] has no option ${base}`);
    const value = line.value === "" && line.remark ? row.default ?? "" : line.value;
    result.push("", ...remark(describe(row)), `${line.remark ? "#" : ""}${line.name}=${value}`);
  }
  return result;
}

function describe(row: OptionRow): string {
  const state = row.required ? "required" : row.default === undefined ? "optional" : `default ${row.default}`;
  return `${shownName(row)} (${describeType(row.type)}; ${state}): ${row.doc}`;
}

/** Paragraphs as remarks, broken at blanks. */
function remark(text: string): readonly string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "#";
    for (const word of paragraph.split(" ")) {
      if (line.length + 1 + word.length > width) {
        lines.push(line);
        line = "#";
      }
      line = word === "" ? line : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

if (import.meta.main) print(starterText().trimEnd());
