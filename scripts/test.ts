/**
 * `deno task test`, `deno task test:binary` and `deno task test:lab`: runs the tests, shows them as they run, and ends with one line
 * `N passed, N failed` that programs can read (", N skipped" where tests were ignored).
 *
 * The output is searched for every secret that the tests plant.
 *
 * `--lab` runs tests/lab, which needs real peers; without it everything else runs, the examples of doc comments too.
 * `--binary [PATH]` has the tests start the compiled program in place of the source: alone it runs tests/system. Without a path it is the one
 * that `deno task compile` leaves, which is compiled if it isn't of these sources. Further arguments go to `deno test`; paths among them
 * replace the whole set.
 *
 * @module
 */

import { compiledPath, findPair, whyStale } from "./compile/compiled.ts";
import { assertNoSecret } from "../tests/kit/planted_secrets.ts";
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

/** What the command line asks for. */
interface Wanted {
  readonly lab: boolean;
  /** Whether the compiled program is tested, and which if it is named. */
  readonly binary: boolean;
  readonly path: string | undefined;
  /** For `deno test`. */
  readonly others: readonly string[];
}

function isTestPath(arg: string): boolean {
  return arg.startsWith("tests/") || arg.endsWith("_test.ts");
}

function readArgs(args: readonly string[]): Wanted {
  let [lab, binary] = [false, false];
  let path: string | undefined;
  const others: string[] = [];
  for (const [index, arg] of args.entries()) {
    if (arg === "--lab") lab = true;
    else if (arg === "--binary") binary = true;
    else if (args[index - 1] === "--binary" && !arg.startsWith("-") && !isTestPath(arg)) path = arg;
    else others.push(arg);
  }
  return { lab, binary, path, others };
}

/** Path of the compiled program to test, compiled first if need be; undefined, and said why, if there is none. */
async function findBinary(path: string | undefined): Promise<string | undefined> {
  if (path !== undefined) {
    try {
      return await Deno.realPath(path);
    } catch {
      complain(`scripts/test.ts: there is no ${path}`);
      return undefined;
    }
  }
  const stale = whyStale();
  if (stale === undefined) return compiledPath;
  print(`${stale}: compiling`);
  const pair = await findPair();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/compile.ts"],
    cwd: root,
    env: { ...pair },
    stdin: "null",
  }).spawn().status;
  if (success) return compiledPath;
  complain(
    "scripts/test.ts: the program can't be compiled" +
      (pair === undefined
        ? ": there is no pair of compiler and runtime (DENO and DENORT_BIN, or ../shared/toolchain), so the runtime had to be downloaded"
        : ` with ${pair.DENO} and ${pair.DENORT_BIN}`),
  );
  return undefined;
}

/** What `deno test` is told to run. */
function testPaths({ lab, binary, others }: Wanted): readonly string[] {
  if (others.some(isTestPath)) return [];
  if (lab) return ["tests/lab"];
  return binary ? ["tests/system"] : ["--doc", "--ignore=tests/lab", "tests", "lib"];
}

async function main(args: readonly string[]): Promise<number> {
  const wanted = readArgs(args);
  const binary = wanted.binary ? await findBinary(wanted.path) : undefined;
  if (wanted.binary && binary === undefined) {
    print("\n0 passed, 1 failed");
    return 1;
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--frozen", "--no-prompt", ...wanted.others, ...testPaths(wanted)],
    cwd: root,
    env: binary === undefined ? {} : { DUOPROXY_BINARY: binary },
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
