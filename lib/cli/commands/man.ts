/**
 * `duoproxy man`.
 *
 * @module
 */

import { version } from "../../version.ts";
import { type Command, type CommandList, exit, type ExitCode } from "../command.ts";

/** The command's record, for the program whose commands are listed. */
export function createCommand(list: CommandList): Command {
  return {
    name: "man",
    summary: "Print the manual page",
    usage: "man",
    description:
      "The page holds every command with its options, the exit codes, and every section and option of the configuration file, made from the same tables as help and explain. It is text for man, mandoc or groff.",
    positionals: [],
    options: [],
    examples: [
      { line: "duoproxy man | man -l -", does: "Read the page" },
      { line: "duoproxy man >/usr/local/share/man/man1/duoproxy.1", does: "Install it, so that man duoproxy finds it" },
    ],
    exits: [{ code: exit.ok, when: "the page was printed" }],
    async run({ terminal }): Promise<ExitCode> {
      const { manPage } = await import("../man_page.ts");
      await terminal.write(manPage(await list.loadAll(), version));
      return exit.ok;
    },
  };
}
