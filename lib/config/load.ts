/**
 * From a file to a {@link Config}, or to everything that is wrong with it.
 *
 * @module
 */

import { findAttribute } from "../radius/dictionary.ts";
import { assignClients } from "./checks/clients.ts";
import { type Context, effectiveSetting, effectiveValue } from "./checks/context.ts";
import { networkKey, type OpenedFiles, openFiles } from "./checks/files.ts";
import { checkListeners, listenAddress } from "./checks/listeners.ts";
import { checkRequests } from "./sections/shared/unsigned_requests.ts";
import { checkSection } from "./checks/section.ts";
import type {
  Config,
  DuoConfig,
  ListedFactor,
  MainConfig,
  RadiusClientConfig,
  RadiusServerConfig,
  Requirement,
} from "./config.ts";
import { type Finding, finding } from "./diagnostics.ts";
import { Findings } from "./findings.ts";
import { decodeText } from "./encoding.ts";
import { besideConfig, type ConfigHost, type FileContent, readWhole, systemHost } from "./host.ts";
import { type IniDocument, type IniSection, readIni } from "./ini.ts";
import { quoted, say } from "./message.ts";
import { nearest } from "./nearest.ts";
import { parseNetwork } from "../net/network.ts";
import { findRow, type SectionTable, sectionTables, tableFor } from "./options.ts";
import { keyFileName } from "./protected.ts";
import { secretsIn } from "./secret_values.ts";
import type { Secret } from "./secrets.ts";
import {
  booleanOf,
  defaultOf,
  headerPlace,
  listOf,
  numbered,
  numberOf,
  readSettings,
  type Settings,
  textOf,
} from "./read_settings.ts";
import type { Value } from "./values/words.ts";

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
  checkListeners(context);
  checkRequests(context, clients);
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
  const sections = summarize(document, context, clients);
  if (findings.failed) {
    const sorted = findings.sorted();
    const sound = soundServers(context, sorted).map((settings) => buildServer(context, settings, opened));
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
  const mainSection = named.find(({ table }) => table?.type === "main")?.section;
  const unknownOptions = mainSection?.entries.find((entry) => entry.name === "unknown_options")?.value.toLowerCase();
  const unknownLevel = unknownOptions === "warn" ? "warning" : "error";
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
      if (table.fate === "not-served") reportNotServed(section, table, findings);
      const settings = readSettings(section, table, unknownLevel, findings);
      if (table.type === "main") main = settings;
      else sections.push(settings);
    }
  }
  return { findings, main, sections, byName: new Map(sections.map((one) => [one.section.name, one])) };
}

function reportUnknownSection(section: IniSection, findings: Findings): void {
  const digits = /[0-9]{1,9}$/.exec(section.name)?.[0] ?? "";
  const base = section.name.slice(0, section.name.length - digits.length).replace(/[\s_.-]$/, "");
  const near = nearest(base, sectionTables.filter((table) => table.kind !== "hidden").map((table) => table.type));
  const number = near === "main" ? "" : digits;
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

function reportNotServed(section: IniSection, table: SectionTable, findings: Findings): void {
  findings.error(
    "not-served",
    headerPlace(section),
    `[${section.name}] can't be served, for ${table.reason}`,
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
    const base = { name: context.findings.nameOf(section.name), type: table?.type ?? null, line: section.line };
    if (table === undefined) return { ...base, fate: "unknown", detail: "unknown" };
    if (table.fate !== "served") return { ...base, fate: table.fate, detail: "not served" };
    if (table.kind === "global") return { ...base, fate: "read", detail: "read" };
    if (table.kind === "client") {
      const list = users.get(section.name);
      return list === undefined ? { ...base, fate: "unused", detail: "not used" } : {
        ...base,
        fate: "client",
        detail: `used by ${list.slice(0, 5).join(", ")}${list.length > 5 ? ", ..." : ""}`,
      };
    }
    return { ...base, fate: "served", detail: settings === undefined ? "served" : describeServer(context, settings) };
  });
}

