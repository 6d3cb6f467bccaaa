/**
 * What is sent to whoever helps: versions, what becomes of the configuration, checks, what the running proxy says, the
 * configuration itself and the ends of the logs, with no secret in any of it.
 *
 * @module
 */

import type { CheckResult } from "../check/check.ts";
import { type Finding, findingCodes } from "../config/diagnostics.ts";
import { besideConfig, type ConfigHost, readWhole } from "../config/host.ts";
import { loadConfig, type LoadResult, type SectionSummary } from "../config/load.ts";
import { keyFileName } from "../config/protected.ts";
import { maskedValue } from "../config/secrets.ts";
import { Hidden, maskTokens } from "../config/mask.ts";
import type { ReadPart } from "../log/file_tail.ts";
import { visibleText } from "../text.ts";
import { readLogEnds } from "./log_ends.ts";
import { optionName, redactConfig, sectionName } from "./redact.ts";

/** Where a bundle's content comes from. */
export interface BundleSources {
  readonly host: ConfigHost;
  readonly configFile: string;
  /** Undefined: `duoproxy.key` beside the configuration. */
  readonly keyFile: string | undefined;
  /** Lines that say which program this is. */
  readonly versions: readonly string[];
  readonly readPart: ReadPart;
  /** What the running proxy says of itself, or why it says nothing. Never rejects. */
  status(): Promise<readonly string[]>;
  /** Makes the checks of `connectivity-check`. If it rejects, the bundle says so and goes on. */
  checks(loaded: Exclude<LoadResult, { kind: "absent" }>): Promise<readonly CheckResult[]>;
}

/** Of a longer file only the beginning is shown. In lines. */
const mostLines = 5_000;

/** Makes the bundle. Never rejects for anything in the files. */
export async function buildBundle(sources: BundleSources): Promise<string> {
  const { host, configFile, versions } = sources;
  const keyFile = sources.keyFile ?? besideConfig(configFile, keyFileName);
  const content = await readWhole(host, configFile);
  const loaded = await loadConfig(configFile, host, keyFile);
  const redacted = content.kind === "read" ? redactConfig(content.bytes, revealedBy(loaded)) : content;
  const hidden = redacted.kind === "redacted" ? redacted.hidden : new Hidden();
  const parts: string[] = [
    part("duoproxy support bundle", [
      `Made at ${new Date(host.wallNow()).toISOString()}`,
      "Secrets, remarks and everything unknown in the configuration are masked; read it before you pass it on",
    ]),
    part("Versions", versions),
    part("Files", [await describeFile(host, configFile), await describeFile(host, keyFile)]),
  ];
  if (loaded.kind === "absent") parts.push(part("Findings", [describeFinding(loaded.finding)]));
  else {
    parts.push(part("Sections", loaded.sections.map((section) => describeSection(section, hidden))));
    parts.push(part("Findings", loaded.findings.map(describeFinding)));
    parts.push(part("Checks", await describeChecks(sources, loaded, hidden)));
  }
  const show = (text: string): string => hidden.remove(maskTokens(visibleText(text)));
  parts.push(part("Status", (await sources.status()).map(show)));
  parts.push(part(
    "Configuration",
    redacted.kind === "redacted" ? numberLines(redacted.lines) : [`The file ${redacted.problem}, so it isn't shown`],
  ));
  const bytes = content.kind === "read" ? content.bytes : undefined;
  for (const { title, lines } of await readLogEnds(configFile, bytes, sources.readPart, show)) {
    parts.push(part(title, lines));
  }
  return parts.join("\n");
}

/** All secrets that were read, from wherever they came. */
function revealedBy(loaded: LoadResult): readonly string[] {
  const servers = loaded.kind === "ok" ? loaded.config.servers : loaded.kind === "invalid" ? loaded.sound : [];
  return servers.flatMap(({ duo, gateways }) => [duo.skey.reveal(), ...gateways.map(({ secret }) => secret.reveal())]);
}

function part(title: string, lines: readonly string[]): string {
  return `${title}\n${"-".repeat(title.length)}\n${lines.map((line) => `${line}\n`).join("")}`;
}

async function describeFile(host: ConfigHost, path: string): Promise<string> {
  // Who passes a secret as the name of a file would find it here.
  const shown = `${maskTokens(visibleText(path))}:`;
  try {
    const { kind, size, mode } = await host.stat(path);
    const bits = mode === null ? "" : `, mode ${(mode & 0o7777).toString(8).padStart(4, "0")}`;
    return `${shown} ${kind}, ${size} octets${bits}`;
  } catch {
    const content = await readWhole(host, path);
    return `${shown} ${content.kind === "unreadable" ? content.problem : "can be read"}`;
  }
}

function describeSection({ name, line, fate, detail }: SectionSummary, hidden: Hidden): string {
  // The detail of a client names the sections that use it, all of which have a type.
  const shown = fate === "unknown" ? fate : hidden.remove(maskTokens(visibleText(detail)));
  return `line ${line}: [${sectionName(name) ?? maskedValue}]: ${shown}`;
}

/** Place and code: a finding's own words may quote what stands in the file. */
function describeFinding({ line, column, level, code, section, option }: Finding): string {
  const where = section === null ? "" : ` [${sectionName(section) ?? maskedValue}]`;
  const what = option === null ? "" : ` ${optionName(option) ?? maskedValue}`;
  return `${line}:${column}: ${level}: ${findingCodes[code]} [${code}]${where}${what}`;
}

async function describeChecks(
  { checks }: BundleSources,
  loaded: Exclude<LoadResult, { kind: "absent" }>,
  hidden: Hidden,
): Promise<readonly string[]> {
  let results: readonly CheckResult[];
  try {
    results = await checks(loaded);
  } catch (error) {
    return [`The checks could not be made: ${error instanceof Error ? error.name : "unknown error"}`];
  }
  return results.flatMap((result): readonly string[] => {
    const { name, section, status, facts } = result;
    const shown = (text: string): string => hidden.remove(maskTokens(visibleText(text)));
    const head = `${status}: ${name}${section === null ? "" : ` [${sectionName(section) ?? maskedValue}]`}`;
    // What is wrong with the file stands above, without its words.
    if (result.where === "file") return [head];
    const lines = [`${head}: ${shown(result.message)}`];
    if (result.remedy !== null && status !== "ok") lines.push(`    ${shown(result.remedy)}`);
    for (const [fact, value] of Object.entries(facts)) {
      lines.push(`    ${fact} = ${shown(typeof value === "object" ? value.join(", ") : String(value))}`);
    }
    return lines;
  });
}

function numberLines(lines: readonly string[]): readonly string[] {
  const digits = String(Math.min(lines.length, mostLines)).length;
  const numbered = lines.slice(0, mostLines).map((line, index) =>
    `${String(index + 1).padStart(digits)}  ${line}`.trimEnd()
  );
  return lines.length > mostLines ? [...numbered, `${lines.length - mostLines} more lines are not shown`] : numbered;
}
