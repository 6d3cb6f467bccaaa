/**
 * `duoproxy man`.
 *
 * @module
 */

import { version } from "../../version.ts";
import { type Command, exit, type ExitCode } from "../command.ts";

/** The command's record. */
export const command: Command = {
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
    const [{ loadAllCommands }, { manPage }] = await Promise.all([import("../registry.ts"), import("../man_page.ts")]);
    await terminal.write(manPage(await loadAllCommands(), version));
    return exit.ok;
  },
};
