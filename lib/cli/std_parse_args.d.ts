/** Types of `deno-std/cli/parse_args.js`, for the one way in which it is called here. */

/** How arguments are read. */
export interface ParseOptions {
  /** Names that are on or off. */
  readonly boolean: readonly string[];
  /** Names whose values stay text, numbers too; `_` stands for what is no option. */
  readonly string: readonly string[];
  /** Names whose values are collected into a list. */
  readonly collect: readonly string[];
}

/** Values by name; `_` holds what is no option. Names in `collect` hold lists, empty when they were not given. */
export interface ParsedArgs {
  readonly _: readonly string[];
  readonly [name: string]: readonly unknown[];
}

/** Reads arguments into values by name. */
export function parseArgs(args: readonly string[], options: ParseOptions): ParsedArgs;
