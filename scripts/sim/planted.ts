/**
 * Plants bugs into a copy of the program, and runs worlds over it until one of them finds the bug.
 *
 * @module
 */

import { complain, print } from "../print.ts";
import { type Bug, bugs } from "./bugs.ts";
import type { Report } from "./report.ts";

/** What the copy consists of. */
const copied = ["deno.json", "deno.lock", "lib", "conf", "scripts/sim", "scripts/print.ts"] as const;
/** So many worlds of a day are tried. */
const most = { seeds: 100, hours: 24 } as const;

/** How a bug was found. */
export interface Finding {
  readonly bug: Bug;
  /** By which invariant; undefined if no world found it. */
  readonly invariant: string | undefined;
  readonly seed: number;
  /** Logins of all worlds until then. */
  readonly logins: number;
  /** Events that are left of the world's. */
  readonly events: readonly string[];
  readonly text: string;
}

/** The text with the bug in it. @throws {Error} if something that it replaces doesn't stand there exactly once. */
export function plant(text: string, { name, file, edits }: Bug): string {
  return edits.reduce((changed, { find, replace }) => {
    const parts = changed.split(find);
    if (parts.length !== 2) throw new Error(`"${name}": ${file} holds its place ${parts.length - 1} times`);
    return parts.join(replace);
  }, text);
}

/** Plants a bug and looks for it. */
export async function findBug(bug: Bug, seeds: number = most.seeds, hours: number = most.hours): Promise<Finding> {
  const root = new URL("../../", import.meta.url);
  const copy = new URL(`file://${await Deno.makeTempDir({ prefix: "duoproxy-planted-" })}/`);
  try {
    for (const path of copied) await copyTree(new URL(path, root), new URL(path, copy));
    const file = new URL(bug.file, copy);
    await Deno.writeTextFile(file, plant(await Deno.readTextFile(file), bug));
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", "--no-check", "--frozen", "--config", new URL("deno.json", copy).pathname],
        new URL("scripts/sim/main.ts", copy).pathname,
        ...["--json", "--seeds", String(seeds), "--hours", String(hours)],
      ],
      stdout: "piped",
      stderr: "piped",
    });
    const { stdout, stderr } = await command.output();
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
    const reports = lines.map((line): Report => JSON.parse(line));
    const found = reports.find(({ violation }) => violation !== undefined);
    if (reports.length === 0) throw new Error(`"${bug.name}": ${new TextDecoder().decode(stderr)}`);
    return {
      bug,
      invariant: found?.violation?.invariant,
      seed: found?.seed ?? 0,
      logins: reports.reduce((sum, { logins }) => sum + logins, 0),
      events: found?.violation?.events.slice(1) ?? [],
      text: found?.violation?.text ?? "",
    };
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

/** Plants all bugs whose names hold one of the words, prints a table, and gives the exit code: 1 if one was not found. */
export async function runPlanted(words: readonly string[]): Promise<number> {
  const chosen = bugs.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const width = Math.max(...chosen.map(({ name }) => name.length));
  print(`${"bug".padEnd(width)}  found by       seed   logins  events`);
  let missed = 0;
  for (const bug of chosen) {
    const { invariant, seed, logins, events, text } = await findBug(bug);
    if (invariant === undefined) missed++;
    const how = (invariant ?? "NOT FOUND").padEnd(13);
    print(
      `${bug.name.padEnd(width)}  ${how}  ${String(seed).padStart(4)}  ${String(logins).padStart(7)}  ${
        String(events.length).padStart(6)
      }`,
    );
    if (words.length > 0) { for (const line of [text, ...events]) print(`    ${line}`); }
  }
  if (missed > 0) complain(`${missed} bugs were not found`);
  return missed === 0 ? 0 : 1;
}

async function copyTree(from: URL, to: URL): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) {
    await Deno.mkdir(new URL(".", to), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    await copyTree(new URL(`${from.href}/${name}`), new URL(`${to.href}/${name}`));
  }
}
