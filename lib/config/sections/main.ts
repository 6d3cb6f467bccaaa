/**
 * `[main]`: what holds for the whole proxy.
 *
 * @module
 */

import type { MainConfig } from "../config.ts";
import { optional, own, preset } from "../rows.ts";
import type { Context, SectionTable, Settings, Socket, SoundSection } from "../section.ts";
import { defaultOf, isSet, optionPlace, settingOf, valueOf, valuePlace } from "../settings.ts";
import { given } from "../sound.ts";
import { interfaceAddress } from "../values/addresses.ts";
import { boolean, choice, directory, integer, port, seconds, sectionName, text } from "../values/words.ts";
import { debug as anyDebug, httpCaCertsFile, httpProxyHost, httpProxyPort } from "./shared/general.ts";
import { warnIneffective } from "./shared/ineffective.ts";

const facilities = [
  "LOG_KERN",
  "LOG_USER",
  "LOG_MAIL",
  "LOG_DAEMON",
  "LOG_AUTH",
  "LOG_LPR",
  "LOG_NEWS",
  "LOG_UUCP",
  "LOG_CRON",
  "LOG_SYSLOG",
  "LOG_LOCAL0",
  "LOG_LOCAL1",
  "LOG_LOCAL2",
  "LOG_LOCAL3",
  "LOG_LOCAL4",
  "LOG_LOCAL5",
  "LOG_LOCAL6",
  "LOG_LOCAL7",
] as const;

const debug = own(anyDebug);

/** Client section of servers that name none. */
export const client = optional("client", sectionName, "Client section for server sections that name none.");

/** The server section that must use it. */
export const server = optional(
  "server",
  sectionName,
  "Together with client: the server section that uses this client, whatever it says itself.",
);

const logAuthEvents = preset(
  "log_auth_events",
  boolean,
  "true",
  "Writes one JSON line for each step of a login. The old proxy did so only when asked.",
);

/** Whether the operational log goes to stdout too. */
export const logStdout = preset("log_stdout", boolean, "false", "Sends the operational log to stdout too.");

/** Where the logs are. */
export const logDir = preset(
  "log_dir",
  directory,
  "log",
  "Directory of the log files, relative to the installation directory.",
  { effect: "install" },
);

/** When they are rotated. */
export const logMaxSize = preset(
  "log_max_size",
  integer(0, Number.MAX_SAFE_INTEGER, "octets"),
  "10485760",
  "Size at which a log file is rotated; 0 = never.",
  { effect: "install" },
);

/** How many are kept. */
export const logMaxFiles = preset("log_max_files", integer(0), "6", "Rotated files to keep; 0 = all.", {
  effect: "install",
});

/** Whether the operational log goes to syslog instead. */
export const logSyslog = preset(
  "log_syslog",
  boolean,
  "false",
  "Sends the operational log to the local syslog.",
  { effect: "install" },
);

/** As what. */
export const syslogFacility = preset(
  "syslog_facility",
  choice(facilities),
  "LOG_USER",
  "Facility of what goes to syslog.",
  { effect: "install" },
);

const logFormat = preset(
  "log_format",
  choice(["text", "json"]),
  "text",
  "Form of the operational log: for people or as JSON lines.",
  { since: "duoproxy" },
);

const testConnectivityOnStartup = preset(
  "test_connectivity_on_startup",
  boolean,
  "false",
  "Runs the connectivity check at start, beside the logins. What it finds is logged.",
);

/** FIPS mode, which there is none of. */
export const fipsMode = preset(
  "fips_mode",
  boolean,
  "false",
  "FIPS-validated cryptography. It can't be offered, so only false is accepted.",
);

/** Name of this machine. */
export const hostname = optional(
  "hostname",
  text,
  "Name of this machine in events. Without it, what /etc/hostname says.",
  { since: "duoproxy" },
);

/** Port for health and metrics. */
export const statusPort = optional(
  "status_port",
  port,
  "TCP port for health, metrics and `duoproxy status`. Without it, there is none.",
  { since: "duoproxy" },
);

/** Its address. */
export const statusInterface = preset(
  "status_interface",
  interfaceAddress,
  "127.0.0.1",
  "Address of the status port.",
  { since: "duoproxy" },
);

