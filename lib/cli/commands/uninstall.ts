/**
 * `duoproxy uninstall`.
 *
 * @module
 */

import { installDefaults } from "../../install/options.ts";
import { type Command, exit, type ExitCode, type Invocation } from "../command.ts";

/** The command's record. */
export const command: Command = {
  name: "uninstall",
  summary: "Remove what install put on this machine",
  usage: "uninstall [--script | --dry-run] [OPTIONS]",
  description:
    "Follows the receipt that install left: what install didn't put there, or what was changed since, stays. " +
    "So do configuration, key, logs and accounts, unless --purge is given. What was there before the installation, such " +
    "as the original's unit, is put back.\n\n" +
    "As with install, the plan is shown on a terminal and carried out after one question, and --script prints it.",
  positionals: [],
  options: [
    { name: "script", doc: "Print the plan as a script and change nothing" },
    { name: "dry-run", doc: "Show the plan and change nothing" },
    { name: "install-dir", value: "DIR", default: installDefaults.installDir, doc: "What was installed where" },
    { name: "purge", doc: "Remove configuration, key, logs and the accounts that were made, too" },
    {
      name: "platform",
      value: "SYSTEM",
      choices: ["linux", "windows"],
      doc: "Plan for another system than this one",
    },
    { name: "silent", doc: "Accepted, nothing asks for anything" },
  ],
  examples: [
    { line: "duoproxy uninstall --script | sudo sh", does: "Remove the program, and keep configuration, key and logs" },
    { line: "duoproxy uninstall --purge --dry-run", does: "Show what would be removed if nothing is kept" },
  ],
  exits: [
    { code: exit.ok, when: "removed, or the plan was printed" },
    { code: exit.failed, when: "a step of the removal failed" },
    { code: exit.usage, when: "a value is refused" },
    { code: exit.noInput, when: "there is no receipt in the directory" },
    { code: exit.noPermission, when: "the right to run sh was refused or could not be asked for" },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { runUninstall } = await import("../install_run.ts");
    return await runUninstall(invocation);
  },
};
