/**
 * `duoproxy support`.
 *
 * @module
 */

import type { ConfigHost } from "../../config/host.ts";
import { type Command, exit, type ExitCode } from "../command.ts";
import { textOption } from "../common_options.ts";
import { configFile, configOption, keyFileOption } from "../config_file.ts";

/** For all checks together, in ms. */
const checkTimeout = 20_000;

/** The command's record. */
export const command: Command = {
  name: "support",
  summary: "Print what a helper needs to know, without secrets",
  usage: "support [--config FILE] [--key-file FILE]",
  description:
    "Prints versions, what becomes of each section, findings, the checks of connectivity-check, what the running proxy says on its status port, the configuration, and the ends of its logs, with everything masked that is or might be a secret: values of secret options, of unknown and misspelt ones, remarks, and whatever looks like a key. It is text on stdout; nothing is sent to anybody.\n\n" +
    "Names of hosts, addresses and users are not masked.",
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
    const [{ systemHost }, { recordReads }, { buildBundle }, { readFilePart }, { platform, version }] = await Promise
      .all([
        import("../../config/host.ts"),
        import("../../config/recording_host.ts"),
        import("../../bundle/bundle.ts"),
        import("../../log/file_tail.ts"),
        import("../../version.ts"),
      ]);
    const [{ allChecks }, { systemMachine }, { runChecks }, { configurationFiles }] = await Promise.all([
      import("../../check/all.ts"),
      import("../../check/machine.ts"),
      import("../../check/runner.ts"),
      import("../../check/service_files.ts"),
    ]);
    const file = await configFile(options.config);
    const { host, read } = recordReads(systemHost);
    const bundle = await buildBundle({
      host,
      configFile: file,
      keyFile: textOption(options, "key-file"),
      readPart: readFilePart,
      versions: [`duoproxy ${version}`, platform],
      status: () => statusLines(file, systemHost),
      checks: (loaded) =>
        runChecks(
          {
            findings: loaded.findings,
            sections: loaded.sections,
            servers: loaded.kind === "ok" ? loaded.config.servers : loaded.sound,
            configuration: configurationFiles(file, [...read], undefined),
          },
          { checks: allChecks, machine: systemMachine, timeout: checkTimeout },
        ),
    });
    await terminal.write(bundle);
    return exit.ok;
  },
};

/** What the status port of the configuration says, or why nothing can be asked. */
async function statusLines(file: string, host: ConfigHost): Promise<readonly string[]> {
  const [{ findStatusAddress }, { askStatus }, { systemClock }] = await Promise.all([
    import("../../config/status_address.ts"),
    import("../ask_status.ts"),
    import("../../clock.ts"),
  ]);
  const address = await findStatusAddress(file, host);
  if (address.kind === "unreadable") return ["Not asked: the configuration can't be read"];
  if (address.kind === "unset") return ["Not asked: the configuration names no status_port"];
  const answer = await askStatus(address, systemClock);
  return answer.kind === "failed" ? [answer.problem] : JSON.stringify(answer.status, null, 2).split("\n");
}