function describeServer(context: Context, settings: Settings): string {
  const address = listenAddress(context, settings);
  const port = numberOf(settings, "port");
  const gateways = numbered(settings, "radius_ip").length;
  const failmode = textOf(settings, "failmode");
  const parts = [
    `UDP port ${port ?? "?"}${address === undefined ? "" : ` on ${address}`}`,
    `${gateways} ${gateways === 1 ? "gateway" : "gateways"}`,
    `failmode ${failmode ?? "?"}`,
  ];
  return `served: ${parts.join(", ")}`;
}

/** Servers that have no error of their own, nor one in what `[main]` hands down to them. */
function soundServers(context: Context, findings: readonly Finding[]): readonly Settings[] {
  const errors = findings.filter((one) => one.level === "error");
  const broken = new Set(errors.map((one) => one.section));
  const handedDown = errors.flatMap(({ section, option }) => section === "main" && option !== null ? [option] : []);
  return context.sections.filter(({ section, table, set }) =>
    table.kind === "server" && table.fate === "served" && !broken.has(section.name.slice(0, 64)) &&
    !handedDown.some((option) => !set.has(option) && findRow(table, option)?.inherited === true)
  );
}

// From here on what is built is free of errors: whatever is missing is a bug of ours.

function buildConfig(file: string, context: Context, opened: OpenedFiles): Config {
  const servers: RadiusServerConfig[] = [];
  for (const settings of context.sections) {
    if (settings.table.kind === "server") servers.push(buildServer(context, settings, opened));
  }
  return { file, main: buildMain(context.main), servers };
}

function buildMain(main: Settings | undefined): MainConfig {
  const settings = main ?? emptyMain();
  return {
    debug: sure(booleanOf(settings, "debug")),
    hostname: textOf(settings, "hostname"),
    logAuthEvents: sure(booleanOf(settings, "log_auth_events")),
    logStdout: sure(booleanOf(settings, "log_stdout")),
    logFormat: textOf(settings, "log_format") === "json" ? "json" : "text",
    logDir: sure(textOf(settings, "log_dir")),
    logMaxSize: sure(numberOf(settings, "log_max_size")),
    logMaxFiles: sure(numberOf(settings, "log_max_files")),
    logSyslog: sure(booleanOf(settings, "log_syslog")),
    syslogFacility: sure(textOf(settings, "syslog_facility")),
    statusPort: numberOf(settings, "status_port"),
    statusInterface: sure(textOf(settings, "status_interface")),
    drainTimeout: sure(numberOf(settings, "drain_timeout")),
    testConnectivityOnStartup: sure(booleanOf(settings, "test_connectivity_on_startup")),
  };
}

function emptyMain(): Settings {
  return {
    section: { name: "main", line: 1, column: 1, entries: [] },
    table: sure(tableFor("main")),
    set: new Map(),
    empty: new Map(),
  };
}

