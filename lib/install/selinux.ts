/**
 * Labels for SELinux, as a module in CIL, which `semodule -i` takes as text.
 *
 * Nothing has to be allowed. By the targeted policy what lies in a directory `bin` below `/opt` or in `/usr/local` has
 * type `bin_t`, and systemd starts that as `unconfined_service_t`. In other places it would be refused, or would run
 * with systemd's own rights: there the program needs the label. The logs need one everywhere but below `/var/log`, as
 * systemd opens them and logrotate, which is confined, cuts them. The script asks the policy which of the two are
 * missing.
 *
 * @module
 */

import type { Layout } from "./layout.ts";
import { contextPattern } from "./quoting.ts";

/** The two parts of the module; the script puts together what is needed. */
export interface SelinuxLabels {
  readonly program: string;
  readonly logs: string;
}

/** Lines of CIL that give a tree of files its label. */
export function selinuxLabels(layout: Layout): SelinuxLabels {
  return {
    program: `; Programs that systemd starts.\n${label(layout.binDir, "bin_t")}`,
    logs: `; Logs that systemd opens and logrotate cuts.\n${label(layout.logDir, "var_log_t")}`,
  };
}

function label(directory: string, type: string): string {
  return `(filecon "${contextPattern(directory)}(/.*)?" any (system_u object_r ${type} ((s0) (s0))))\n`;
}
