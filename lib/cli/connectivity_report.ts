/**
 * What `connectivity-check` shows: a checklist by section, then once more only what needs somebody's hand; or JSON.
 *
 * @module
 */

import type { CheckResult, CheckStatus, Facts } from "../check/check.ts";
import { worst } from "../check/runner.ts";
import type { Style, Terminal } from "./terminal.ts";
import { textWidth, wrap } from "./wrap.ts";

/** The part of a terminal that the report needs. */
export type ReportTerminal = Pick<Terminal, "style" | "columns">;

const marks: Readonly<Record<CheckStatus, readonly [mark: string, style: Style]>> = {
  ok: ["✓", "green"],
  warning: ["!", "yellow"],
  failed: ["✗", "red"],
  skipped: ["-", "dim"],
};

/** One JSON document; its shape is promised by `schema`. */
export function connectivityJson(results: readonly CheckResult[]): string {
  const checks = results.map(({ name, section, status, message, remedy, facts }) => ({
    name,
    section,
    status,
    message,
    remedy,
    facts,
  }));
  return `${JSON.stringify({ schema: 1, checks }, null, 2)}\n`;
}

/** The checklist and its summary. */
export function connectivityText(file: string, results: readonly CheckResult[], terminal: ReportTerminal): string {
  const lines = [`File: ${visible(file)}`];
  const width = Math.max(0, ...results.filter((one) => one.status !== "skipped").map(({ name }) => name.length));
  for (const [section, group] of Map.groupBy(results, (one) => one.section)) {
    const status = worst(group.filter((one) => one.status !== "skipped"));
    lines.push("", `${mark(status, terminal)} ${terminal.style("bold", title(section))}`);
    for (const one of group) {
      if (one.status !== "skipped") lines.push(...checkLines(one, width, terminal));
    }
    // A row of checks that share one reason is one line.
    for (
      const [message, skipped] of Map.groupBy(group.filter((one) => one.status === "skipped"), (one) => one.message)
    ) {
      const text = `${skipped.map(({ name }) => name).join(", ")}: ${visible(lowerFirst(message))}`;
      lines.push(terminal.style("dim", `  - ${hang(text, 4, terminal.columns)}`));
    }
  }
  return `${[...lines, "", ...summary(results, terminal)].join("\n")}\n`;
}

function checkLines(one: CheckResult, width: number, terminal: ReportTerminal): readonly string[] {
  const indent = width + 6;
  const lines = [
    `  ${mark(one.status, terminal)} ${one.name.padEnd(width)}  ${
      hang(visible(one.message), indent, terminal.columns)
    }`,
  ];
  if (one.status === "ok") return lines;
  const pad = " ".repeat(indent);
  if (one.remedy !== null) lines.push(`${pad}${hang(`→ ${visible(one.remedy)}`, indent, terminal.columns)}`);
  for (const fact of factLines(one.facts)) {
    lines.push(terminal.style("dim", `${pad}${hang(fact, indent, terminal.columns)}`));
  }
  return lines;
}

/** Where a finding stands in the file is part of its message. */
const places: readonly string[] = ["line", "column"];

function factLines(facts: Facts): readonly string[] {
  return Object.entries(facts).filter(([name]) => !places.includes(name)).map(([name, value]) =>
    visible(`${name.replaceAll("_", " ")}: ${Array.isArray(value) ? value.join(", ") : String(value)}`)
  );
}

/** What needs action; the same trouble of several sections once. */
function summary(results: readonly CheckResult[], terminal: ReportTerminal): readonly string[] {
  const toDo = results.filter(({ status }) => status === "failed" || status === "warning");
  const late = results.filter(({ timeUp }) => timeUp).length;
  const unfinished = late === 0 ? [] : [`${count(late, "check")} could not be made in time: give more with --timeout`];
  if (toDo.length === 0) {
    return unfinished.length > 0 ? unfinished : [terminal.style("green", "Everything that was checked is in order")];
  }
  const failures = toDo.filter(({ status }) => status === "failed").length;
  const warnings = toDo.length - failures;
  const counts = [failures > 0 ? `${failures} failed` : "", warnings > 0 ? count(warnings, "warning") : ""];
  const lines = [terminal.style("bold", `${counts.filter((text) => text !== "").join(", ")}:`)];
  const same = Map.groupBy(toDo, ({ name, status, message }) => JSON.stringify([status, name, message]));
  const groups = [...same.values()].sort((a, b) => rank(a) - rank(b));
  for (const group of groups) {
    const [first] = group;
    if (first === undefined) continue;
    const shown = group.slice(0, 5).map(({ section }) => title(section)).join(", ");
    const where = group.length > 5 ? `${shown} and ${group.length - 5} more` : shown;
    lines.push(
      `${mark(first.status, terminal)} ${
        hang(`${where} ${first.name}: ${visible(first.message)}`, 4, terminal.columns)
      }`,
    );
    if (first.remedy !== null) lines.push(`    ${hang(`→ ${visible(first.remedy)}`, 4, terminal.columns)}`);
  }
  return [...lines, ...unfinished];
}

function rank([first]: readonly CheckResult[]): number {
  return first?.status === "failed" ? 0 : 1;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function title(section: string | null): string {
  return section === null ? "File and machine" : `[${visible(section)}]`;
}

function mark(status: CheckStatus, terminal: ReportTerminal): string {
  const [text, style] = marks[status];
  return terminal.style(style, text);
}

/** Text whose second and later lines are indented. */
function hang(text: string, indent: number, columns: number): string {
  const width = Math.max(indent + 30, textWidth(columns));
  return wrap(text, width, " ".repeat(indent)).trimStart();
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Control characters, which a certificate's name may hold, would garble the terminal. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
}
