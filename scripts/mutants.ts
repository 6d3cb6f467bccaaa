/**
 * `deno task mutants [WORDS ...]`: puts each bug of mutants/list.ts into a copy of the sources, one after the other, and shows which
 * test noticed it. Ends with 1 if one was not noticed.
 *
 * Words choose the bugs whose names or files hold one of them.
 *
 * @module
 */

import { type Mutant, mutants } from "./mutants/list.ts";
import { complain, print } from "./print.ts";

const root = new URL("../", import.meta.url);
/** What the tests need. */
const sources = ["conf", "lib", "scripts", "tests", "deno.json", "deno.lock", "main.ts", "README.md", "CHANGELOG.md"];
/** Where a bug in a login has to be noticed. */
const usualTests: readonly string[] = ["tests/login"];
/** A run takes a few seconds, unless the bug is one that never ends; in ms. */
const longest = 60_000;

/** A copy of the sources that may be spoilt. */
class Copy {
  readonly path = Deno.makeTempDirSync({ prefix: "duoproxy-mutants-" });

  constructor() {
    for (const source of sources) copy(new URL(source, root).pathname, `${this.path}/${source}`);
  }

  /** Runs tests; the first that failed, or undefined if all passed. */
  async run(tests: readonly string[]): Promise<string | undefined> {
    const signal = AbortSignal.timeout(longest);
    const args = ["test", "-A", "--quiet", "--no-prompt", "--no-check", "--frozen", "--fail-fast", ...tests];
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.path,
      env: { NO_COLOR: "1" },
      signal,
    }).output();
    if (success) return undefined;
    if (signal.aborted) return "(it never ends)";
    const lines = [stdout, stderr].flatMap((bytes) => new TextDecoder().decode(bytes).split("\n"));
    const failed = lines.find((line) => / \.\.\. .*FAILED/.test(line))?.split(" ... ")[0]?.trim();
    // What does not even load is a mistake in the list, and no bug that a test has noticed.
    if (failed === undefined) throw new Error(`No test failed, and the run did: ${lines.join("\n")}`);
    return failed;
  }

  /** Runs tests with a bug. */
  async runWith({ file, find, replace, tests }: Mutant): Promise<string | undefined> {
    const path = `${this.path}/${file}`;
    const whole = await Deno.readTextFile(path);
    const parts = whole.split(find);
    if (parts.length !== 2) throw new Error(`${file} holds ${JSON.stringify(find)} ${parts.length - 1} times`);
    try {
      await Deno.writeTextFile(path, parts.join(replace));
      return await this.run(usualTests) ?? (tests && await this.run(tests));
    } finally {
      await Deno.writeTextFile(path, whole);
    }
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

function copy(from: string, to: string): void {
  if (!Deno.statSync(from).isDirectory) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}

async function main(words: readonly string[]): Promise<number> {
  const chosen = mutants.filter(({ name, file }) =>
    words.length === 0 || words.some((word) => `${file} ${name}`.includes(word))
  );
  using tree = new Copy();
  const clean = await tree.run([...new Set([...usualTests, ...chosen.flatMap(({ tests }) => tests ?? [])])]);
  if (clean !== undefined) {
    complain(`Without any bug a test fails: ${clean}`);
    return 70;
  }
  let survived = 0;
  for (const mutant of chosen) {
    const failed = await tree.runWith(mutant);
    if (failed === undefined) survived++;
    const outcome = failed === undefined ? "SURVIVED" : "killed  ";
    print(`${outcome} ${mutant.file}: ${mutant.name}${failed === undefined ? "" : ` <- ${failed}`}`);
  }
  print(`\n${chosen.length - survived} of ${chosen.length} killed`);
  return survived === 0 ? 0 : 1;
}

Deno.exit(await main(Deno.args));
