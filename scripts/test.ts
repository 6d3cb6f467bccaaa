/**
 * `deno task test` and `deno task test:lab`: runs the tests, shows them as they run, and ends with one line
 * `N passed, N failed` that programs can read (", N skipped" where tests were ignored).
 *
 * The output is searched for every secret that the tests plant.
 *
 * `--lab` runs tests/lab, which needs real peers; without it everything else runs, the examples of doc comments too. Further arguments go to
 * `deno test`; paths among them replace the whole set.
 *
 * @module
 */

import { assertNoSecret } from "../tests/support/planted_secrets.ts";
import { complain, print, printBytes } from "./print.ts";

/** The sums at the end of a run. */
interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = new URL("../", import.meta.url).pathname;

/** Escapes that colour a terminal. */
const colorCodes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** The runner's last line, such as `FAILED | 22 passed (3 steps) | 1 failed | 2 ignored (2s)`. */
function readSummary(line: string): Totals | undefined {
  const plain = line.replaceAll(colorCodes, "").trim();
  if (!/^(ok|FAILED) \| \d+ passed\b.* \| \d+ failed\b/.test(plain)) return undefined;
  const count = (word: string): number => Number(new RegExp(`(\\d+) ${word}\\b`).exec(plain)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), skipped: count("ignored") };
}

/** Shows a stream as it comes and looks for the summary in it, of which the last one counts. */
async function show(stream: ReadableStream<Uint8Array>): Promise<Totals | undefined> {
  const decoder = new TextDecoder();
  let found: Totals | undefined;
  let rest = "";
  for await (const chunk of stream) {
    printBytes(chunk);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      found = readSummary(line) ?? found;
      assertNoSecret(line, "The output of the suite");
    }
  }
  return readSummary(rest) ?? found;
}

async function main(args: readonly string[]): Promise<number> {
  const lab = args.includes("--lab");
  const others = args.filter((arg) => arg !== "--lab");
  const hasPath = others.some((arg) => arg.startsWith("tests/") || arg.endsWith("_test.ts"));
  const where = hasPath ? [] : lab ? ["tests/lab"] : ["--doc", "--ignore=tests/lab", "tests", "lib"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--frozen", "--no-prompt", ...others, ...where],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const [summary, status] = await Promise.all([show(child.stdout), child.status]);
  const { passed, failed: reported, skipped } = summary ?? { passed: 0, failed: 0, skipped: 0 };
  const problems: string[] = [];
  if (passed + reported + skipped === 0) problems.push("no test ran");
  if (!status.success && reported === 0) problems.push(`deno test ended with ${status.code}`);
  for (const problem of problems) complain(`scripts/test.ts: ${problem}`);
  // A file that doesn't load, or whose types are wrong, has no test that could fail.
  const failed = problems.length > 0 ? reported + 1 : reported;
  print(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed > 0 ? 1 : 0;
}

Deno.exit(await main(Deno.args));
