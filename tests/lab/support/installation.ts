/**
 * Scripts of `install` and `uninstall` as the commands print them, a stand-in for the program, and what to look at in a
 * root afterwards.
 *
 * @module
 */

import type { ExitCode, Invocation } from "../../../lib/cli/command.ts";
import { runInstall, runUninstall } from "../../../lib/cli/install_run.ts";
import { assert, assertEquals } from "../../kit/assert.ts";
import { FakeTerminal } from "../../kit/fake_terminal.ts";
import { has, IsolatedRoot, missingForRoots, type Outcome, run } from "./isolated_root.ts";

/** What a command printed. */
export interface Printed {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `install` or `uninstall` with options, without a terminal. */
export async function command(name: "install" | "uninstall", options: Invocation["options"]): Promise<Printed> {
  const terminal = new FakeTerminal();
  const start = name === "install" ? runInstall : runUninstall;
  const code = await start({ options, positionals: [], terminal });
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

/** The one reason why none of these tests can run here, looked up once. */
const missing: string | undefined = await missingForRoots() ?? (await has("cc") ? undefined : "cc is missing");

/** A test in a fresh root; where roots can't be had, it is skipped, and its name says why. */
export function rootTest(name: string, test: (root: IsolatedRoot) => Promise<void>): void {
  Deno.test({
    name: missing === undefined ? name : `${name} (skipped: ${missing})`,
    ignore: missing !== undefined,
    fn: async () => {
      await using root = await IsolatedRoot.create();
      await test(root);
    },
  });
}

const built = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** The stand-in, compiled to call itself by a version. */
function standIn(version: string): Promise<Uint8Array<ArrayBuffer>> {
  const known = built.get(version);
  if (known !== undefined) return known;
  const made = compile(version);
  built.set(version, made);
  return made;
}

async function compile(version: string): Promise<Uint8Array<ArrayBuffer>> {
  const directory = await Deno.makeTempDir();
  try {
    const source = new URL("stand_in.c", import.meta.url).pathname;
    const { code, stderr } = await run("cc", [
      "-static",
      "-O1",
      `-DVERSION="${version}"`,
      "-o",
      `${directory}/it`,
      source,
    ]);
    assertEquals(code, 0, stderr);
    return await Deno.readFile(`${directory}/it`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Where the program to install lies in the roots: a name that every script has to quote. */
export const source = '/root/it\'s "the" $(program)';

/** Puts the stand-in into a root, as the program to install. */
export async function putProgram(root: IsolatedRoot, version: string): Promise<void> {
  const directory = "/root/put";
  await root.write(`${directory}/program`, await standIn(version), "755");
  await root.ok(`mv -f ${directory}/program "$(cat)"`, source);
}

/** The script that `install` prints for the stand-in. */
export async function installScript(options: Invocation["options"] = {}): Promise<string> {
  // The program is looked for on this machine, so one of the same name has to be here.
  const directory = await Deno.makeTempDir();
  try {
    const here = `${directory}/program`;
    await Deno.writeTextFile(here, "");
    const { code, stdout, stderr } = await command("install", { script: true, binary: here, ...options });
    assertEquals(code, 0, stderr);
    const quoted = `'${source.replaceAll("'", `'\\''`)}'`;
    return stdout.replaceAll(`binary=${here}`, `binary=${quoted}`).replaceAll(
      `require_program ${here}`,
      `require_program ${quoted}`,
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Runs a script in a root as `| sh` would. */
export function pipe(root: IsolatedRoot, script: string, shell = "dash"): Promise<Outcome> {
  return root.sh(shell, script);
}

/** Runs a script that has to succeed; gives back what it said. */
export async function pipeOk(root: IsolatedRoot, script: string, shell = "dash"): Promise<string> {
  const { code, stdout, stderr } = await pipe(root, script, shell);
  assert(code === 0, `the script ended with ${code}: ${stdout}${stderr}`);
  assertEquals(stderr, "");
  return stdout;
}

/** The removal that the root's receipt leads to. */
export async function uninstallScript(root: IsolatedRoot, installDir: string, purge = false): Promise<string> {
  const { readReceipt } = await import("../../../lib/install/receipt.ts");
  const { uninstallPlan } = await import("../../../lib/install/uninstall_plan.ts");
  const { planScript } = await import("../../../lib/install/script.ts");
  const receipt = readReceipt(`${await root.ok(`cat '${installDir}/install.receipt'`)}\n`);
  assert(receipt !== undefined, "the receipt can't be read");
  return planScript(uninstallPlan({ installDir, purge }, receipt));
}

/**
 * Everything about every file of a root but its content: kind, mode, owner, times. What stands in the accounts' files
 * is in their times. The places where the system itself writes are left out.
 */
export async function snapshot(root: IsolatedRoot): Promise<string> {
  return await root.ok(
    "find / -xdev \\( -path /proc -o -path /dev -o -path /run \\) -prune -o " +
      "-printf '%p %y %m %U:%G %s %l %T@ %C@\\n' | sort",
  );
}

/** `owner:group mode` of a path. */
export async function attributes(root: IsolatedRoot, path: string): Promise<string> {
  return await root.ok(`stat -c '%U:%G %a' '${path}'`);
}
