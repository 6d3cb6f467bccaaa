/**
 * `duoproxy serve`: the proxy itself.
 *
 * @module
 */

import { type Command, exit, type ExitCode, type Invocation } from "./command.ts";
import { configFile, configOption } from "./config_file.ts";

/** Runs the proxy until it is told to end. */
export const command: Command = {
  name: "serve",
  summary: "Run the proxy",
  usage: "serve [--config FILE]",
  description: "Answers RADIUS requests as the configuration says, until SIGTERM or Ctrl-C.\n\n" +
    "SIGHUP reads the file again and puts it in force without losing a login; a file with errors changes nothing. On SIGTERM " +
    "no new logins begin, those under way may end for drain_timeout seconds, the rest are rejected.\n\n" +
    "Auth events go to stdout as JSON lines, the operational log goes to stderr.",
  positionals: [],
  options: [configOption],
  examples: [
    { line: "duoproxy serve", does: "Run with the installed configuration" },
    { line: "duoproxy serve --config ./authproxy.cfg", does: "Run with another file" },
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
    const [{ loadConfig }, { runDaemon }] = await Promise.all([
      import("../config/load.ts"),
      import("../service/daemon.ts"),
    ]);
    const file = await configFile(invocation.options.config);
    const load = (): ReturnType<typeof loadConfig> => loadConfig(file);
    const loaded = await load();
    if (loaded.kind !== "ok") {
      const { renderFinding } = await import("../config/diagnostics.ts");
      for (const finding of loaded.kind === "absent" ? [loaded.finding] : loaded.findings) {
        await invocation.terminal.error(renderFinding(finding));
      }
      return loaded.kind === "absent" ? exit.noInput : exit.badConfig;
    }
    const { config, findings } = loaded;
    const ended = await runDaemon({ config, findings, load, onTerminal: Deno.stdin.isTerminal() });
    return ended === "stopped" ? exit.ok : exit.unavailable;
  },
};
