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
import { readSettings } from "../config/read_settings.ts";
import { secretsIn } from "../config/secret_values.ts";
import type { SoundSection } from "../config/section.ts";
import {
  drainTimeout,
  logDir,
  logMaxFiles,
  logMaxSize,
  logStdout,
  logSyslog,
  main as mainTable,
  syslogFacility,
  unsetMain,
} from "../config/sections/main.ts";
import { given } from "../config/sound.ts";
import { checkDirectory, type Refusal } from "./options.ts";

/** How logs are kept. */
export interface LogSettings {
  /** Absolute, without a slash at the end. */
  readonly directory: string;
  /** Size at which a file is rotated, in bytes; 0: never. */
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

const mainOptions = [logDir, logMaxSize, logMaxFiles, logSyslog, syslogFacility, logStdout, drainTimeout];

/**
 * Reads the settings from a configuration's bytes; the rest of the file may be in any state, for `check` judges it.
 *
 * @param file its name, for messages.
 */
export function readLogSettings(bytes: Uint8Array, file: string, installDir: string): LogSettings | Refusal {
  const decoded = decodeText(bytes);
  if (decoded.kind === "wide") return { refused: `${file} is in ${decoded.encoding}; save it as UTF-8` };
  const document = readIni(decoded.text, new Findings(file));
  const section = document.sections.find(({ name }) => name === mainTable.type) ?? unsetMain.section;
  const findings = new Findings(file);
  for (const secret of secretsIn(document)) findings.hide(secret);
  const settings = readSettings(section, mainTable, "warning", findings);
  const wrong = findings.sorted().find((one) =>
    one.level === "error" && mainOptions.some(({ name }) => name === one.option?.toLowerCase())
  );
  if (wrong !== undefined) return { refused: renderFinding(wrong) };
  return fromMain({ settings, main: undefined, secrets: new Map(), certificates: new Map() }, file, installDir);
}

/** The settings of a file that says nothing about logs. */
export function defaultLogSettings(installDir: string): LogSettings {
  const settings = readLogSettings(new Uint8Array(), "authproxy.cfg", installDir);
  if ("refused" in settings) throw new Error(settings.refused);
  return settings;
}

/** @param main of which what is read here has no error. */
function fromMain(main: SoundSection, file: string, installDir: string): LogSettings | Refusal {
  const written = given(main, logDir);
  // The old proxy saw relative ones from the installation directory.
  const directory = checkDirectory(
    written.startsWith("/") ? written : `${installDir}/${written.replace(/^(?:\.\/)+/, "")}`,
  );
  if (typeof directory !== "string") return { refused: `${file}: log_dir ${directory.refused}` };
  const taken = ["", "/bin", "/conf", "/run", "/saved", "/usr"].map((name) => `${installDir}${name}`);
  const inside = taken.slice(1).some((path) => directory.startsWith(`${path}/`));
  if (taken.includes(directory) || inside) {
    return {
      refused: `${file}: log_dir is ${quote(written)}, which is used for something else; name a directory of its own`,
    };
  }
  return {
    directory,
    maxSize: given(main, logMaxSize),
    maxFiles: given(main, logMaxFiles),
    syslogFacility: given(main, logSyslog) ? given(main, syslogFacility).toLowerCase().replace(/^log_/, "") : undefined,
    toStdout: given(main, logStdout),
    drainTimeout: given(main, drainTimeout),
  };
}