function buildServer(context: Context, settings: Settings, opened: OpenedFiles): RadiusServerConfig {
  const { section, table } = settings;
  const auto = table.type === "radius_server_auto";
  const exempt = numbered(settings, "exempt_username").map((one) => one.value);
  return {
    name: section.name,
    mode: auto ? "auto" : "duo_only",
    line: section.line,
    debug: effectiveValue(context, settings, "debug") === true,
    port: sure(numberOf(settings, "port")),
    interface: listenAddress(context, settings),
    clients: buildClients(settings, sure(opened.secrets.get(settings))),
    primary: { kind: "none" },
    duo: buildDuo(context, settings, opened),
    failmode: failmodeOf(sure(textOf(settings, "failmode"))),
    exemptUsernames: new Set(exempt.filter((name) => typeof name === "string")),
    factors: auto ? listOf(settings, "factors").filter(isListedFactor) : ["auto"],
    delimiter: auto ? sure(textOf(settings, "delimiter")) : ",",
    delimitedPasswordLength: auto ? sure(numberOf(settings, "delimited_password_length")) : 0,
    allowConcat: auto &&
      sure(settings.set.has("concat_mode") ? booleanOf(settings, "concat_mode") : booleanOf(settings, "allow_concat")),
    passwordEncoding: sure(textOf(settings, "pw_codec")),
    clientIpAttribute: sure(findAttribute(sure(textOf(settings, "client_ip_attr")))),
    loginTimeout: sure(numberOf(settings, "login_timeout")),
    joinRepeats: textOf(settings, "join_repeats") === "off" ? "off" : "strict",
    maxPending: sure(numberOf(settings, "max_pending")),
    unmatchedText: unmatchedTextOf(sure(textOf(settings, "unmatched_text"))),
    pushLimit: sure(numberOf(settings, "push_limit")),
    accountingPort: textOf(settings, "accounting") === "acknowledge"
      ? sure(numberOf(settings, "accounting_port"))
      : undefined,
    forceMessageAuthenticator: sure(booleanOf(settings, "force_message_authenticator")),
    limitProxyState: requirement(textOf(settings, "limit_proxy_state")),
  };
}

function buildClients(settings: Settings, secrets: ReadonlyMap<string, Secret>): readonly RadiusClientConfig[] {
  const clients = new Map<string, RadiusClientConfig>();
  for (const { number, value } of numbered(settings, "radius_ip")) {
    const network = sure(parseNetwork(typeof value === "string" ? value : ""));
    const key = networkKey(network);
    // Given twice, with the same secret and rule.
    if (clients.has(key)) continue;
    clients.set(key, {
      number: sure(number),
      network,
      secret: sure(secrets.get(`radius_secret_${number}`)),
      requireMessageAuthenticator: requirement(
        settings.set.get(`radius_require_message_authenticator_${number}`)?.value ??
          defaultOf(sure(findRow(settings.table, "radius_require_message_authenticator"))),
      ),
    });
  }
  return [...clients.values()];
}

function buildDuo(context: Context, settings: Settings, opened: OpenedFiles): DuoConfig {
  const caFile = effectiveSetting(context, settings, "http_ca_certs_file");
  const proxyHost = effectiveValue(context, settings, "http_proxy_host");
  const proxyPort = effectiveValue(context, settings, "http_proxy_port");
  const version = textOf(settings, "api_version");
  return {
    ikey: sure(textOf(settings, "ikey")),
    skey: sure(opened.secrets.get(settings)?.get("skey")),
    apiHost: sure(textOf(settings, "api_host")),
    apiPort: sure(numberOf(settings, "api_port")),
    apiTimeout: sure(numberOf(settings, "api_timeout")),
    apiVersion: version === "1" ? 1 : version === "2" ? 2 : "auto",
    signature: textOf(settings, "signature") === "hmac-sha512" ? "hmac-sha512" : "hmac-sha1",
    caCerts: caFile === undefined ? undefined : sure(opened.certificates.get(caFile)),
    httpProxy: typeof proxyHost === "string" && typeof proxyPort === "number"
      ? { host: proxyHost, port: proxyPort }
      : undefined,
  };
}

// What decides between in and out has no value to fall back on: a text that a table allows and nobody here knows is a bug.

function failmodeOf(text: string): RadiusServerConfig["failmode"] {
  if (text === "safe" || text === "secure") return text;
  throw new Error("A configuration without errors has another failmode than safe and secure");
}

function unmatchedTextOf(text: string): RadiusServerConfig["unmatchedText"] {
  if (text === "browser" || text === "auto" || text === "reject") return text;
  throw new Error("A configuration without errors has an unmatched_text that nobody knows");
}

function isListedFactor(word: string): word is ListedFactor {
  return word === "auto" || word === "push" || word === "phone" || word === "passcode";
}

function requirement(value: Value | undefined): Requirement {
  return value === "true" || value === "false" ? value : "auto";
}

/** A value that the checks before have made sure of. */
function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("A configuration without errors lacks a value");
  return value;
}
