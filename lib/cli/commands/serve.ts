/**
 * `duoproxy serve`: the proxy itself.
 *
 * @module
 */

import { type Command, exit, type ExitCode, type Invocation, UsageError } from "../command.ts";
import { textOption } from "../common_options.ts";
import { configFile, configOption, keyFileOption } from "../config_file.ts";

/** Runs the proxy until it is told to end. */
export const command: Command = {
  name: "serve",
  summary: "Run the proxy",
  usage: "serve [--config FILE] [--key-file FILE] [--primary-only MINUTES]",
  description: "Answers RADIUS requests as the configuration says, until SIGTERM or Ctrl-C.\n\n" +
    "SIGHUP reads the file again and puts it in force without losing a login; a file with errors changes nothing. On SIGTERM " +
    "no new logins begin, those under way may end for drain_timeout seconds, the rest are rejected.\n\n" +
    "Auth events go to stdout as JSON lines, the operational log goes to stderr.\n\n" +
    "With --primary-only Duo isn't asked for that long: sections with failmode=safe let users in without a second factor, those " +
    "with failmode=secure reject them. A running proxy does the same at SIGHUP if a file primary_only beside the configuration, " +
    "owned by root and writable by nobody else, holds the time at which to end, at most 240 minutes ahead.",
  positionals: [],
  options: [
    configOption,
    keyFileOption,
    {
      name: "primary-only",
      value: "MINUTES",
      doc: "Don't ask Duo for so many minutes, from 1 to 240",
    },
  ],
  examples: [
    { line: "duoproxy serve", does: "Run with the installed configuration" },
    { line: "duoproxy serve --config ./authproxy.cfg", does: "Run with another file" },
    { line: "duoproxy serve --primary-only 30", does: "Let users in without a second factor for half an hour" },
  ],
  exits: [
    { code: exit.ok, when: "it was told to end" },
    { code: exit.usage, when: "the command line is wrong" },
    { code: exit.noInput, when: "the file can't be read" },
    { code: exit.unavailable, when: "not one port could be opened" },
    { code: exit.software, when: "a bug of ours" },
    { code: exit.badConfig, when: "the file has errors" },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const [{ loadConfig }, { systemHost }, { runDaemon }, { longestMinutes, parseMinutes }] = await Promise.all([
      import("../../config/load.ts"),
      import("../../config/host.ts"),
      import("../../service/daemon.ts"),
      import("../../service/primary_only.ts"),
    ]);
    const { config: configName, "primary-only": minutes } = invocation.options;
    const primaryOnlyMinutes = typeof minutes === "string" ? parseMinutes(minutes) : undefined;
    if (minutes !== undefined && primaryOnlyMinutes === undefined) {
      throw new UsageError(`--primary-only takes whole minutes from 1 to ${longestMinutes}`);
    }
    const file = await configFile(configName);
    const load = (): ReturnType<typeof loadConfig> =>
      loadConfig(file, systemHost, textOption(invocation.options, "key-file"));
    const loaded = await load();
    if (loaded.kind !== "ok") {
      const { renderFinding } = await import("../../config/diagnostics.ts");
      for (const finding of loaded.kind === "absent" ? [loaded.finding] : loaded.findings) {
        await invocation.terminal.error(renderFinding(finding));
      }
      return loaded.kind === "absent" ? exit.noInput : exit.badConfig;
    }
    const { config, findings } = loaded;
    const onTerminal = Deno.stdin.isTerminal();
    const ended = await runDaemon({ config, findings, load, onTerminal, primaryOnlyMinutes });
    return ended === "stopped" ? exit.ok : exit.unavailable;
  },
};
