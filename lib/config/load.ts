/**
 * From a file to a {@link Config}, or to everything that is wrong with it.
 *
 * @module
 */

import { assignClients } from "./checks/clients.ts";
import { type OpenedFiles, openFiles } from "./checks/files.ts";
import { checkListeners } from "./checks/listeners.ts";
import { checkMainOptions } from "./checks/main_options.ts";
import { checkSection } from "./checks/section.ts";
import type { Config, RadiusServerConfig } from "./config.ts";
import { type Finding, finding, type Level } from "./diagnostics.ts";
import { decodeText } from "./encoding.ts";
import { Findings } from "./findings.ts";
import { besideConfig, type ConfigHost, type FileContent, readWhole, systemHost } from "./host.ts";
import { type IniDocument, type IniSection, readIni } from "./ini.ts";
import { quoted, say } from "./message.ts";
import { nearest } from "./nearest.ts";
import { findRow, sectionTables, tableFor } from "./options.ts";
import { keyFileName } from "./protected.ts";
import { readSettings } from "./read_settings.ts";
import { secretsIn } from "./secret_values.ts";
import type { Context, Settings, SoundSection } from "./section.ts";
import { buildMain, main as mainTable, unknownOptions, unsetMain } from "./sections/main.ts";
import { headerPlace } from "./settings.ts";

/** What becomes of a section. */
export interface SectionSummary {
  /** Lower-cased, as in the file; masked if it looks like a secret. */
  readonly name: string;
  /** Name of its table; null if there is none. */
  readonly type: string | null;
  /** Line of the header, counted from 1. */
  readonly line: number;
  readonly fate: "read" | "served" | "client" | "unused" | "not-served" | "ignored" | "unknown";
  /** The same in words for people, such as `served: UDP port 1812, 2 gateways`. */
  readonly detail: string;
}

/** What reading a configuration file comes to. */
export type LoadResult =
  | {
    readonly kind: "ok";
    readonly config: Config;
    /** Warnings only, in the file's order. */
    readonly findings: readonly Finding[];
    readonly sections: readonly SectionSummary[];
  }
  | {
    readonly kind: "invalid";
    /** At least one error, in the file's order. */
    readonly findings: readonly Finding[];
    readonly sections: readonly SectionSummary[];
    /** Server sections that no error concerns: `connectivity-check` looks at them all the same. */
    readonly sound: readonly RadiusServerConfig[];
  }
  | {
    /** There is no file that can be read: exit code 66. */
    readonly kind: "absent";
    readonly finding: Finding;
  };

/**
 * Reads and checks a configuration file and the files that it names. Everything that is wrong is found in one go.
 * Never rejects for anything in the files.
 *
 * @param keyFile what opens protected values, as `--key-file` names it; else `duoproxy.key` beside the configuration.
 */
export async function loadConfig(
  file: string,
  host: ConfigHost = systemHost,
  keyFile: string = besideConfig(file, keyFileName),
): Promise<LoadResult> {
  const content = await readWhole(host, file);
  if (content.kind === "unreadable") {
    const place = { line: 1, column: 1 };
    return {
      kind: "absent",
      finding: finding(
        "error",
        "no-file",
        file,
        place,
        `The configuration file ${content.problem}`,
        "Name another one with --config FILE",
      ),
    };
  }
  return await loadText(file, content, host, keyFile);
}

async function loadText(
  file: string,
  { bytes, worldReadable }: Extract<FileContent, { kind: "read" }>,
  host: ConfigHost,
  keyFile: string,
): Promise<LoadResult> {
  const findings = new Findings(file);
  const document = readDocument(bytes, findings);
  if (document === undefined) return { kind: "invalid", findings: findings.sorted(), sections: [], sound: [] };
  for (const secret of secretsIn(document)) findings.hide(secret);
  const context = readSections(document, findings);
  const all = context.main === undefined ? context.sections : [context.main, ...context.sections];
  for (const settings of all) checkSection(context, settings);
  const clients = assignClients(context);
  checkMainOptions(context);
  checkListeners(context);
  const opened = await openFiles(context, file, keyFile, host);
  for (const secrets of opened.secrets.values()) {
    for (const secret of secrets.values()) findings.hide(secret.reveal());
  }
  checkServed(document, context, findings);
  if (worldReadable && holdsSecrets(all)) {
    findings.warning(
      "world-readable",
      { line: 1, column: 1 },
      "Every user of this machine can read this file, and it holds secrets",
      "Take the right away with chmod o-r",
    );
  }
  const sections = summarize(document, context, clients, findings);
  if (findings.failed) {
    const sorted = findings.sorted();
    const sound = buildServers(context, soundSections(context, sorted), opened);
    return { kind: "invalid", findings: sorted, sections, sound };
  }
  return { kind: "ok", config: buildConfig(file, context, opened), findings: findings.sorted(), sections };
}

