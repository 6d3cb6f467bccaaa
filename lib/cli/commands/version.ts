/**
 * `duoproxy version`.
 *
 * @module
 */

import { platform, version } from "../../version.ts";
import { type Command, exit, type ExitCode } from "../command.ts";

/** The command's record. */
export const command: Command = {
  name: "version",
  summary: "Print the version of the program and of what runs it",
  usage: "version",
  description: "",
  positionals: [],
  options: [],
  examples: [{ line: "duoproxy version", does: "Print one line for a bug report" }],
  exits: [{ code: exit.ok, when: "always" }],
  async run({ terminal }): Promise<ExitCode> {
    await terminal.write(`duoproxy ${version} (${platform})\n`);
    return exit.ok;
  },
};
