/**
 * Types of `@std/cli` 1, as far as they are used here. Parameters are named and typed as there; the result is the
 * wider type to which the package's own, which depends on the options, can be assigned.
 */

/** How arguments are read. */
export interface ParseOptions {
  /** Names that are on or off. */
  boolean?: readonly string[];
  /** Names whose values stay text, numbers too; `_` stands for what is no option. */
  string?: readonly string[];
  /** Names whose values are collected into a list, which is empty when they were not given. */
  collect?: readonly string[];
}

/** Values by name; `_` holds what is no option. */
export interface Args {
  _: (string | number)[];
  [name: string]: unknown;
}

/** Reads arguments into values by name. */
export function parseArgs(args: readonly string[], options?: ParseOptions): Args;