/** Decodes and reads; undefined if the file is no text, which has been reported. */
function readDocument(bytes: Uint8Array, findings: Findings): IniDocument | undefined {
  const decoded = decodeText(bytes);
  const start = { line: 1, column: 1 };
  if (decoded.kind === "wide") {
    findings.error("utf-16", start, `The file is in ${decoded.encoding}`, "Save it as UTF-8");
    return undefined;
  }
  const { text } = decoded;
  if (decoded.byteOrderMark) {
    findings.warning(
      "byte-order-mark",
      start,
      "The file begins with a byte order mark, which was skipped",
      "Save it as UTF-8 without one",
    );
  }
  if (decoded.firstInvalid !== undefined) {
    findings.warning(
      "not-utf-8",
      placeOf(text, decoded.firstInvalid),
      "The file isn't UTF-8 from here on, so it was read as Windows-1252",
      "Save it as UTF-8",
    );
  }
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    findings.error(
      "nul-byte",
      placeOf(text, nul),
      "There is a NUL byte, so the file is damaged or no text",
      "Restore it from a backup",
    );
    return undefined;
  }
  return readIni(text, findings);
}

/** Line and column of an index in a text. */
function placeOf(text: string, index: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, index).split(/\r\n|\n|\r/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}

/** Reads every section by its table, and says what isn't served. */
function readSections(document: IniDocument, findings: Findings): Context {
  const named = document.sections.map((section) => ({ section, table: tableFor(section.name) }));
  const unknownLevel = levelOfUnknown(named.find(({ table }) => table === mainTable)?.section);
  let main: Settings | undefined;
  const sections: Settings[] = [];
  for (const { section, table } of named) {
    if (table === undefined) {
      reportUnknownSection(section, findings);
    } else if (table.fate === "ignored") {
      findings.warning(
        "ignored-section",
        headerPlace(section),
        `[${section.name}] is not served, for ${table.reason}`,
        "Keep the old proxy for it, or remove the section",
      );
    } else {
      if (table.fate === "not-served") reportNotServed(section, table.reason, findings);
      const settings = readSettings(section, table, unknownLevel, findings);
      if (table === mainTable) main = settings;
      else sections.push(settings);
    }
  }
  return { findings, main, sections, byName: new Map(sections.map((one) => [one.section.name, one])) };
}

/** What an option is that nobody knows, before anything is said about `[main]` itself. */
function levelOfUnknown(section: IniSection | undefined): Level {
  const entry = section?.entries.find(({ name }) => name === unknownOptions.name);
  const reading = entry && unknownOptions.read(entry.value);
  return reading?.kind === "value" && reading.value === "warn" ? "warning" : "error";
}

function reportUnknownSection(section: IniSection, findings: Findings): void {
  const digits = /[0-9]{1,9}$/.exec(section.name)?.[0] ?? "";
  const base = section.name.slice(0, section.name.length - digits.length).replace(/[\s_.-]$/, "");
  const near = nearest(base, sectionTables.filter((table) => table.kind !== "hidden").map((table) => table.type));
  const number = near === mainTable.type ? "" : digits;
  findings.error(
    "unknown-section",
    headerPlace(section),
    section.name === "default"
      ? "There is no section [DEFAULT] whose options the other sections take over"
      : say`There is no section type for ${quoted(section.name)}`,
    section.name === "default"
      ? "Put the options into each section that needs them"
      : near === undefined
      ? "`duoproxy explain` lists the section types"
      : `Did you mean [${near}${number}]?`,
  );
}

