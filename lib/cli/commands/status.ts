/**
 * `duoproxy status`: how the running proxy is.
 *
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { ConfigHost } from "../../config/host.ts";
import type { StatusDocument } from "../../service/status.ts";
import { visibleText } from "../../text.ts";
import { type Command, exit, type ExitCode, type Invocation } from "../command.ts";
import { formatOption } from "../common_options.ts";
import { configFile, configOption } from "../config_file.ts";
import type { Terminal } from "../terminal.ts";
import { columns, hang, textWidth } from "../wrap.ts";

/** What the command takes from the process; a test gives its own. */
export interface StatusSeams {
  readonly clock: Clock;
  readonly host: ConfigHost;
}

/** The command's record. */
export const command: Command = {
  name: "status",
  summary: "Show how the running proxy is",
  usage: "status [--config FILE] [--format text|json]",
  description:
    "Asks the status port that the configuration file names. What an operator should look at comes first, then listeners, sections and gateways, each of which is signing its requests, not signing, or unknown. Of the file only status_port and status_interface are read, so it may have errors.\n\n" +
    "The status port is switched on by status_port=8812 in [main], or any other free port; status_interface says on which address, 127.0.0.1 by default. Without it nothing can be asked, and the command ends with 69.",
  positionals: [],
  options: [
    configOption,
    formatOption,
  ],
  examples: [
    { line: "duoproxy status", does: "Show the state of the installed proxy" },
    { line: "duoproxy status --config ./authproxy.cfg", does: "Show that of a proxy that runs with another file" },
    { line: "duoproxy status --format json", does: "Print it for another program" },
  ],
  exits: [
    { code: exit.ok, when: "the proxy is healthy" },
    { code: exit.failed, when: "it runs, and something needs to be looked at" },
    { code: exit.usage, when: "the command line is wrong" },
    { code: exit.noInput, when: "the configuration file can't be read" },
    { code: exit.unavailable, when: "no proxy answers, or its status port is not switched on" },
  ],
  async run(invocation): Promise<ExitCode> {
    const [{ systemClock }, { systemHost }] = await Promise.all([
      import("../../clock.ts"),
      import("../../config/host.ts"),
    ]);
    return await runStatus(invocation, { clock: systemClock, host: systemHost });
  },
};

/** Runs the command. */
export async function runStatus({ options, terminal }: Invocation, { clock, host }: StatusSeams): Promise<ExitCode> {
  const [{ findStatusAddress }, { askStatus }] = await Promise.all([
    import("../../config/status_address.ts"),
    import("../ask_status.ts"),
  ]);
  const json = options.format === "json";
  const file = await configFile(options.config);
  const address = await findStatusAddress(file, host);
  if (address.kind === "unreadable") {
    return await fail(
      terminal,
      json,
      exit.noInput,
      `${file} ${address.problem}`,
      "Name another one with --config FILE",
    );
  }
  if (address.kind === "unset") {
    const problem = `${file} names no status port, so the proxy can't be asked`;
    const remedy = "Write status_port=8812 into its [main] section and reload the proxy";
    return await fail(terminal, json, exit.unavailable, problem, remedy);
  }
  const answer = await askStatus(address, clock);
  if (answer.kind === "failed") {
    const remedy = "If the proxy should be running, see its log, and whether it was reloaded since status_port was set";
    return await fail(terminal, json, exit.unavailable, answer.problem, remedy);
  }
  const { status } = answer;
  await terminal.write(json ? `${JSON.stringify({ running: true, ...status }, null, 2)}\n` : report(status, terminal));
  return status.problems.length === 0 ? exit.ok : exit.failed;
}

/** Says why there is nothing to show: on stderr, and with `--format json` on stdout too. */
async function fail(
  terminal: Terminal,
  json: boolean,
  code: ExitCode,
  problem: string,
  remedy: string,
): Promise<ExitCode> {
  if (json) {
    await terminal.write(`${JSON.stringify({ running: false, schema: 1, problem, remedy }, null, 2)}\n`);
  } else {
    await terminal.error(`duoproxy: ${problem}`);
    await terminal.error(remedy);
  }
  return code;
}

