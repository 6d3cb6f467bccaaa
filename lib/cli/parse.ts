/**
 * Reads a command's arguments by its record: names, values, choices and counts are checked here, so that commands
 * see only what they declared.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { nearest } from "../config/nearest.ts";
import { type Command, type Invocation, type OptionSpec, type PositionalSpec, UsageError } from "./command.ts";
import { globalOptions, type GlobalValues } from "./global_options.ts";

/** A command's arguments, without the terminal that completes an {@link Invocation}. */
export interface ParsedArguments extends Omit<Invocation, "terminal"> {
  readonly global: GlobalValues;
}

/** Command line before the command's name, the name, and what follows it. */
export interface SplitArguments {
  /** Global options before the name, then everything behind it. */
  readonly rest: readonly string[];
  /** Undefined if only global options were given. */
  readonly name: string | undefined;
}

/**
 * Finds the command's name: the first argument that is neither a global option nor its value.
 *
 * @throws {UsageError} if an option before the name isn't a global one.
 */
export function splitCommand(args: readonly string[]): SplitArguments {
  const before: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (!arg.startsWith("-") || arg === "-" || arg === "--") {
      const name = arg === "--" ? args[index + 1] : arg;
      return { name, rest: [...before, ...args.slice(index + (arg === "--" ? 2 : 1))] };
    }
    before.push(arg);
    const { spec, attached } = findOption(arg, globalOptions);
    const value = args[index + 1];
    if (spec.value !== undefined && attached === undefined && value !== undefined) {
      before.push(value);
      index++;
    }
  }
  return { name: undefined, rest: before };
}

/**
 * Reads the arguments behind a command's name.
 *
 * Options and positionals may be mixed; `--` ends the options; a value follows its option or an equals sign. With
 * `--help` among them nothing else is checked. Values stay text.
 *
 * @throws {UsageError} naming the argument that is wrong.
 */
export function parseCommandLine(command: Command, args: readonly string[]): ParsedArguments {
  const specs = [...command.options, ...globalOptions];
  if (wantsHelp(args)) {
    return { options: {}, positionals: [], global: { color: colorBeforeHelp(args), debug: false, help: true } };
  }
  const names = specs.map((spec) => spec.name);
  const parsed = parseArgs(canonical(args, specs), {
    boolean: specs.filter((spec) => spec.value === undefined).map((spec) => spec.name),
    string: ["_", ...specs.filter((spec) => spec.value !== undefined).map((spec) => spec.name)],
    collect: names,
  });
  const options: Record<string, string | true | readonly string[]> = {};
  for (const spec of specs) {
    const given = parsed[spec.name];
    if (!Array.isArray(given) || given.length === 0) continue;
    if (given.length > 1 && spec.repeatable !== true) {
      throw new UsageError(`--${spec.name} is given ${given.length} times, and counts only once`);
    }
    if (spec.value === undefined) {
      options[spec.name] = true;
      continue;
    }
    const values = given.map(String);
    for (const value of values) checkChoice(`--${spec.name}`, value, spec.choices);
    options[spec.name] = spec.repeatable === true ? values : values[0] ?? "";
  }
  const positionals = parsed._.map(String);
  checkPositionals(command, positionals);
  const color = options["color"];
  const global: GlobalValues = {
    color: color === "always" || color === "never" ? color : "auto",
    debug: options["debug"] === true,
    help: false,
  };
  for (const { name } of globalOptions) delete options[name];
  return { options, positionals, global };
}

/** True if `--help` or `-h` is among the options. */
function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
}

/** The colour asked for on a line that asks for help, on which wrong options are let pass. */
function colorBeforeHelp(args: readonly string[]): GlobalValues["color"] {
  const index = args.findIndex((arg) => arg === "--color" || arg.startsWith("--color="));
  const arg = args[index] ?? "";
  const value = arg === "--color" ? args[index + 1] : arg.slice("--color=".length);
  return value === "always" || value === "never" ? value : "auto";
}

