/**
 * install on a pseudo-terminal: the one question and both answers.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "../kit/assert.ts";
import { compiledPath, missingCompiled } from "./support/compiled.ts";
import { has, run } from "./support/isolated_root.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;
const config = new URL("../../deno.json", import.meta.url).pathname;

/** The rights of the compiled program: `sh` may be asked for, and nothing else. */
const rights = "--allow-net --allow-read --deny-write --deny-sys --deny-ffi --deny-import --ignore-env".split(" ");

/** The program as it can be started, and why it can't be here. */
interface Start {
  readonly name: string;
  readonly line: readonly string[];
  /** What it calls itself in the line that it prints. */
  readonly self: string;
  readonly missing: string | undefined;
}

const starts: readonly Start[] = [
  {
    name: "main.ts under the binary's rights",
    line: [Deno.execPath(), "run", "--cached-only", "--no-check", "--config", config, ...rights, main],
    self: "duoproxy",
    missing: undefined,
  },
  { name: "the binary", line: [compiledPath], self: compiledPath, missing: missingCompiled },
];

const missing = !await has("script")
  ? "script is missing"
  : (await run("unshare", ["--map-user=65534", "--map-group=65534", "true"])).code !== 0
  ? "user namespaces are not allowed"
  : undefined;

/** Defines a test for each way to start the program. */
function startTest(name: string, test: (start: Start) => Promise<void>): void {
  for (const start of starts) {
    const reason = missing ?? start.missing;
    Deno.test({
      name: `${start.name}: ${name}${reason === undefined ? "" : ` (skipped: ${reason})`}`,
      ignore: reason !== undefined,
      fn: () => test(start),
    });
  }
}

/**
 * Runs `install` on a pseudo-terminal, in a user namespace without root: granted the right, the script itself refuses
 * to go on, so that this machine stays as it is.
 */
async function onTerminal(
  { line }: Start,
  answer: string,
): Promise<{ readonly code: string; readonly shown: string }> {
  const directory = await Deno.makeTempDir();
  try {
    const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
    const words = ["unshare", "--map-user=65534", "--map-group=65534", ...line, "install"]
      .concat(["--binary", "/bin/true", "--install-dir", `${directory}/place`]);
    // The runtime throws away what was typed before it listens, so the answer is typed until it is taken.
    await Deno.writeTextFile(
      `${directory}/run`,
      `mkfifo ${directory}/in
       script -qefc ${quote(words.map(quote).join(" "))} ${directory}/shown <${directory}/in >/dev/null &
       script=$!
       exec 3>${directory}/in
       until grep -q 'Allow?' ${directory}/shown || ! kill -0 $script 2>/dev/null; do sleep 0.1; done
       while kill -0 $script 2>/dev/null; do printf '${answer}\\n' >&3; sleep 0.2; done
       code=0; wait $script || code=$?
       echo $code\n`,
    );
    await Deno.chmod(directory, 0o755);
    const { stdout } = await run("sh", [`${directory}/run`]);
    return { code: stdout.trim(), shown: await Deno.readTextFile(`${directory}/shown`) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

startTest(
  "on a terminal install shows the plan and asks once; n prints the line and ends with 77",
  async (start) => {
    const { code, shown } = await onTerminal(start, "n");
    assertStringIncludes(shown, "Then, each only as far as it isn't so yet:");
    assertEquals(shown.split("Allow?").length, 2, shown);
    assertStringIncludes(shown, `${start.self} install --script --install-dir`);
    assertStringIncludes(shown, "--binary /bin/true | sudo sh");
    assertEquals(code, "77", shown);
  },
);

startTest("on a terminal install runs the script when it is granted", async (start) => {
  const { code, shown } = await onTerminal(start, "y");
  assertEquals(shown.split("Allow?").length, 2, shown);
  // The script ran, and found that it isn't root's.
  assertStringIncludes(shown, "This has to run as root");
  assert(!shown.includes("| sudo sh"), shown);
  assertEquals(code, "77", shown);
});

startTest("without a terminal install asks nothing, prints nothing on stdout and ends with 77", async (start) => {
  const [program = "", ...args] = start.line;
  const outcome = await run(program, [
    ...args,
    "install",
    "--binary",
    "/bin/true",
    "--install-dir",
    "/nonexistent/place",
  ]);
  assertEquals(outcome.code, 77, outcome.stderr);
  assertEquals(outcome.stdout, "");
  assertStringIncludes(outcome.stderr, `${start.self} install --script`);
  assertStringIncludes(outcome.stderr, "| sudo sh");
});
