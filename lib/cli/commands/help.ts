/**
 * `duoproxy help [COMMAND]`.
 *
 * @module
 */

import { type Command, exit, type ExitCode } from "../command.ts";
import { loadAllCommands, loadCommand } from "../registry.ts";
import { commandHelp, overview } from "../usage.ts";

/** The command's record. */
export const command: Command = {
  name: "help",
  summary: "Show the commands, or examples and options of one",
  usage: "help [COMMAND]",
  description: "",
  positionals: [{ name: "COMMAND", required: false, doc: "The command to explain" }],
  options: [],
  examples: [
    { line: "duoproxy help", does: "List the commands" },
    { line: "duoproxy help check", does: "Show how the check of a configuration file is called" },
  ],
  exits: [
    { code: exit.ok, when: "the text was printed" },
    { code: exit.usage, when: "there is no such command" },
  ],
  async run({ positionals, terminal }): Promise<ExitCode> {
    const [name] = positionals;
    const text = name === undefined
      ? overview(await loadAllCommands(), terminal)
      : commandHelp(await loadCommand(name), terminal);
    await terminal.write(text);
    return exit.ok;
  },
};
