/**
 * What several commands declare and read in the same way.
 *
 * @module
 */

import type { Invocation, OptionSpec } from "./command.ts";

/** `--format`, as every command with output for programs declares it. */
export const formatOption: OptionSpec = {
  name: "format",
  value: "FORMAT",
  choices: ["text", "json"],
  default: "text",
  doc: "Form of the output",
};

/** An option's text; undefined if it wasn't given. */
export function textOption(options: Invocation["options"], name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}
