/**
 * `duoproxy connectivity-check`.
 *
 * @module
 */

import type { Check, CheckResult, ConfigurationFiles } from "../../check/check.ts";
import type { Machine } from "../../check/machine.ts";
import type { RunProgress, Selection, Subject } from "../../check/runner.ts";
import type { Finding } from "../../config/diagnostics.ts";
import type { LoadResult } from "../../config/load.ts";
import { nearest } from "../../config/nearest.ts";
import { type Command, exit, type ExitCode, type Invocation, UsageError } from "../command.ts";
import { formatOption, textOption } from "../common_options.ts";
import { configFile, configOption, keyFileOption } from "../config_file.ts";
import { quote } from "../parse.ts";
import { columns, textWidth } from "../wrap.ts";

/** For all checks together, in seconds. */
const defaultTimeout = 30;
/** The longest `--timeout`, in seconds. */
const longestTimeout = 3_600;

/** The command's record. */
export const command: Command = {
  name: "connectivity-check",
  summary: "Check the file, this machine and the way to Duo, and say what to do about what is wrong",
  usage:
    "connectivity-check [--config FILE] [--key-file FILE] [--service-user USER] [--only NAME] [--list] [--timeout SECONDS] [--format text|json]",
  description:
    "Looks at the file as `duoproxy check` does, then at everything outside that each section needs: Duo's name, TCP, " +
    "TLS, clock and keys, the HTTP proxy, the ports to listen on. Nobody is asked for a login, and a proxy that is running " +
    "is not disturbed.\n\n" +
    "A check that can't be made because another one failed is skipped, so that one fault is told once. A section with errors " +
    "in the file doesn't keep the others from being checked. If something is wrong both here and outside, the exit code is 1.",
  positionals: [],
  options: [
    configOption,
    keyFileOption,
    {
      name: "service-user",
      value: "USER",
      doc: "Check whether this user can read the files; without it, the user that the installed service runs as",
    },
    {
      name: "only",
      value: "NAME",
      repeatable: true,
      doc: "Only this check, or only this section; what it needs is checked along, and shown where it isn't in order",
    },
    { name: "list", doc: "List the names of all checks, and check nothing" },
    {
      name: "timeout",
      value: "SECONDS",
      default: String(defaultTimeout),
      doc: `Time for all checks together, at most ${longestTimeout}`,
    },
    formatOption,
  ],
  examples: [
    { line: "duoproxy connectivity-check", does: "Check everything" },
    { line: "duoproxy connectivity-check --only keys", does: "Check only whether Duo takes the keys" },
    { line: "duoproxy connectivity-check --only radius_server_auto", does: "Check one section" },
    {
      line: "duoproxy connectivity-check --only service-files --service-user duo_authproxy_svc",
      does: "Check whether that user can read all files",
    },
    { line: "duoproxy connectivity-check --list", does: "See which checks there are" },
    { line: "duoproxy connectivity-check --timeout 5 --format json", does: "Check for a monitoring system" },
  ],
  exits: [
    { code: exit.ok, when: "everything works; warnings don't count" },
    {
      code: exit.failed,
      when:
        "something must be put right in the file or on this machine: also keys, application type, CA file, port, interface",
    },
    { code: exit.usage, when: "the command line is wrong" },
    { code: exit.noInput, when: "there is no such file, or it can't be read" },
    { code: exit.unavailable, when: "something outside doesn't work, or the time was up" },
  ],
  async run(invocation): Promise<ExitCode> {
    const { options } = invocation;
    const timeout = readTimeout(options.timeout);
    const { allChecks } = await import("../../check/all.ts");
    if (options.list === true) return await list(invocation, allChecks);
    const [{ loadConfig }, { systemHost }, { recordReads }, { systemMachine }, { configurationFiles }] = await Promise
      .all([
        import("../../config/load.ts"),
        import("../../config/host.ts"),
        import("../../config/recording_host.ts"),
        import("../../check/machine.ts"),
        import("../../check/service_files.ts"),
      ]);
    const file = await configFile(options.config);
    const { host, read } = recordReads(systemHost);
    const loaded = await loadConfig(file, host, textOption(options, "key-file"));
    return await reportConnectivity(invocation, file, loaded, {
      checks: allChecks,
      machine: systemMachine,
      timeout,
      configuration: configurationFiles(file, [...read], textOption(options, "service-user")),
    });
  },
};

