/**
 * `deno task ok`, the gate: format, lint, types and tests, in this order, up to the first that fails. `--but-tests` leaves out the
 * last, for those who have run them.
 *
 * @module
 */

import { complain, print } from "./print.ts";

const root = new URL("../", import.meta.url).pathname;

const steps: readonly (readonly string[])[] = [
  ["fmt", "--check"],
  ["lint"],
  ["check", "main.ts", "lib", "scripts", "tests"],
  ["run", "-A", "scripts/test.ts"],
];

for (const args of Deno.args.includes("--but-tests") ? steps.slice(0, -1) : steps) {
  print(`\n== deno ${args.join(" ")}`);
  const { code } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: root, stdin: "null" }).spawn()
    .status;
  if (code !== 0) {
    complain(`scripts/ok.ts: deno ${args.join(" ")} failed`);
    Deno.exit(1);
  }
}
