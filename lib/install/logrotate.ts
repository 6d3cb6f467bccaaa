/**
 * The rotation of the logs, logrotate(8), from its template in `conf/`.
 *
 * @module
 */

import template from "../../conf/duoauthproxy.logrotate" with { type: "text" };
import { version } from "../version.ts";
import type { Layout } from "./layout.ts";
import type { LogSettings } from "./log_settings.ts";
import { logrotatePath } from "./quoting.ts";
import { fillTemplate } from "./template.ts";

/**
 * What stands for "all" of `log_max_files=0`: logrotate learned `rotate -1` late, and older ones would delete every
 * rotated file.
 */
const allFiles = 9999;

/** The text of `/etc/logrotate.d/duoauthproxy`. */
export function logrotateFile(layout: Layout, log: LogSettings): string {
  return fillTemplate(template, { VERSION: version, STANZA: log.maxSize === 0 ? never : stanza(layout, log) });
}

const never = "\n# [main] log_max_size=0: the logs are never rotated.";

function stanza(layout: Layout, log: LogSettings): string {
  const files = log.syslogFacility === undefined ? [layout.mainLog, layout.eventLog] : [layout.eventLog];
  const count = log.maxFiles === 0 ? allFiles : Math.min(log.maxFiles, allFiles);
  return `#
# logrotate runs once a day on most systems, so a file may grow beyond its size until then.

${files.map(logrotatePath).join("\n")}
{
    # The daemon has no right to open a file again, so its file is copied and cut. Lines written between the two are
    # lost: on a very busy log a few, on a log of logins next to none.
    copytruncate
    size ${log.maxSize}
${log.maxFiles === 0 ? `    # log_max_files=0: all are kept.\n` : ""}    rotate ${count}
    # Numbers as the old proxy gave them: dates would collide when a file is rotated twice a day.
    nodateext
    missingok
    notifempty
}`;
}