function reportNotServed(section: IniSection, reason: string, findings: Findings): void {
  findings.error(
    "not-served",
    headerPlace(section),
    `[${section.name}] can't be served, for ${reason}`,
    "Keep the old proxy for what relies on it, or remove the section",
  );
}

/** An error if no server is left. Sections that can't be served have said so themselves. */
function checkServed(document: IniDocument, context: Context, findings: Findings): void {
  if (context.sections.some((one) => one.table.kind === "server" || one.table.kind === "service")) return;
  const servers = document.sections.some((section) => {
    const kind = tableFor(section.name)?.kind;
    return kind === "server" || kind === "service";
  });
  findings.error(
    "nothing-to-serve",
    { line: 1, column: 1 },
    servers ? "No section of the file is served" : "The file has no server section, so there is nothing to serve",
    "Add a section such as [radius_server_duo_only] or [radius_server_auto]",
  );
}

function holdsSecrets(all: readonly Settings[]): boolean {
  return all.some((settings) => {
    for (const { row } of settings.set.values()) {
      if (row.type.kind === "secret" || row.type.kind === "secret-key") return true;
    }
    return false;
  });
}

function summarize(
  document: IniDocument,
  context: Context,
  clients: ReadonlyMap<Settings, Settings>,
  findings: Findings,
): readonly SectionSummary[] {
  const users = new Map<string, string[]>();
  for (const [server, client] of clients) {
    const list = users.get(client.section.name) ?? [];
    users.set(client.section.name, list);
    list.push(`[${server.section.name}]`);
  }
  return document.sections.map((section) => {
    const table = tableFor(section.name);
    const settings = context.byName.get(section.name);
    const base = { name: findings.nameOf(section.name), type: table?.type ?? null, line: section.line };
    if (table === undefined) return { ...base, fate: "unknown", detail: "unknown" };
    if (table.fate !== "served") return { ...base, fate: table.fate, detail: "not served" };
    if (table.kind === "server") {
      const detail = settings === undefined ? "served" : `served: ${table.summarize(context, settings)}`;
      return { ...base, fate: "served", detail };
    }
    if (table.kind === "global") return { ...base, fate: "read", detail: "read" };
    const list = users.get(section.name);
    return list === undefined ? { ...base, fate: "unused", detail: "not used" } : {
      ...base,
      fate: "client",
      detail: `used by ${list.slice(0, 5).join(", ")}${list.length > 5 ? ", ..." : ""}`,
    };
  });
}

/** Sections that have no error of their own, nor one in what `[main]` hands down to them. */
function soundSections(context: Context, findings: readonly Finding[]): readonly Settings[] {
  const errors = findings.filter((one) => one.level === "error");
  const broken = new Set(errors.map((one) => one.section));
  const handedDown = errors.flatMap(({ section, option }) =>
    section === mainTable.type && option !== null ? [option] : []
  );
  return context.sections.filter(({ section, table, set }) =>
    !broken.has(section.name.slice(0, 64)) &&
    !handedDown.some((option) => !set.has(option) && findRow(table, option)?.inherited === true)
  );
}

/** What is needed to build a section that no error concerns. */
function soundSection({ main }: Context, settings: Settings, { secrets, certificates }: OpenedFiles): SoundSection {
  return { settings, main, secrets: secrets.get(settings) ?? new Map(), certificates };
}

/** The servers among sections that no error concerns. */
function buildServers(
  context: Context,
  sound: readonly Settings[],
  opened: OpenedFiles,
): readonly RadiusServerConfig[] {
  return sound.flatMap((settings) => {
    const { table } = settings;
    const served = table.kind === "server" && table.fate === "served";
    return served ? [table.build(soundSection(context, settings, opened))] : [];
  });
}

function buildConfig(file: string, context: Context, opened: OpenedFiles): Config {
  return {
    file,
    main: buildMain(soundSection(context, context.main ?? unsetMain, opened)),
    servers: buildServers(context, context.sections, opened),
  };
}
