/**
 * The systemd unit, `systemd.service(5)` and `systemd.exec(5)`, from its template in `conf/`.
 *
 * @module
 */

import template from "../../conf/duoauthproxy.service" with { type: "text" };
import { version } from "../version.ts";
import type { Layout } from "./layout.ts";
import type { LogSettings } from "./log_settings.ts";
import type { InstallOptions } from "./options.ts";
import { unitBindPath, unitPath, unitWord } from "./quoting.ts";
import { fillTemplate } from "./template.ts";

/** Seconds between a stop's request and the kill: what the logins get, and time to end in order. */
export function stopTimeout(log: LogSettings): number {
  return Math.ceil(log.drainTimeout) + 10;
}

/** The text of `duoauthproxy.service`. */
export function serviceUnit(options: InstallOptions, layout: Layout, log: LogSettings): string {
  // The sandbox gives the service an empty /tmp and hides homes: an installation in there has to be shown to it.
  const inHome = /^\/(?:home|root)\//.test(options.installDir);
  const hidden = inHome || /^\/(?:var\/)?tmp\//.test(options.installDir);
  return fillTemplate(template, {
    VERSION: version,
    USER: options.serviceUser,
    PROGRAM: unitWord(layout.program),
    CONFIG: unitWord(layout.config),
    DRAIN: String(log.drainTimeout),
    STOP: String(stopTimeout(log)),
    EVENTS: unitPath(layout.eventLog),
    STDERR: log.syslogFacility === undefined ? `StandardError=append:${unitPath(layout.mainLog)}` : [
      "# [main] log_syslog: the operational log goes to the journal and from there to syslog.",
      "StandardError=journal",
      "SyslogIdentifier=Authproxy",
      `SyslogFacility=${log.syslogFacility}`,
    ].join("\n"),
    CAPABILITY_REMARK: options.portCapability
      ? "one, to listen on ports below 1024 (--port-capability)."
      : "none. Ports below 1024 need one: duoproxy install --port-capability.",
    CAPABILITIES: options.portCapability ? "CAP_NET_BIND_SERVICE" : "",
    PROTECT_HOME: inHome ? "tmpfs" : "yes",
    BIND: hidden
      ? `# The installation lies in a directory that is hidden from the service otherwise.\nBindReadOnlyPaths=${
        unitBindPath(options.installDir)
      }\n`
      : "",
  });
}
