/**
 * The program: command line in, exit code out. The only place that ends the process.
 *
 * @module
 */

import { exit } from "./lib/cli/command.ts";
import { describeBug, runCommandLine } from "./lib/cli/run.ts";
import { createTerminal } from "./lib/cli/terminal.ts";

/** An error that no `catch` saw leaves the program in an unknown state: it ends at once, and the unit starts it anew. */
async function endWithBug(error: unknown): Promise<never> {
  // A stderr that nobody reads must not keep a broken program alive.
  setTimeout(() => Deno.exit(exit.software), 2_000);
  const terminal = createTerminal("never");
  for (const line of describeBug(error, Deno.args.includes("--debug"))) await terminal.error(line);
  Deno.exit(exit.software);
}

globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  void endWithBug(event.reason);
});
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  void endWithBug(event.error);
});

Deno.exit(await runCommandLine(Deno.args, (color) => createTerminal(color)));
