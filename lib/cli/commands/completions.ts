/**
 * `duoproxy completions bash|zsh|fish`.
 *
 * @module
 */

import { version } from "../../version.ts";
import { type Command, type CommandList, exit, type ExitCode } from "../command.ts";

/** The command's record, for the program whose commands are listed. */
export function createCommand(list: CommandList): Command {
  return {
    name: "completions",
    summary: "Print a script that completes command lines in a shell",
    usage: "completions bash|zsh|fish",
    description:
      "The script is made from the same tables as the help: commands, options, their values, and for `explain` the names of sections and options. It runs nothing but the shell itself.",
    positionals: [{ name: "SHELL", required: true, choices: ["bash", "zsh", "fish"], doc: "The shell to complete in" }],
    options: [],
    examples: [
      { line: "duoproxy completions bash", does: "Print the script; source <(...) around it completes in this shell" },
      {
        line: "duoproxy completions bash >/etc/bash_completion.d/duoproxy",
        does: "Complete in every shell of this machine",
      },
      {
        line: "duoproxy completions zsh >/usr/local/share/zsh/site-functions/_duoproxy",
        does: "The same for zsh",
      },
      { line: "duoproxy completions fish >~/.config/fish/completions/duoproxy.fish", does: "The same for fish" },
    ],
    exits: [
      { code: exit.ok, when: "the script was printed" },
      { code: exit.usage, when: "there is no script for that shell" },
    ],
    async run({ positionals, terminal }): Promise<ExitCode> {
      const [{ completionModel }, { bashScript }, { zshScript }, { fishScript }] = await Promise.all(
        [
          import("../completions/model.ts"),
          import("../completions/bash.ts"),
          import("../completions/zsh.ts"),
          import("../completions/fish.ts"),
        ],
      );
      const model = completionModel(await list.loadAll(), version);
      const [shell] = positionals;
      await terminal.write(
        shell === "zsh" ? zshScript(model) : shell === "fish" ? fishScript(model) : bashScript(model),
      );
      return exit.ok;
    },
  };
}
