/**
 * Where the logs of an installed configuration are.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";
import { layoutOf } from "./layout.ts";
import { defaultLogSettings, readLogSettings } from "./log_settings.ts";
import { installDefaults, type Refusal } from "./options.ts";

/** Paths of the two logs. */
export interface LogFiles {
  /** Undefined: the operational log goes to syslog. */
  readonly mainLog: string | undefined;
  readonly eventLog: string;
}

/**
 * The logs of a configuration.
 *
 * @param config its path.
 * @param bytes its content; undefined: what holds for one that says nothing about logs.
 */
export function findLogFiles(config: string, bytes: Uint8Array | undefined): LogFiles | Refusal {
  const directory = dirname(resolve(config));
  // Beside any other directory the installer would not have put anything.
  const installDir = basename(directory) === "conf" ? dirname(directory) : installDefaults.installDir;
  const settings = bytes === undefined ? defaultLogSettings(installDir) : readLogSettings(bytes, config, installDir);
  if ("refused" in settings) return settings;
  const { mainLog, eventLog } = layoutOf(installDir, settings);
  return { mainLog: settings.syslogFacility === undefined ? mainLog : undefined, eventLog };
}
