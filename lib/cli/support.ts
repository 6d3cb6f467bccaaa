/**
 * `duoproxy support`.
 *
 * @module
 */

import { type Command, exit, type ExitCode } from "./command.ts";
import { textOption } from "./common_options.ts";
import { configFile, configOption, keyFileOption } from "./config_file.ts";

/** For all checks together, in ms. */
const checkTimeout = 20_000;

/** The command's record. */
export const command: Command = {
  name: "support",
  summary: "Print what a helper needs to know, without secrets",
  usage: "support [--config FILE] [--key-file FILE]",
  description:
    "Prints versions, what becomes of each section, findings, the checks of connectivity-check, and the configuration with everything masked that is or might be a secret: values of secret options, of unknown and misspelt ones, remarks, and whatever looks like a key. It is text on stdout; nothing is sent to anybody.\n\n" +
    "Names of hosts, addresses and users of the configuration are not masked.",
  positionals: [],
  options: [configOption, keyFileOption],
  examples: [
    { line: "duoproxy support >support.txt", does: "Write the bundle into a file" },
    { line: "duoproxy support --config ./authproxy.cfg", does: "Show it for another configuration" },
  ],
  exits: [
    { code: exit.ok, when: "the bundle was printed, whatever it says" },
    { code: exit.usage, when: "the command line is wrong" },
  ],
  async run({ options, terminal }): Promise<ExitCode> {
    const [{ systemHost }, { buildBundle }, { platform, version }, { allChecks }, { systemMachine }, { runChecks }] =
      await Promise.all([
        import("../config/host.ts"),
        import("../support/bundle.ts"),
        import("../version.ts"),
        import("../check/all.ts"),
        import("../check/machine.ts"),
        import("../check/runner.ts"),
      ]);
    const { config } = options;
    const bundle = await buildBundle({
      host: systemHost,
      configFile: await configFile(config),
      keyFile: textOption(options, "key-file"),
      versions: [`duoproxy ${version}`, platform],
      checks: (loaded) =>
        runChecks(
          {
            findings: loaded.findings,
            sections: loaded.sections,
            servers: loaded.kind === "ok" ? loaded.config.servers : loaded.sound,
          },
          { checks: allChecks, machine: systemMachine, timeout: checkTimeout },
        ),
    });
    await terminal.write(bundle);
    return exit.ok;
  },
};