/** What the command checks with. */
export interface ConnectivityOptions {
  readonly checks: readonly Check[];
  readonly machine: Machine;
  /** In ms. */
  readonly timeout: number;
  /** The files that were read, where they are this machine's. */
  readonly configuration?: ConfigurationFiles;
}

/** Checks what {@link loadConfig} came to, prints the results and gives the exit code. */
export async function reportConnectivity(
  { options, terminal }: Invocation,
  file: string,
  loaded: LoadResult,
  { checks, machine, timeout, configuration }: ConnectivityOptions,
): Promise<ExitCode> {
  const [{ runChecks, verdict }, { connectivityJson, connectivityProgress, connectivityText }] = await Promise.all([
    import("../../check/runner.ts"),
    import("../connectivity_report.ts"),
  ]);
  const json = options.format === "json";
  if (loaded.kind === "absent") {
    const { renderFinding } = await import("../../config/diagnostics.ts");
    if (json) await terminal.write(connectivityJson([absence(loaded.finding)]));
    else await terminal.error(renderFinding(loaded.finding));
    return exit.noInput;
  }
  const subject: Subject = {
    findings: loaded.findings,
    sections: loaded.sections,
    ...(loaded.kind === "ok" ? loaded.config : { servers: loaded.sound }),
    ...(configuration === undefined ? {} : { configuration }),
  };
  const only = readSelection(options.only, checks, subject);
  await using waiting = json ? undefined : terminal.progress("Checking");
  const onProgress = (progress: RunProgress): void => {
    if (waiting !== undefined) waiting.message = connectivityProgress(progress);
  };
  const results = await runChecks(subject, {
    checks,
    machine,
    timeout,
    onProgress,
    ...(only === undefined ? {} : { only }),
  });
  await terminal.write(json ? connectivityJson(results) : connectivityText(file, results, terminal));
  return { well: exit.ok, here: exit.failed, outside: exit.unavailable }[verdict(results)];
}

function absence({ file, message, hint, section }: Finding): CheckResult {
  return {
    name: "configuration",
    section,
    status: "failed",
    message,
    remedy: hint,
    facts: { file },
    where: "file",
    timeUp: false,
  };
}

async function list({ options, terminal }: Invocation, checks: readonly Check[]): Promise<ExitCode> {
  if (options.format === "json") {
    const named = checks.map(({ name, summary }) => ({ name, summary }));
    await terminal.write(`${JSON.stringify({ schema: 1, checks: named }, null, 2)}\n`);
  } else {
    const rows = checks.map(({ name, summary }) => [name, summary] as const);
    await terminal.write(`${columns(rows, textWidth(terminal.columns), (name) => terminal.style("bold", name))}\n`);
  }
  return exit.ok;
}

function readTimeout(option: Invocation["options"][string]): number {
  if (typeof option !== "string") return defaultTimeout * 1_000;
  const seconds = /^\d{1,5}(?:\.\d{1,3})?$/.test(option) ? Number(option) : NaN;
  if (!(seconds > 0 && seconds <= longestTimeout)) {
    throw new UsageError(`--timeout is a number of seconds above 0 and up to ${longestTimeout}, not ${quote(option)}`);
  }
  return seconds * 1_000;
}

/** What `--only` names; a section may be written with its brackets. */
function readSelection(
  option: Invocation["options"][string],
  checks: readonly Check[],
  subject: Subject,
): Selection | undefined {
  const names = typeof option === "string" ? [option] : Array.isArray(option) ? option : [];
  if (names.length === 0) return undefined;
  const known = new Set(checks.map(({ name }) => name));
  const sections = new Set([...subject.sections, ...subject.servers].map(({ name }) => name));
  const only = { checks: new Set<string>(), sections: new Set<string>() };
  for (const given of names) {
    const name = given.trim().toLowerCase().replace(/^\[(.*)\]$/, "$1");
    if (known.has(name)) only.checks.add(name);
    else if (sections.has(name)) only.sections.add(name);
    else {
      const near = nearest(name, [...known, ...sections]);
      throw new UsageError(
        `--only ${quote(given)} is neither a check nor a section of the file${
          near === undefined ? "; duoproxy connectivity-check --list names the checks" : `; did you mean ${near}?`
        }`,
      );
    }
  }
  return only;
}
