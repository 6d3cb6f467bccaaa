/**
 * What `connectivity-check` shows: a checklist by section, then once more only what needs somebody's hand; or JSON.
 *
 * @module
 */

import type { CheckResult, CheckStatus } from "../check/check.ts";
import { type RunProgress, worst } from "../check/runner.ts";
import { visibleText } from "../text.ts";
import type { Style, Terminal } from "./terminal.ts";
import { hang, textWidth } from "./wrap.ts";

/** The part of a terminal that the report needs. */
export type ReportTerminal = Pick<Terminal, "style" | "columns" | "wraps">;

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

/** The checklist and its summary. What several sections have in common is told with the first of them. */
export function connectivityText(file: string, results: readonly CheckResult[], terminal: ReportTerminal): string {
  const lines = [`File: ${visibleText(file)}`];
  const widest = Math.max(0, ...results.filter((one) => one.status !== "skipped").map(({ name }) => name.length));
  const told = new Map<string, string | null>();
  for (const [section, group] of Map.groupBy(results, (one) => one.section)) {
    const status = worst(group.filter((one) => one.status !== "skipped"));
    lines.push("", `${mark(status, terminal)} ${terminal.style("bold", title(section))}`);
    for (const one of group) {
      if (one.status === "skipped") continue;
      const trouble = JSON.stringify([one.status, one.name, one.message]);
      const first = told.get(trouble);
      if (one.status !== "ok" && first !== undefined) {
        lines.push(row(one, widest, `The same as in ${title(first)}`, terminal));
        continue;
      }
      told.set(trouble, section);
      lines.push(row(one, widest, visibleText(one.message), terminal));
      if (one.status !== "ok") lines.push(...detailsOf(one, widest, terminal));
    }
    // A row of checks that share one reason is one line.
    for (
      const [message, skipped] of Map.groupBy(group.filter((one) => one.status === "skipped"), (one) => one.message)
    ) {
      const text = `${skipped.map(({ name }) => name).join(", ")}: ${visibleText(lowerFirst(message))}`;
      lines.push(terminal.style("dim", lay("  -", text, terminal, 4)));
    }
  }
  return `${[...lines, "", ...summary(results, terminal)].join("\n")}\n`;
}

/** How far the checks are, for the time until there is a checklist. */
export function connectivityProgress({ done, all, waitingFor }: RunProgress): string {
  const now = waitingFor === undefined ? "" : `, ${waitingFor.name} of ${title(waitingFor.section)} is under way`;
  return `${done} of ${count(all, "check")} done${now}`;
}

/** A check's line, whose later lines stand under its text. */
function row({ status, name }: CheckResult, widest: number, text: string, terminal: ReportTerminal): string {
  const [plain] = marks[status];
  const laid = lay(`  ${plain} ${name.padEnd(widest)} `, text, terminal, widest + 6);
  // The mark is set after wrapping, for its colour has no width.
  return laid.replace(plain, () => mark(status, terminal));
}

/** What to do, and what is known beside. */
function detailsOf(
  { message, remedy, facts }: CheckResult,
  widest: number,
  terminal: ReportTerminal,
): readonly string[] {
  const indent = widest + 6;
  const pad = " ".repeat(indent - 1);
  const lines = remedy === null ? [] : [lay(`${pad} →`, visibleText(remedy), terminal, indent)];
  for (const [fact, value] of Object.entries(facts)) {
    const text = Array.isArray(value) ? value.join(", ") : String(value);
    if (places.includes(fact) || isIn(text, message)) continue;
    lines.push(terminal.style("dim", lay(pad, visibleText(`${fact.replaceAll("_", " ")}: ${text}`), terminal, indent)));
  }
  return lines;
}

/** Where a finding stands in the file is part of its message. */
const places: readonly string[] = ["line", "column"];

/** True if the message says it already. */
function isIn(text: string, message: string): boolean {
  return message.split(/[\s,:;()"=]+/).includes(text) || (text.length >= 8 && message.includes(text));
}

/** What needs action, by name: it is told above. */
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
  const same = Map.groupBy(toDo, ({ name, status }) => JSON.stringify([status, name]));
  for (const group of [...same.values()].sort((a, b) => rank(a) - rank(b))) {
    const [first] = group;
    if (first === undefined) continue;
    const sections = [...new Set(group.map(({ section }) => title(section)))];
    const shown = sections.slice(0, 5).join(", ");
    const where = sections.length > 5 ? `${shown} and ${sections.length - 5} more` : shown;
    const [plain] = marks[first.status];
    lines.push(lay(plain, `${first.name}: ${where}`, terminal, 4).replace(plain, () => mark(first.status, terminal)));
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
  return section === null ? "File and machine" : `[${visibleText(section)}]`;
}

function mark(status: CheckStatus, terminal: ReportTerminal): string {
  const [text, style] = marks[status];
  return terminal.style(style, text);
}

/** A text behind a head, in lines that are no wider than the terminal; where a program reads, in one. */
function lay(head: string, text: string, { wraps, columns }: ReportTerminal, indent: number): string {
  return hang(head, text, wraps ? Math.max(indent + 30, textWidth(columns)) : Infinity, " ".repeat(indent));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
