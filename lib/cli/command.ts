/**
 * What a command is: a record that parsing, help, completions and the man page are all made from.
 *
 * @module
 */

import type { Terminal } from "./terminal.ts";

export { UsageError } from "./usage_error.ts";

/** Exit codes, after sysexits.h where it has one. The README and `help` show this table. */
export const exit = {
  ok: 0,
  /** Findings, a rejected login, a row of the tour that came out wrong. */
  failed: 1,
  usage: 64,
  noInput: 66,
  unavailable: 69,
  /** A bug of ours. */
  software: 70,
  noPermission: 77,
  badConfig: 78,
  /** As shells have it for what Ctrl-C ended. */
  interrupted: 130,
} as const;

/** One of the exit codes of {@link exit}. */
export type ExitCode = typeof exit[keyof typeof exit];

/** One `--option` of a command. */
export interface OptionSpec {
  /** Long name without dashes, such as `config`. */
  readonly name: string;
  /** One-letter form without dash. */
  readonly short?: string;
  /** What the value is called in help, such as `FILE`; absent for a switch. */
  readonly value?: string;
  /** The only values accepted, if there is a list. */
  readonly choices?: readonly string[];
  /** May be given several times. */
  readonly repeatable?: boolean;
  /** What is used when the option is absent, as shown in help. */
  readonly default?: string;
  /** One sentence without final period. */
  readonly doc: string;
}

/** A positional argument. */
export interface PositionalSpec {
  /** As shown in usage, such as `USER`. */
  readonly name: string;
  readonly required: boolean;
  readonly choices?: readonly string[];
  readonly doc: string;
}

/** A command line that works, and what it does. */
export interface Example {
  /** The whole line, beginning with `duoproxy`. */
  readonly line: string;
  readonly does: string;
}

/** What a command is called with. */
export interface Invocation {
  /** Values of options given, by long name: text, `true` for a switch, a list for a repeatable option. */
  readonly options: Readonly<Record<string, string | true | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
  readonly terminal: Terminal;
}

/** A subcommand. Its file imports only light modules at the top: `run` loads what it needs with `import()`. */
export interface Command {
  readonly name: string;
  /** One line without final period. */
  readonly summary: string;
  /** What follows the program's name, such as `check [--config FILE]`. */
  readonly usage: string;
  /** Paragraphs of plain text for `help COMMAND`. */
  readonly description: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /** The codes that the command ends with, and when. */
  readonly exits: readonly { readonly code: ExitCode; readonly when: string }[];
  /** Runs the command and resolves to its exit code. Usage errors are thrown as {@link UsageError}. */
  run(invocation: Invocation): Promise<ExitCode>;
}

/** The program's commands, for those that show them all. */
export interface CommandList {
  /** One command's record. Throws {@link UsageError} with the nearest name if there is no such command. */
  load(name: string): Promise<Command>;
  /** All records, in the order in which help lists them. */
  loadAll(): Promise<readonly Command[]>;
}
