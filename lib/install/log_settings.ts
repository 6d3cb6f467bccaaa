/**
 * The options of `[main]` that shape unit and rotation. They take effect when `install` runs, for the daemon writes no
 * file.
 *
 * @module
 */

import { renderFinding } from "../config/diagnostics.ts";
import { Findings } from "../config/findings.ts";
import { decodeText } from "../config/encoding.ts";
import { readIni } from "../config/ini.ts";
import { quote } from "../config/message.ts";
import { tableFor } from "../config/options.ts";
import { secretsIn } from "../config/secret_values.ts";
import { booleanOf, defaultOf, numberOf, readSettings, type Settings, textOf } from "../config/read_settings.ts";
import { checkDirectory, type Refusal } from "./options.ts";

/** How logs are kept. */
export interface LogSettings {
  /** Absolute, without a slash at the end. */
  readonly directory: string;
  /** Size at which a file is rotated, in octets; 0: never. */
  readonly maxSize: number;
  /** Rotated files kept; 0: all. */
  readonly maxFiles: number;
  /** Name of the syslog facility in small letters, such as `local0`; undefined: the operational log is a file. */
  readonly syslogFacility: string | undefined;
  /** Whether the operational log goes to stdout too, and with that among the events. */
  readonly toStdout: boolean;
  /** How long the daemon waits for logins at a stop, in seconds. */
  readonly drainTimeout: number;
}

const mainOptions = [
  "log_dir",
  "log_max_size",
  "log_max_files",
  "log_syslog",
  "syslog_facility",
  "log_stdout",
  "drain_timeout",
] as const;

/**
 * Reads the settings from a configuration's octets; the rest of the file may be in any state, for `check` judges it.
 *
 * @param file its name, for messages.
 */
export function readLogSettings(bytes: Uint8Array, file: string, installDir: string): LogSettings | Refusal {
  const decoded = decodeText(bytes);
  if (decoded.kind === "wide") return { refused: `${file} is in ${decoded.encoding}; save it as UTF-8` };
  const table = tableFor("main");
  if (table === undefined) throw new Error("There is no table for [main]");
  const document = readIni(decoded.text, new Findings(file));
  const section = document.sections.find((one) => one.name === "main");
  const findings = new Findings(file);
  for (const secret of secretsIn(document)) findings.hide(secret);
  const settings = readSettings(
    section ?? { name: "main", line: 1, column: 1, entries: [] },
    table,
    "warning",
    findings,
  );
  const wrong = findings.sorted().find((one) =>
    one.level === "error" && mainOptions.some((name) => name === one.option?.toLowerCase())
  );
  if (wrong !== undefined) return { refused: renderFinding(wrong) };
  return fromSettings(settings, file, installDir);
}

/** The settings of a file that says nothing about logs. */
export function defaultLogSettings(installDir: string): LogSettings {
  const settings = readLogSettings(new Uint8Array(), "authproxy.cfg", installDir);
  if ("refused" in settings) throw new Error(settings.refused);
  return settings;
}

function fromSettings(settings: Settings, file: string, installDir: string): LogSettings | Refusal {
  const given = textOf(settings, "log_dir") ?? "log";
  // The old proxy saw relative ones from the installation directory.
  const directory = checkDirectory(given.startsWith("/") ? given : `${installDir}/${given.replace(/^(?:\.\/)+/, "")}`);
  if (typeof directory !== "string") return { refused: `${file}: log_dir ${directory.refused}` };
  const taken = ["", "/bin", "/conf", "/run", "/saved", "/usr"].map((name) => `${installDir}${name}`);
  const inside = taken.slice(1).some((path) => directory.startsWith(`${path}/`));
  if (taken.includes(directory) || inside) {
    return {
      refused: `${file}: log_dir is ${quote(given)}, which is used for something else; name a directory of its own`,
    };
  }
  const facility = textOf(settings, "syslog_facility") ?? "LOG_USER";
  return {
    directory,
    maxSize: number(settings, "log_max_size"),
    maxFiles: number(settings, "log_max_files"),
    syslogFacility: booleanOf(settings, "log_syslog") === true
      ? facility.toLowerCase().replace(/^log_/, "")
      : undefined,
    toStdout: booleanOf(settings, "log_stdout") === true,
    drainTimeout: number(settings, "drain_timeout"),
  };
}

function number(settings: Settings, name: string): number {
  const value = numberOf(settings, name);
  if (value !== undefined) return value;
  const row = settings.table.rows.find((one) => one.name === name);
  const fallback = row === undefined ? undefined : defaultOf(row);
  if (typeof fallback !== "number") throw new Error(`[main] ${name} has no number as its default`);
  return fallback;
}