/** How long a stop may take, in seconds. */
export const drainTimeout = preset(
  "drain_timeout",
  seconds(0, 3600),
  "10",
  "How long logins may take to end after a stop was asked for.",
  { since: "duoproxy" },
);

/** What options are that nobody knows. */
export const unknownOptions = preset(
  "unknown_options",
  choice(["error", "warn"]),
  "error",
  "Whether options that nobody knows stop the proxy or only give a warning.",
  { since: "duoproxy" },
);

/** `[main]`. */
export const main: SectionTable = {
  type: "main",
  kind: "global",
  fate: "served",
  doc: "What holds for the whole proxy, and defaults for the sections below.",
  rows: [
    debug,
    own(httpCaCertsFile),
    optional(
      "interface",
      interfaceAddress,
      "Address to listen on, for sections that name none. Without it, all addresses.",
    ),
    own(httpProxyHost),
    own(httpProxyPort),
    client,
    server,
    logAuthEvents,
    preset("log_sso_events", boolean, "true", "Events of [sso], which isn't served.", { effect: "none" }),
    preset(
      "log_file",
      boolean,
      "false",
      "Accepted; where the log is written is decided by the service unit.",
      { effect: "none" },
    ),
    logStdout,
    logDir,
    logMaxSize,
    logMaxFiles,
    logSyslog,
    syslogFacility,
    logFormat,
    testConnectivityOnStartup,
    fipsMode,
    hostname,
    statusPort,
    statusInterface,
    drainTimeout,
    unknownOptions,
  ],
  check,
  sockets,
};

/** `[main]` of a file that has none. */
export const unsetMain: Settings = {
  section: { name: main.type, line: 1, column: 1, entries: [] },
  table: main,
  set: new Map(),
  empty: new Map(),
};

function sockets(settings: Settings): readonly Socket[] {
  const number = valueOf(settings, statusPort);
  return number === undefined ? [] : [{ protocol: "TCP", port: number, row: statusPort, interface: statusInterface }];
}

function check(context: Context, settings: Settings): void {
  checkInstallOnly(context, settings);
  if (!isSet(settings, statusPort)) warnIneffective(context, settings, [statusInterface], "without status_port");
  checkFips(context, settings);
}

/** Options that only the installer reads, where they differ from what it does anyway. */
function checkInstallOnly({ findings }: Context, settings: Settings): void {
  for (const { row, entry, value } of settings.set.values()) {
    if (row.effect !== "install" || value === undefined || value === defaultOf(row)) continue;
    const place = optionPlace(settings.section, entry);
    if (row === syslogFacility && valueOf(settings, logSyslog) === false) {
      findings.warning("ineffective", place, "syslog_facility has no effect, for log_syslog is not true");
    } else {
      findings.warning(
        "next-install",
        place,
        `${row.name} takes effect at the next install, which shapes the service unit and the log rotation`,
        "Run `duoproxy install` with this file",
      );
    }
  }
}

function checkFips({ findings }: Context, settings: Settings): void {
  const setting = settingOf(settings, fipsMode);
  if (setting?.value !== true) return;
  findings.error(
    "fips-mode",
    valuePlace(settings.section, setting.entry),
    "FIPS mode can't be offered: RADIUS needs MD5, and the cryptography here isn't validated",
    "Remove fips_mode or set it to false",
  );
}

/** What holds for the whole proxy. */
export function buildMain(section: SoundSection): MainConfig {
  return {
    debug: given(section, debug),
    hostname: given(section, hostname),
    logAuthEvents: given(section, logAuthEvents),
    logStdout: given(section, logStdout),
    logFormat: given(section, logFormat),
    logDir: given(section, logDir),
    logMaxSize: given(section, logMaxSize),
    logMaxFiles: given(section, logMaxFiles),
    logSyslog: given(section, logSyslog),
    syslogFacility: given(section, syslogFacility),
    statusPort: given(section, statusPort),
    statusInterface: given(section, statusInterface),
    drainTimeout: given(section, drainTimeout),
    testConnectivityOnStartup: given(section, testConnectivityOnStartup),
  };
}
