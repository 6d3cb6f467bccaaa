/**
 * `duoproxy check`.
 *
 * @module
 */

import type { Finding } from "../../config/diagnostics.ts";
import type { LoadResult } from "../../config/load.ts";
import { visibleText } from "../../text.ts";
import { type Command, exit, type ExitCode, type Invocation } from "../command.ts";
import { formatOption, textOption } from "../common_options.ts";
import { configFile, configOption, keyFileOption } from "../config_file.ts";
import { hang, textWidth } from "../wrap.ts";

/** The command's record. */
export const command: Command = {
  name: "check",
  summary: "Check the configuration file and list everything that is wrong with it",
  usage: "check [--config FILE] [--key-file FILE] [--format text|json]",
  description:
    "Reads the file and every file that it names, and shows what becomes of each section, all findings in the file's order, and a verdict. Nothing is sent anywhere. `duoproxy explain findings` says what the codes mean.",
  positionals: [],
  options: [
    configOption,
    keyFileOption,
    formatOption,
  ],
  examples: [
    { line: "duoproxy check", does: "Check the installed configuration" },
    { line: "duoproxy check --config authproxy.cfg", does: "Check a file before it is installed" },
    { line: "duoproxy check --format json", does: "Print the findings for another program" },
  ],
  exits: [
    { code: exit.ok, when: "the file has no errors; warnings don't count" },
    { code: exit.failed, when: "the file has errors" },
    { code: exit.usage, when: "the command line is wrong" },
    { code: exit.noInput, when: "there is no such file, or it can't be read" },
  ],
  async run(invocation): Promise<ExitCode> {
    const { loadConfig } = await import("../../config/load.ts");
    const { systemHost } = await import("../../config/host.ts");
    const { config } = invocation.options;
    const file = await configFile(config);
    const result = await loadConfig(file, systemHost, textOption(invocation.options, "key-file"));
    return await reportCheck(invocation, file, result);
  },
};

const codes = { ok: exit.ok, invalid: exit.failed, absent: exit.noInput } as const;

/** Prints what {@link loadConfig} came to and gives the exit code. */
export async function reportCheck(invocation: Invocation, file: string, result: LoadResult): Promise<ExitCode> {
  const json = invocation.options.format === "json";
  if (json) await invocation.terminal.write(checkJson(file, result));
  else await reportText(invocation, file, result);
  return codes[result.kind];
}

/** The same as one JSON document. */
function checkJson(file: string, result: LoadResult): string {
  const absent = result.kind === "absent";
  const document = {
    schema: 1,
    file,
    result: result.kind,
    findings: absent ? [result.finding] : result.findings,
    sections: absent ? [] : result.sections,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

async function reportText({ terminal }: Invocation, file: string, result: LoadResult): Promise<void> {
  const { findingHead, findingText, renderFinding } = await import("../../config/diagnostics.ts");
  const width = terminal.wraps ? textWidth(terminal.columns) : Infinity;
  if (result.kind === "absent") {
    await terminal.error(renderFinding(result.finding));
    return;
  }
  const { findings, sections } = result;
  const lines = [`File: ${visibleText(file)}`, ""];
  if (sections.length > 0) {
    lines.push(terminal.style("bold", "Sections:"));
    const names = sections.map(({ name }) => `[${shorten(name)}]`);
    const longest = Math.max(...names.map((name) => name.length));
    const digits = String(sections.at(-1)?.line ?? 0).length;
    sections.forEach(({ line, detail }, index) => {
      const head = `  line ${String(line).padStart(digits)}  ${(names[index] ?? "").padEnd(longest)} `;
      lines.push(hang(head, detail, width, " ".repeat(head.length + 1)));
    });
    lines.push("");
  }
  for (const one of findings) {
    const style = one.level === "error" ? "red" : "yellow";
    // Only the level is coloured, so that an editor still finds the place at the line's beginning.
    const head = findingHead(one);
    const text = hang(head, findingText(one), width, "    ");
    const place = head.slice(0, -`${one.level}:`.length);
    lines.push(`${place}${terminal.style(style, one.level)}:${text.slice(head.length)}`);
    if (one.hint !== null) lines.push(hang("    hint:", one.hint, width, "      "));
  }
  if (findings.length > 0) lines.push("");
  lines.push(verdict(findings));
  await terminal.write(`${lines.join("\n")}\n`);
}

/** One sentence about the whole. */
function verdict(findings: readonly Finding[]): string {
  const errors = findings.filter((one) => one.level === "error").length;
  const warnings = findings.length - errors;
  const count = (number: number, what: string): string =>
    `${number === 0 ? "no" : number} ${what}${number === 1 ? "" : "s"}`;
  const counts = `${count(errors, "error")}, ${count(warnings, "warning")}`;
  const capital = `${counts.charAt(0).toUpperCase()}${counts.slice(1)}`;
  return errors === 0
    ? `${capital}: the proxy starts with this file`
    : `${capital}: the proxy doesn't start with this file`;
}

function shorten(name: string): string {
  const shown = visibleText(name);
  return shown.length > 40 ? `${shown.slice(0, 37)}...` : shown;
}
