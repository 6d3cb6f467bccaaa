/**
 * `deno task test`, `deno task test:binary` and `deno task test:lab`: runs the tests, shows them as they run, and ends with one line
 * `N passed, N failed` that programs can read (", N skipped" where tests were ignored).
 *
 * The output is searched for every secret that the tests plant.
 *
 * `--lab` runs tests/lab, which needs real peers; without it everything else runs, the examples of doc comments too: first what can
 * bear company, several files at a time (`DENO_JOBS` says how many), then one file after the other what judges the machine or this
 * process. `--binary [PATH]` has the tests start the compiled program in place of the source: alone it runs tests/system. Without a path
 * it is the one that `deno task compile` leaves, which is compiled if it isn't of these sources. Further arguments go to `deno test`;
 * paths among them replace the whole set, and run one after the other.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { compiledPath, findPair, whyStale } from "./compile/compiled.ts";
import { filesBelow } from "../tests/docs/repository.ts";
import { assertNoSecret } from "../tests/kit/planted_secrets.ts";
import { complain, print, printBytes } from "./print.ts";

/** The sums at the end of a run. */
interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = fileURLToPath(new URL("../", import.meta.url));

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

/**
 * Tests that run by themselves, since others beside them would disturb what they judge: the descriptors of this very process, how
 * late its own loop is, floods, a tenth of a core, thousands of logins, limits of descriptors, and signals while much is under way.
 */
const alone: readonly string[] = [
  "tests/net/capacity_test.ts",
  "tests/net/http_client_test.ts",
  "tests/net/lag_test.ts",
  "tests/system/attacks_test.ts",
  "tests/system/descriptors_test.ts",
  "tests/system/endurance_test.ts",
  "tests/system/process_test.ts",
  "tests/system/starved_test.ts",
];

/** Those that take longest, mostly by waiting: begun first, so that none of them is what all others have been waiting for. */
const longest: readonly string[] = [
  "tests/system/outage_test.ts",
  "tests/system/failmode_test.ts",
  "tests/service/availability_test.ts",
];

/** One `deno test`. */
interface Run {
  readonly args: readonly string[];
  /** Whether files run beside each other. */
  readonly together: boolean;
}

/**
 * What is run, in this order: every test file there is, but those of the lab, once.
 *
 * @throws {Error} if a list above names a file that is not there.
 */
async function plan({ lab, binary, others: given }: Wanted): Promise<readonly Run[]> {
  if (given.some(isTestPath)) return [{ args: [], together: false }];
  if (lab) return [{ args: ["tests/lab"], together: false }];
  const files = (await filesBelow(binary ? "tests/system/" : "tests/"))
    .filter((path) => path.endsWith("_test.ts") && !path.startsWith("tests/lab/"));
  const among = (list: readonly string[]): readonly string[] => list.filter((path) => files.includes(path));
  const lost = binary ? [] : [...alone, ...longest].filter((path) => !files.includes(path));
  if (lost.length > 0) throw new Error(`scripts/test.ts names what is not there: ${lost.join(", ")}`);
  const others = files.filter((path) => !alone.includes(path) && !longest.includes(path));
  return [
    { args: [...among(longest), ...others, ...binary ? [] : ["--doc", "lib"]], together: true },
    { args: among(alone), together: false },
  ];
}

/** How many files at a time: most of the time of most tests is waiting. */
function jobs(): string {
  return Deno.env.get("DENO_JOBS") ?? String(Math.min(2 * navigator.hardwareConcurrency, 8));
}

/** Runs `deno test`, and says what kept it from a sum, if anything did. */
async function runTests(run: Run, others: readonly string[], env: Record<string, string>): Promise<Totals> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--frozen", "--no-prompt", ...run.together ? ["--parallel"] : [], ...others, ...run.args],
    cwd: root,
    env: { ...env, ...run.together ? { DENO_JOBS: jobs() } : {} },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const [summary, { success, code }] = await Promise.all([show(child.stdout), child.status]);
  if (summary !== undefined && (success || summary.failed > 0)) return summary;
  complain(`scripts/test.ts: deno test ended with ${code}${summary === undefined ? ", and without a sum" : ""}`);
  // A file that doesn't load, or whose types are wrong, has no test that could fail.
  const { passed, failed, skipped } = summary ?? { passed: 0, failed: 0, skipped: 0 };
  return { passed, failed: failed + 1, skipped };
}

async function main(args: readonly string[]): Promise<number> {
  const wanted = readArgs(args);
  const binary = wanted.binary ? await findBinary(wanted.path) : undefined;
  if (wanted.binary && binary === undefined) {
    print("\n0 passed, 1 failed");
    return 1;
  }
  const ports = await Deno.makeTempDir({ prefix: "duoproxy-ports-" });
  const env = { DUOPROXY_TEST_PORTS: ports, ...binary === undefined ? {} : { DUOPROXY_BINARY: binary } };
  const totals: Totals[] = [];
  try {
    for (const run of await plan(wanted)) totals.push(await runTests(run, wanted.others, env));
  } finally {
    await Deno.remove(ports, { recursive: true });
  }
  const sum = (count: (one: Totals) => number): number => totals.reduce((all, one) => all + count(one), 0);
  const [passed, reported, skipped] = [sum((one) => one.passed), sum((one) => one.failed), sum((one) => one.skipped)];
  const none = passed + reported + skipped === 0;
  if (none) complain("scripts/test.ts: no test ran");
  const failed = none ? 1 : reported;
  print(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed > 0 ? 1 : 0;
}

Deno.exit(await main(Deno.args));
