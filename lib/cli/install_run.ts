/**
 * What `install` and `uninstall` do with their plans: print them, or carry them out.
 *
 * @module
 */

import starter from "../../conf/authproxy.cfg" with { type: "text" };
import { describePlan } from "../install/describe.ts";
import { listCandidates, pickBinary } from "../install/find_binary.ts";
import { configPath, receiptPath } from "../install/layout.ts";
import { defaultLogSettings, type LogSettings, readLogSettings } from "../install/log_settings.ts";
import { checkDirectory, checkInstallValues, checkPath, installDefaults, withBinary } from "../install/options.ts";
import { installPlan, type Plan } from "../install/plan.ts";
import { shellWord } from "../install/quoting.ts";
import { readReceipt } from "../install/receipt.ts";
import { failingScript, planScript } from "../install/script.ts";
import { uninstallPlan } from "../install/uninstall_plan.ts";
import {
  checkWindowsDirectory,
  checkWindowsPath,
  failingWindowsScript,
  windowsInstallDir,
  windowsRemoval,
  windowsScript,
} from "../install/windows.ts";
import { visibleText } from "../text.ts";
import { exit, type ExitCode, type Invocation } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/** A plan can't be made: what to say, and the code to end with. */
class Refused extends Error {
  override readonly name = "Refused";
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a command would do, in the three forms it may be wanted in. */
interface Prepared {
  readonly script: string;
  readonly description: string;
  /** The line that carries it out from a shell. */
  readonly line: string;
  /** Whether this machine's `sh` can run the script. */
  readonly runnable: boolean;
}

/** Runs `install`. */
export function runInstall(invocation: Invocation): Promise<ExitCode> {
  return withPlan(invocation, "install", () => prepareInstall(invocation));
}

/** Runs `uninstall`. */
export function runUninstall(invocation: Invocation): Promise<ExitCode> {
  return withPlan(invocation, "uninstall", () => prepareUninstall(invocation));
}

/**
 * Carries a command out in the form that was asked for. With `--script` every failure is a script that says so and
 * fails itself: `| sh` must not succeed because nothing came through the pipe.
 */
async function withPlan(
  { options, terminal }: Invocation,
  name: string,
  prepare: () => Promise<Prepared>,
): Promise<ExitCode> {
  const windows = forWindows(options);
  let prepared: Prepared;
  try {
    if (options["script"] === true && options["dry-run"] === true) {
      throw new Refused(exit.usage, "--script and --dry-run exclude each other");
    }
    prepared = await prepare();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await terminal.error(`duoproxy: ${error.message}`);
    if (error.code === exit.usage) await terminal.error(`See duoproxy help ${name}`);
    if (options["script"] === true) await terminal.write(errorScript(error.message, error.code, windows));
    return error.code;
  }
  if (options["script"] === true) {
    await terminal.write(prepared.script);
    return exit.ok;
  }
  if (options["dry-run"] === true) {
    await terminal.write(prepared.description);
    return exit.ok;
  }
  return await carryOut(prepared, terminal);
}

/**
 * The script that `--script` prints when there is no plan: it only says why, and ends with the code.
 *
 * @param windows whether PowerShell is to read it.
 */
export function errorScript(message: string, code: ExitCode, windows: boolean): string {
  return windows ? failingWindowsScript(message, code) : failingScript(message, code);
}

/**
 * Asks for the one right that is needed, and runs the script.
 *
 * This is the only place of the program that starts another one. The compiled program has no right to do so: the
 * runtime asks whoever sits at the terminal, and whoever says no gets the line that does the same without it.
 */
async function carryOut(prepared: Prepared, terminal: Terminal): Promise<ExitCode> {
  if (!prepared.runnable || !terminal.interactive) return await refuse(prepared, terminal);
  await terminal.write(`${prepared.description}\n`);
  const right = { name: "run", command: "sh" } as const;
  const { state } = await Deno.permissions.request(right);
  if (state !== "granted") return await refuse(prepared, terminal);
  // Through stdin: a command line would be too short for the script. stdout and stderr are the terminal's.
  const child = new Deno.Command("sh", { args: ["-s"], stdin: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(prepared.script));
    await writer.close();
  } catch (error) {
    // A shell that ends early says why itself, by its exit code.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  const { code } = await child.status;
  await Deno.permissions.revoke(right);
  return exitCodeOf(code);
}

async function refuse(prepared: Prepared, terminal: Terminal): Promise<ExitCode> {
  await terminal.error("duoproxy: Nothing was changed. To carry out the plan, run:");
  await terminal.error(`  ${prepared.line}`);
  return exit.noPermission;
}

/** The script ends with our own codes; anything else is a step that failed. */
function exitCodeOf(code: number): ExitCode {
  return Object.values(exit).find((known) => known === code) ?? exit.failed;
}

async function prepareInstall(invocation: Invocation): Promise<Prepared> {
  const { options } = invocation;
  if (forWindows(options)) return prepareWindows(options, await findBinary(text(options["binary"])));
  const values = checkInstallValues({
    installDir: text(options["install-dir"]),
    serviceUser: text(options["service-user"]),
    logGroup: text(options["log-group"]),
    createInitScript: text(options["create-init-script"]),
    enableSelinux: text(options["enable-selinux"]),
    portCapability: options["port-capability"] === true,
  });
  if ("refused" in values) throw new Refused(exit.usage, values.refused);
  const complete = withBinary(values, await findBinary(text(options["binary"])));
  if ("refused" in complete) throw new Refused(exit.usage, complete.refused);
  const log = await findLogSettings(text(options["config"]), values.installDir);
  return linuxPlan(installPlan(complete, log, starter), commandLine("install", options));
}

async function prepareUninstall({ options }: Invocation): Promise<Prepared> {
  const purge = options["purge"] === true;
  if (forWindows(options)) {
    const installDir = checked(
      "--install-dir",
      checkWindowsDirectory(text(options["install-dir"]) ?? windowsInstallDir),
    );
    return {
      script: windowsRemoval(installDir, purge),
      description: `Remove duoproxy and its start-up task from ${installDir}\n`,
      line: `${commandLine("uninstall", options)} > uninstall.ps1`,
      runnable: false,
    };
  }
  const installDir = checked(
    "--install-dir",
    checkDirectory(text(options["install-dir"]) ?? installDefaults.installDir),
  );
  const path = receiptPath(installDir);
  const receipt = readReceipt(await readText(path, `There is no installation of duoproxy in ${installDir}: ${path}`));
  if (receipt === undefined) throw new Refused(exit.noInput, `${path} is no receipt that this version can read`);
  return linuxPlan(uninstallPlan({ installDir, purge }, receipt), commandLine("uninstall", options));
}

function linuxPlan(plan: Plan, line: string): Prepared {
  return {
    script: planScript(plan),
    description: describePlan(plan),
    line: `${line} | sudo sh`,
    runnable: Deno.build.os === "linux",
  };
}

function prepareWindows(options: Invocation["options"], binary: string): Prepared {
  const installDir = checked("--install-dir", checkWindowsDirectory(text(options["install-dir"]) ?? windowsInstallDir));
  const program = Deno.build.os === "windows" ? checked("--binary", checkWindowsPath(binary)) : binary;
  return {
    script: windowsScript({ installDir, binary: program }, starter),
    description: `Install duoproxy in ${installDir}, as a task that starts with the machine as LOCAL SERVICE\n`,
    line: `${commandLine("install", options)} > install.ps1, then run install.ps1 in PowerShell as an administrator`,
    runnable: false,
  };
}

function checked(option: string, value: string | { readonly refused: string }): string {
  if (typeof value === "string") return value;
  throw new Refused(exit.usage, `${option} ${value.refused}`);
}

/** The program to install, as an absolute path: the one that was named, this one, or what the checkout has compiled. */
async function findBinary(given: string | undefined): Promise<string> {
  if (given !== undefined) {
    if (given.startsWith("-")) throw new Refused(exit.usage, "--binary begins with a dash; name an absolute path");
    const path = await absolute(given);
    const info = await Deno.stat(path).catch(() => undefined);
    if (info?.isFile !== true) {
      throw new Refused(exit.noInput, `There is no program to install at ${visibleText(path)}`);
    }
    return path;
  }
  if (Deno.build.standalone) return Deno.execPath();
  const dist = import.meta.dirname === undefined ? undefined : `${import.meta.dirname}/../../dist`;
  const name = dist === undefined ? undefined : pickBinary(await listCandidates(dist), Deno.build.target);
  if (dist === undefined || name === undefined) {
    throw new Refused(
      exit.unavailable,
      `There is no program to install: dist/ has no duoproxy-${Deno.build.target}; run deno task compile, or name one with --binary`,
    );
  }
  return await Deno.realPath(`${dist}/${name}`);
}

async function absolute(path: string): Promise<string> {
  if (path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path)) return path;
  // The directory is made absolute and plain, the last name stays as given.
  const harmful = checkPath(`/${path.replaceAll(/(?:^|\/)\.\.?(?=\/)/g, "")}`);
  if (typeof harmful !== "string") throw new Refused(exit.usage, `--binary ${harmful.refused}`);
  return await Deno.realPath(path).catch(() => `${Deno.cwd()}/${path}`);
}

/** The log options of the named configuration, else of the installed one, else the defaults. */
async function findLogSettings(given: string | undefined, installDir: string): Promise<LogSettings> {
  const file = given ?? configPath(installDir);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(file);
  } catch (error) {
    if (given === undefined && isAbsent(error)) return defaultLogSettings(installDir);
    if (error instanceof Deno.errors.PermissionDenied) {
      // Defaults in the place of what is set there would change an installation without a word.
      throw new Refused(
        exit.noPermission,
        `${visibleText(file)} can't be read, and its log options shape the service; use sudo`,
      );
    }
    throw new Refused(
      exit.noInput,
      `${visibleText(file)} can't be read: ${isAbsent(error) ? "it isn't there" : "it is no file"}`,
    );
  }
  const settings = readLogSettings(bytes, file, installDir);
  if ("refused" in settings) throw new Refused(exit.badConfig, settings.refused);
  return settings;
}

async function readText(path: string, absent: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new Refused(exit.noPermission, `${visibleText(path)} can't be read; use sudo`);
    }
    throw new Refused(exit.noInput, `${absent} ${isAbsent(error) ? "isn't there" : "can't be read"}`);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** The command line that prints the script, as it was called now. */
function commandLine(name: string, options: Invocation["options"]): string {
  const program = Deno.build.standalone ? Deno.execPath() : "duoproxy";
  const words = [program, name, "--script"];
  for (const [option, value] of Object.entries(options)) {
    if (option === "script" || option === "dry-run" || value === undefined) continue;
    if (value === true) words.push(`--${option}`);
    else if (typeof value === "string") words.push(`--${option}`, value);
  }
  return words.map(shellWord).join(" ");
}

function forWindows(options: Invocation["options"]): boolean {
  return text(options["platform"]) === "windows" || (options["platform"] === undefined && Deno.build.os === "windows");
}

function text(value: Invocation["options"][string]): string | undefined {
  return typeof value === "string" ? value : undefined;
}
