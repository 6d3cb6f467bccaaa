/**
 * Help texts made from the command records: examples first, since they are what is looked for.
 *
 * @module
 */

import { type Command, exit, type ExitCode, type OptionSpec } from "./command.ts";
import { globalOptions } from "./global_options.ts";
import type { Terminal } from "./terminal.ts";
import { columns, textWidth, wrap } from "./wrap.ts";

/** What each exit code means, for every command. */
export const exitMeanings: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [exit.ok, "Done; for a login: accepted"],
  [exit.failed, "Something to fix was found, or a login was rejected"],
  [exit.usage, "The command line is wrong"],
  [exit.noInput, "The file does not exist or can't be read"],
  [exit.unavailable, "Something outside does not answer"],
  [exit.software, "An internal error: a bug in duoproxy"],
  [exit.noPermission, "A right that the command needs was refused"],
  [exit.badConfig, "The configuration has errors, so serve did not start"],
  [exit.interrupted, "A question was interrupted, by Ctrl-C or a signal"],
];

/** The part of a terminal that help texts need. */
export type HelpTerminal = Pick<Terminal, "columns" | "style">;

/** One line for stderr when no command was given. */
export const shortUsage = "Usage: duoproxy COMMAND [OPTIONS]";

/** The whole of `duoproxy help`. */
export function overview(commands: readonly Command[], terminal: HelpTerminal): string {
  const width = textWidth(terminal.columns);
  const bold = (text: string): string => terminal.style("bold", text);
  return [
    wrap("duoproxy answers RADIUS from VPN gateways and checks the second factor with Duo.", width),
    `${bold("Usage:")} duoproxy COMMAND [OPTIONS]`,
    `${bold("Commands:")}\n${columns(commands.map(({ name, summary }) => [name, summary]), width, bold)}`,
    `${bold("Options of every command:")}\n${columns(globalOptions.map(optionRow), width)}`,
    `${bold("Exit codes:")}\n${columns(exitMeanings.map(([code, meaning]) => [String(code), meaning]), width)}`,
    wrap(
      "duoproxy help COMMAND shows examples and all options of a command, duoproxy explain guides lists the guides for " +
        "operators.",
      width,
    ),
  ].join("\n\n") + "\n";
}

/** The whole of `duoproxy help COMMAND`. */
export function commandHelp(command: Command, terminal: HelpTerminal): string {
  const width = textWidth(terminal.columns);
  const bold = (text: string): string => terminal.style("bold", text);
  const parts = [wrap(`duoproxy ${command.name}: ${lowerFirst(command.summary)}`, width)];
  if (command.examples.length > 0) {
    const examples = command.examples.map(({ line, does }) =>
      `${wrap(does, width, "  ")}\n    ${terminal.style("cyan", line)}`
    );
    parts.push(`${bold("Examples:")}\n${examples.join("\n")}`);
  }
  parts.push(`${bold("Usage:")} duoproxy ${command.usage}`);
  if (command.description.trim() !== "") parts.push(wrap(command.description, width));
  if (command.positionals.length > 0) {
    const rows = command.positionals.map(({ name, doc, choices }) => [name, withChoices(doc, choices)] as const);
    parts.push(`${bold("Arguments:")}\n${columns(rows, width)}`);
  }
  parts.push(`${bold("Options:")}\n${columns([...command.options, ...globalOptions].map(optionRow), width)}`);
  const exits = command.exits.map(({ code, when }) => [String(code), upperFirst(when)] as const);
  parts.push(`${bold("Exit codes:")}\n${columns(exits, width)}`);
  return parts.join("\n\n") + "\n";
}

function optionRow(spec: OptionSpec): readonly [string, string] {
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  const value = spec.value === undefined ? "" : ` ${spec.value}`;
  const notes = [
    spec.repeatable === true ? "may be repeated" : "",
    spec.default === undefined ? "" : `default: ${spec.default}`,
  ].filter((note) => note !== "");
  const text = withChoices(spec.doc, spec.choices);
  return [`${short}--${spec.name}${value}`, notes.length === 0 ? text : `${text} (${notes.join("; ")})`];
}

function withChoices(doc: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? doc : `${doc}: ${choices.join(", ")}`;
}

/** A summary within a sentence; words such as "RADIUS" keep their capitals. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
