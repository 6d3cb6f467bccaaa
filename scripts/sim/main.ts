/**
 * `deno task sim [--seed N | --seeds N] [--hours H] [--jobs J] [--json]`: simulated worlds in which the whole proxy runs, judged by a
 * model that knows who did what. Ends with 1 if a promise was broken, and then prints the seed and the events that lead to it.
 *
 * `deno task sim --planted [WORDS ...]`: puts bugs of the past into a copy of the program, one by one, each of which must be found.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { complain, print } from "../print.ts";
import { runPlanted } from "./planted.ts";
import { runBatch } from "./pool.ts";
import type { Report } from "./report.ts";

const usage =
  "usage: deno task sim [--seed N | --seeds N] [--hours H] [--jobs J] [--json]\n       deno task sim --planted [WORDS ...]";

/** Lines of a trace that are shown. */
const shownTrace = 60;

function count(text: unknown, usual: number): number {
  if (text === undefined) return usual;
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new RangeError(`${text} is no number above 0`);
  return number;
}

function showViolation({ seed, violation }: Report, hours: number): void {
  if (violation === undefined) return;
  const { invariant, text, at, events, trace } = violation;
  print(
    `\nseed ${seed}: "${invariant}" is broken, first at ${at} (again: deno task sim --seed ${seed} --hours ${hours})`,
  );
  print(text);
  print("\nThe events that lead to it:");
  for (const line of events) print(`  ${line}`);
  print("\nWhat happened then:");
  if (trace.length > shownTrace) print(`  (${trace.length - shownTrace} lines before)`);
  for (const line of trace.slice(-shownTrace)) print(`  ${line}`);
}

function showFigures(reports: readonly Report[], hours: number, seconds: number): void {
  const sum = (value: (report: Report) => number): number =>
    reports.reduce((total, report) => total + value(report), 0);
  const logins = sum((report) => report.logins);
  const reasons = new Map<string, number>();
  for (const [reason, number] of reports.flatMap((report) => report.reasons)) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + number);
  }
  print(
    `\n${reports.length} worlds of ${hours} h in ${seconds.toFixed(1)} s: ${logins} logins (${
      Math.round(logins / seconds)
    } a second), ${sum(({ requests }) => requests)} requests, ${sum(({ answers }) => answers)} answers, ${
      sum(({ duoCalls }) => duoCalls)
    } calls to Duo, ${sum(({ pushes }) => pushes)} pushes and calls`,
  );
  const sorted = [...reasons].toSorted(([, a], [, b]) => b - a);
  print(sorted.map(([reason, number]) => `${reason} ${number}`).join(", "));
}

async function main(args: string[]): Promise<number> {
  const flags = parseArgs(args, {
    string: ["seed", "seeds", "hours", "jobs"],
    boolean: ["planted", "json", "help"],
  });
  if (flags.help) {
    print(usage);
    return 0;
  }
  if (flags.planted) return await runPlanted(flags._.map(String));
  let seeds: readonly number[];
  let hours: number;
  let jobs: number;
  try {
    seeds = flags.seed === undefined
      ? Array.from({ length: count(flags.seeds, 1) }, (_, index) => index + 1)
      : [count(flags.seed, 1)];
    hours = count(flags.hours, 24);
    jobs = count(flags.jobs, navigator.hardwareConcurrency);
  } catch (error) {
    complain(`${error instanceof Error ? error.message : error}\n${usage}`);
    return 64;
  }
  const begun = performance.now();
  const reports: Report[] = [];
  await runBatch({
    seeds,
    hours,
    jobs,
    shrinks: true,
    done: (report) => {
      reports.push(report);
      if (flags.json) print(JSON.stringify(report));
      else showViolation(report, hours);
      return report.violation === undefined;
    },
  });
  const broken = reports.filter(({ violation }) => violation !== undefined).length;
  if (flags.json) return broken === 0 ? 0 : 1;
  showFigures(reports, hours, (performance.now() - begun) / 1_000);
  print(broken === 0 ? "Every promise was kept." : `${broken} worlds in which a promise was broken.`);
  return broken === 0 ? 0 : 1;
}

Deno.exit(await main(Deno.args));
