/**
 * The options of `[main]`.
 *
 * @module
 */

import type { OptionRow } from "../options.ts";
import { anyInteger, boolean, httpProxyClientRows, inheritedRows, port, row, seconds, text } from "../rows.ts";

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
];

/** Rows of `[main]`. */
export const mainRows: readonly OptionRow[] = [
  ...inheritedRows.map((one) => ({ ...one, inherited: false })),
  row(
    "interface",
    { kind: "interface" },
    "Address to listen on, for sections that name none. Without it, all addresses.",
  ),
  ...httpProxyClientRows.map((one) => ({ ...one, inherited: false })),
  row("client", { kind: "section" }, "Client section for server sections that name none."),
  row(
    "server",
    { kind: "section" },
    "Together with client: the server section that uses this client, whatever it says itself.",
  ),
  row(
    "log_auth_events",
    boolean,
    "Writes one JSON line for each step of a login. The old proxy did so only when asked.",
    {
      default: "true",
    },
  ),
  row("log_sso_events", boolean, "Events of [sso], which isn't served.", { default: "true", effect: "none" }),
  row("log_file", boolean, "Accepted; where the log is written is decided by the service unit.", {
    default: "false",
    effect: "none",
  }),
  row("log_stdout", boolean, "Sends the operational log to stdout too.", { default: "false" }),
  row("log_dir", { kind: "directory" }, "Directory of the log files, relative to the installation directory.", {
    default: "log",
    effect: "install",
  }),
  row(
    "log_max_size",
    { kind: "integer", min: 0, max: Number.MAX_SAFE_INTEGER, unit: "octets" },
    "Size at which a log file is rotated; 0 = never.",
    { default: "10485760", effect: "install" },
  ),
  row("log_max_files", { kind: "integer", min: 0, max: anyInteger }, "Rotated files to keep; 0 = all.", {
    default: "6",
    effect: "install",
  }),
  row("log_syslog", boolean, "Sends the operational log to the local syslog.", { default: "false", effect: "install" }),
  row("syslog_facility", { kind: "choice", values: facilities }, "Facility of what goes to syslog.", {
    default: "LOG_USER",
    effect: "install",
  }),
  row(
    "log_format",
    { kind: "choice", values: ["text", "json"] },
    "Form of the operational log: for people or as JSON lines.",
    {
      default: "text",
      since: "duoproxy",
    },
  ),
  row(
    "test_connectivity_on_startup",
    boolean,
    "Runs the connectivity check at start, beside the logins. What it finds is logged.",
    {
      default: "false",
    },
  ),
  row("fips_mode", boolean, "FIPS-validated cryptography. It can't be offered, so only false is accepted.", {
    default: "false",
  }),
  row("hostname", text, "Name of this machine in events. Without it, what /etc/hostname says.", { since: "duoproxy" }),
  row("status_port", port, "TCP port for health, metrics and `duoproxy status`. Without it, there is none.", {
    since: "duoproxy",
  }),
  row("status_interface", { kind: "interface" }, "Address of the status port.", {
    default: "127.0.0.1",
    since: "duoproxy",
  }),
  row("drain_timeout", seconds(0, 3600), "How long logins may take to end after a stop was asked for.", {
    default: "10",
    since: "duoproxy",
  }),
  row(
    "unknown_options",
    { kind: "choice", values: ["error", "warn"] },
    "Whether options that nobody knows stop the proxy or only give a warning.",
    { default: "error", since: "duoproxy" },
  ),
];
