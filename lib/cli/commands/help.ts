/**
 * `duoproxy help [COMMAND]`.
 *
 * @module
 */

import { type Command, type CommandList, exit, type ExitCode } from "../command.ts";
import { commandHelp, overview } from "../usage.ts";

/** The command's record, for the program whose commands are listed. */
export function createCommand(list: CommandList): Command {
  return {
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
        ? overview(await list.loadAll(), terminal)
        : commandHelp(await list.load(name), terminal);
      await terminal.write(text);
      return exit.ok;
    },
  };
}
