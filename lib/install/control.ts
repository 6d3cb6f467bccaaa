/**
 * `authproxyctl`, from its template in `conf/`.
 *
 * @module
 */

import template from "../../conf/authproxyctl" with { type: "text" };
import { version } from "../version.ts";
import { type Layout, systemLayout } from "./layout.ts";
import type { LogSettings } from "./log_settings.ts";
import type { InstallOptions } from "./options.ts";
import { shellWord } from "./quoting.ts";
import { fillTemplate } from "./template.ts";
import { stopTimeout } from "./unit.ts";

/** The text of `bin/authproxyctl`. */
export function controlScript(options: InstallOptions, layout: Layout, log: LogSettings): string {
  const words = {
    PROGRAM: layout.program,
    CONFIG: layout.config,
    USER: options.serviceUser,
    LOG_GROUP: options.logGroup,
    MAIN_LOG: layout.mainLog,
    EVENT_LOG: layout.eventLog,
    PID_FILE: layout.pidFile,
    UNIT_FILE: systemLayout.unit,
    UNIT: systemLayout.service,
    FACILITY: log.syslogFacility ?? "",
    PORT_CAPABILITY: options.portCapability ? "yes" : "no",
    STOP: String(stopTimeout(log)),
  };
  const quoted = Object.entries(words).map(([name, value]) => [name, shellWord(value)]);
  return fillTemplate(template, { ...Object.fromEntries(quoted), VERSION: version });
}
