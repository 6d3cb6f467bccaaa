/**
 * From the command line to an exit code.
 *
 * @module
 */

import { type Command, exit, type ExitCode, UsageError } from "./command.ts";
import { globalOptions } from "./global_options.ts";
import { parseCommandLine, splitCommand } from "./parse.ts";
import { commandEntries, loadAllCommands, loadCommand } from "./registry.ts";
import { Interrupted } from "./secret_prompt.ts";
import type { ColorChoice, CommandTerminal, Terminal } from "./terminal.ts";
import { commandHelp, overview, shortUsage } from "./usage.ts";

/** Makes the terminal once it is known when colours are wanted. */
export type TerminalFactory = (color: ColorChoice) => CommandTerminal;

/**
 * Runs one command line.
 *
 * Nothing is thrown: a wrong line is explained on stderr (64), a missing right too (77), and anything unexpected is
 * named as a bug of ours (70), with its stack only under `--debug`.
 *
 * @param args the arguments without the program's name.
 */
export async function runCommandLine(args: readonly string[], createTerminal: TerminalFactory): Promise<ExitCode> {
  let terminal: CommandTerminal = createTerminal("auto");
  let name: string | undefined;
  try {
    const split = splitCommand(commonSpellings(args));
    name = split.name;
    if (name === undefined) return await withoutCommand(split.rest, createTerminal);
    const command: Command = await loadCommand(name);
    const { options, positionals, global } = parseCommandLine(command, split.rest);
    terminal = createTerminal(global.color);
    if (global.help) {
      await terminal.write(commandHelp(command, terminal));
      return ending(exit.ok, terminal);
    }
    return ending(await command.run({ options, positionals, terminal }), terminal);
  } catch (error) {
    const code = await explain(error, name, args, terminal);
    if (args.includes("--script")) await terminal.write(await failingScript(code, args));
    return code;
  }
}

/** Whoever pipes a script into a shell would take silence for success. */
async function failingScript(code: ExitCode, args: readonly string[]): Promise<string> {
  const { errorScript } = await import("./install_run.ts");
  const windows = Deno.build.os === "windows" || args.includes("--platform=windows");
  return errorScript("The command line was wrong, so nothing is done: see the message above", code, windows);
}

/** `--version` and `-V` alone are what people try first. */
function commonSpellings(args: readonly string[]): readonly string[] {
  const [first, ...others] = args;
  return first === "--version" || first === "-V" ? ["version", ...others] : args;
}

async function withoutCommand(rest: readonly string[], createTerminal: TerminalFactory): Promise<ExitCode> {
  const { global } = parseCommandLine(program, rest);
  const terminal = createTerminal(global.color);
  const commands = await loadAllCommands();
  if (!global.help) {
    // Colours are judged by stdout, and this goes to stderr.
    const plain = { columns: terminal.columns, style: (_style: string, text: string): string => text };
    await terminal.error(overview(commands, plain).trimEnd());
    return exit.usage;
  }
  await terminal.write(overview(commands, terminal));
  return ending(exit.ok, terminal);
}

/** The program without a command: it takes global options only. */
const program: Command = {
  name: "duoproxy",
  summary: "",
  usage: "COMMAND [OPTIONS]",
  description: "",
  positionals: [],
  options: [],
  examples: [],
  exits: [],
  run: () => Promise.resolve(exit.usage),
};

/** A success whose output was lost, on a full disk, say, is none. */
function ending(code: ExitCode, terminal: CommandTerminal): ExitCode {
  return code === exit.ok && terminal.outputLost ? exit.failed : code;
}

/** Tells the user what went wrong and decides the exit code. */
async function explain(
  error: unknown,
  name: string | undefined,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  if (error instanceof Interrupted) return exit.interrupted;
  const known = name !== undefined && commandEntries.some((entry) => entry.name === name);
  if (error instanceof UsageError) {
    await terminal.error(`duoproxy: ${error.message}`);
    await terminal.error(known ? `See duoproxy help ${name}` : `${shortUsage}; see duoproxy help`);
    return exit.usage;
  }
  if (error instanceof Deno.errors.NotCapable) {
    await terminal.error(
      `duoproxy: ${known ? name : "The program"} was refused a right that it asked for; ` +
        "it may use the network and read files, and nothing else",
    );
    return exit.noPermission;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    await terminal.error(`duoproxy: The system refused access: ${oneLine(error.message)}`);
    return exit.noPermission;
  }
  for (const line of describeBug(error, args.includes(`--${debugOption}`))) await terminal.error(line);
  return exit.software;
}

const debugOption = globalOptions.find((spec) => spec.name === "debug")?.name ?? "debug";

/**
 * What stderr shows of an unexpected error: its message, that it is our bug, and with `debug` where it happened.
 *
 * Main uses it too, for errors that reach no `catch`.
 */
export function describeBug(error: unknown, debug: boolean): readonly string[] {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const lines = [`duoproxy: Internal error, a bug in duoproxy: ${oneLine(text)}`];
  if (!debug) return [...lines, "Please report it with the command line; --debug shows where it happened"];
  const stack = error instanceof Error ? error.stack ?? "" : "";
  return [...lines, ...stack.split("\n").slice(1).filter((line) => line.trim() !== "")];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