/** Problems first, then everything else. */
function report(status: StatusDocument, terminal: Terminal): string {
  const width = terminal.wraps ? textWidth(terminal.columns) : Infinity;
  const bold = (text: string): string => terminal.style("bold", text);
  const parts: string[] = [];
  if (status.problems.length > 0) {
    const lines = status.problems.map(({ section, message }) => {
      const text = visibleText(section === null ? message : `[${section}] ${message}`);
      // The mark is set after wrapping, for its colour has no width.
      return hang("  !", text, width, "    ").replace("!", () => terminal.style("red", "!"));
    });
    parts.push(`${bold("Needs attention:")}\n${lines.join("\n")}`);
  }
  const { last_reload: reload, last_duo_answer: answer, primary_only: primaryOnly } = status;
  const logins = `${status.pending_logins} under way`;
  parts.push(columns(
    [
      ["duoproxy", `${status.version} (${status.platform})`],
      ["file", status.config],
      ["running", `${duration(status.uptime_seconds)}, since ${status.started}`],
      ["takes logins", status.ready ? "yes" : "no, or not in every section"],
      ["logins", logins],
      ["Duo answered", answer ?? "not yet"],
      [
        "last reload",
        reload === null
          ? "none since the start"
          : `${reload.time}: ${reload.result}, ${reload.findings} ${reload.findings === 1 ? "finding" : "findings"}`,
      ],
      ["primary only", primaryOnly.until === null ? "off" : `until ${primaryOnly.until}`],
      ["log", droppedText(status)],
    ].map(([term = "", text = ""]) => [term, visibleText(text)] as const),
    width,
    bold,
  ));
  parts.push(`${bold("Listening:")}\n${
    table([
      ["address", "port", "for", "sections"],
      ...status.listeners.map((
        { address, port, serves, sections },
      ) => [address, String(port), serves, sections.join(", ")]),
    ], width)
  }`);
  parts.push(`${bold("Sections:")}\n${
    table([
      ["section", "logins", "failmode", "Duo", "API", "why"],
      ...status.sections.map((section) => [
        section.name,
        section.ready ? `${section.pending} of ${section.limit}` : "not taken",
        section.failmode,
        section.silent ? "silent" : section.api_host,
        String(section.api_version),
        section.why,
      ]),
    ], width)
  }`);
  const words = { "signing": "signing", "not-signing": "not signing", "unknown": "unknown" } as const;
  const unlisted = status.gateways_unlisted === 0 ? "" : `\n  and ${status.gateways_unlisted} more`;
  parts.push(`${bold("Gateways (do they send Message-Authenticator?):")}\n${
    table([
      ["address", "section", "requests"],
      ...status.gateways.map(({ address, section, signing }) => [address, section, words[signing]]),
    ], width)
  }${unlisted}`);
  return `${parts.join("\n\n")}\n`;
}

/**
 * Rows in columns that are as wide as they have to be; the first row is the heading. Where they don't fit into `width`, each
 * row's first cell stands alone, and the others below with their headings.
 */
function table(rows: readonly (readonly string[])[], width: number): string {
  const [heading = [], ...body] = rows.map((row) => row.map(visibleText));
  const widths = heading.map((title, column) => Math.max(title.length, ...body.map((row) => row[column]?.length ?? 0)));
  const lines = [heading, ...body].map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd()
  );
  if (lines.every((line) => line.length <= width)) return lines.join("\n");
  return body.map(([first = "", ...others]) => {
    const described = others.map((cell, index) => `${heading[index + 1]}: ${cell}`).join("; ");
    return `  ${first}\n${hang("   ", described, width, "    ")}`;
  }).join("\n");
}

/** Such as `12 lines dropped (10 forgeable, 2 log)`. */
function droppedText({ log_lines_dropped: total, log_lines_dropped_by_kind: kinds }: StatusDocument): string {
  const parts = Object.entries(kinds).filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  return `${total} ${total === 1 ? "line" : "lines"} dropped${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`;
}

function duration(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3_600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