/**
 * The arguments in the one spelling that leaves nothing to guess: `--name=value`, `--name`, and all positionals
 * behind `--`. The library's parser is kinder than a command line should be: it takes `true` behind a switch for its value,
 * `-ca` for two switches, a missing value for an empty one, and anything behind a switch's equals sign.
 */
function canonical(args: readonly string[], specs: readonly OptionSpec[]): string[] {
  const options: string[] = [];
  const positionals: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--") {
      positionals.push(...args.slice(index + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      positionals.push(arg);
      continue;
    }
    const { spec, shown, attached } = findOption(arg, specs);
    if (spec.value === undefined) {
      if (attached !== undefined) throw new UsageError(`${shown} takes no value`);
      options.push(`--${spec.name}`);
      continue;
    }
    const next = args[index + 1];
    const value = attached ?? (next !== undefined && (next === "-" || !next.startsWith("-")) ? next : undefined);
    if (value === undefined || value === "") {
      const dashed = attached === undefined && next !== undefined && next !== "" && next !== "--";
      const hint = dashed ? `; one that begins with a dash is written --${spec.name}=${spec.value}` : "";
      throw new UsageError(`${shown} needs a value (${spec.value})${hint}`);
    }
    if (attached === undefined) index++;
    options.push(`--${spec.name}=${value}`);
  }
  return [...options, "--", ...positionals];
}

interface FoundOption {
  readonly spec: OptionSpec;
  /** As the user wrote it, without value. */
  readonly shown: string;
  /** The value that came in the same argument. */
  readonly attached: string | undefined;
}

function findOption(arg: string, specs: readonly OptionSpec[]): FoundOption {
  if (arg.startsWith("--")) {
    const equals = arg.indexOf("=");
    const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
    const spec = specs.find((candidate) => candidate.name === name);
    if (spec === undefined) throw unknownOption(`--${name}`, name, specs);
    return { spec, shown: `--${name}`, attached: equals < 0 ? undefined : arg.slice(equals + 1) };
  }
  const letter = [...arg.slice(1)][0] ?? "";
  const spec = specs.find((candidate) => candidate.short === letter);
  // A single dash before a long name is a slip that deserves its own hint.
  if (spec === undefined) throw unknownOption(arg, arg.slice(1).split("=")[0] ?? "", specs);
  const behind = arg.slice(1 + letter.length);
  const attached = behind === "" ? undefined : behind.replace(/^=/, "");
  return { spec, shown: `-${letter}`, attached };
}

function unknownOption(shown: string, name: string, specs: readonly OptionSpec[]): UsageError {
  const known = specs.map((spec) => spec.name);
  const near = known.includes(name) ? name : nearest(name, known);
  return new UsageError(`Unknown option ${quote(shown)}${near === undefined ? "" : `; did you mean --${near}?`}`);
}

function checkChoice(what: string, value: string, choices: readonly string[] | undefined): void {
  if (choices === undefined || choices.includes(value)) return;
  const near = nearest(value, choices);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new UsageError(`${what} is ${choices.join(", ")}, not ${quote(value)}${hint}`);
}

function checkPositionals(command: Command, given: readonly string[]): void {
  const wanted = command.positionals;
  const missing = wanted.find((spec, index) => spec.required && given[index] === undefined);
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing: duoproxy ${command.usage}`);
  const extra = given[wanted.length];
  if (extra !== undefined) {
    throw new UsageError(`Unexpected argument ${quote(extra)}: duoproxy ${command.usage}`);
  }
  given.forEach((value, index) => {
    const spec: PositionalSpec | undefined = wanted[index];
    if (spec === undefined) return;
    if (value === "") throw new UsageError(`${spec.name} is empty`);
    checkChoice(spec.name, value, spec.choices);
  });
}

/** Text of the user's within a message: quoted, cut to a length that a screen bears, control characters escaped. */
export function quote(text: string): string {
  const shown = [...text].slice(0, 60).join("");
  const escaped = shown.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${escaped}${shown === text ? "" : "..."}"`;
}
