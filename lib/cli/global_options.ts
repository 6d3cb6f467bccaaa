/**
 * The options that every command takes, before its name or behind it.
 *
 * @module
 */

import type { OptionSpec } from "./command.ts";
import type { ColorChoice } from "./terminal.ts";

/** Options of the program itself; help lists them after those of the command. */
export const globalOptions: readonly OptionSpec[] = [
  {
    name: "color",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    default: "auto, on a terminal",
    doc: "When to colour output",
  },
  { name: "debug", doc: "After an internal error, also print where in the program it happened" },
  { name: "help", short: "h", doc: "Show help on the command" },
];

/** Values of the {@link globalOptions}. */
export interface GlobalValues {
  readonly color: ColorChoice;
  readonly debug: boolean;
  readonly help: boolean;
}
