/**
 * Where the parts of an installation lie.
 *
 * @module
 */

import type { LogSettings } from "./log_settings.ts";

/** Absolute paths of an installation's parts. */
export interface Layout {
  readonly installDir: string;
  readonly binDir: string;
  readonly confDir: string;
  readonly runDir: string;
  readonly logDir: string;
  /** What `install` finds in the way of its own files is moved here. */
  readonly savedDir: string;
  readonly program: string;
  readonly control: string;
  readonly config: string;
  readonly key: string;
  readonly mainLog: string;
  readonly eventLog: string;
  readonly pidFile: string;
  readonly receipt: string;
}

/** Places outside of the installation directory, the same in every installation. */
export const systemLayout = {
  service: "duoauthproxy.service",
  unit: "/etc/systemd/system/duoauthproxy.service",
  initScript: "/etc/init.d/duoauthproxy",
  logrotate: "/etc/logrotate.d/duoauthproxy",
  /** On root's PATH nearly everywhere, and no package's territory. */
  controlLink: "/usr/local/sbin/authproxyctl",
  programLink: "/usr/local/bin/duoproxy",
  selinuxModule: "duoproxy",
} as const;

/** Where the receipt of an installation lies. */
export function receiptPath(installDir: string): string {
  return `${installDir}/install.receipt`;
}

/** The paths of an installation, named as the original names them. */
export function layoutOf(installDir: string, log: Pick<LogSettings, "directory">): Layout {
  return {
    installDir,
    binDir: `${installDir}/bin`,
    confDir: `${installDir}/conf`,
    runDir: `${installDir}/run`,
    logDir: log.directory,
    savedDir: `${installDir}/saved`,
    program: `${installDir}/bin/duoproxy`,
    control: `${installDir}/bin/authproxyctl`,
    config: configPath(installDir),
    key: `${installDir}/conf/duoproxy.key`,
    mainLog: `${log.directory}/authproxy.log`,
    eventLog: `${log.directory}/authevents.log`,
    pidFile: `${installDir}/run/duoauthproxy.pid`,
    receipt: receiptPath(installDir),
  };
}

/** The configuration of an installation. */
export function configPath(installDir: string): string {
  return `${installDir}/conf/authproxy.cfg`;
}
