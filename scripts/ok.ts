/**
 * `deno task ok`, the gate: format, lint, types, and then the tests as `deno task test` runs them. It stops at the first that
 * fails; with `--keep-going` it goes on, and the last line but for what failed is that of the tests.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { complain, print } from "./print.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

const steps: readonly (readonly string[])[] = [
  ["fmt", "--check"],
  ["lint"],
  ["check", "--frozen", "main.ts", "lib", "scripts", "tests"],
  ["task", "--quiet", "test"],
];

const keepGoing = Deno.args.includes("--keep-going");
const failed: string[] = [];
for (const args of steps) {
  const line = `deno ${args.join(" ")}`;
  print(`\n== ${line}`);
  const { code } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: root, stdin: "null" }).spawn()
    .status;
  if (code === 0) continue;
  failed.push(line);
  if (!keepGoing) break;
}
for (const line of failed) complain(`scripts/ok.ts: ${line} failed`);
Deno.exit(failed.length === 0 ? 0 : 1);
