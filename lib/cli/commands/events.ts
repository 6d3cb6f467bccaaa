/**
 * `duoproxy events`: the auth events for people.
 *
 * @module
 */

import { type Clock, sleep } from "../../clock.ts";
import type { ConfigHost } from "../../config/host.ts";
import { safeJson } from "../../log/escape.ts";
import type { ReadPart } from "../../log/file_tail.ts";
import type { LoggedEvent, LoggedLine } from "../../log/read_event.ts";
import { visibleText } from "../../text.ts";
import { type Command, exit, type ExitCode, type Invocation, UsageError } from "../command.ts";
import { formatOption, textOption } from "../common_options.ts";
import { configFile, configOption } from "../config_file.ts";
import { quote } from "../parse.ts";
import type { Style, Terminal } from "../terminal.ts";

/** What the command takes from the process; a test gives its own. */
export interface EventsSeams {
  readonly clock: Clock;
  readonly host: Pick<ConfigHost, "readFile">;
  readonly readPart: ReadPart;
  /** Ends `--follow`. */
  readonly signal: AbortSignal;
}

/** How often a file is looked at with `--follow`, in ms. */
const followInterval = 500;
/** Events that `--follow` begins with, where `--since` doesn't say. */
const followBegin = 10;

/** The command's record. */
export const command: Command = {
  name: "events",
  summary: "Show the logins, one line each",
  usage: "events [--config FILE | --file FILE] [--follow] [--user USER] [--since TIME] [--format text|json]",
  description:
    "Reads the auth events that the installed unit writes (log/authevents.log, or where log_dir of the configuration says) and shows each login: time in UTC, user, result, factor, gateway, why and how long it took. Where Duo or the proxy said more than that it stands behind.\n\n" +
    "With --follow it goes on with what comes, also when the file is rotated. --user takes a name without case, and without domain one of any domain. --since takes 15m, 2h or 3d for so long ago, or a date such as 2026-11-25 or 2026-11-25T08:00, in UTC. With --format json each line is one event, with all its fields. Rotated files are read with --file.",
  positionals: [],
  options: [
    configOption,
    { name: "file", value: "FILE", doc: "File of events, in place of the one that the configuration leads to" },
    { name: "follow", short: "f", doc: "Begin with the last ten, or those since TIME, and go on with what comes" },
    { name: "user", value: "USER", doc: "Only logins of this user" },
    { name: "since", value: "TIME", doc: "Only logins since then: 15m, 2h, 3d, 2026-11-25 or 2026-11-25T08:00" },
    formatOption,
  ],
  examples: [
    { line: "duoproxy events --since 1h", does: "Show the logins of the last hour" },
    { line: "duoproxy events --follow --user alice", does: "Watch those of one user" },
    { line: "duoproxy events --file /opt/duoauthproxy/log/authevents.log.1", does: "Read a rotated file" },
  ],
  exits: [
    { code: exit.ok, when: "the events were shown, also if there are none" },
    { code: exit.usage, when: "the command line is wrong" },
    { code: exit.noInput, when: "there is no such file, or it can't be read" },
  ],
  async run(invocation): Promise<ExitCode> {
    const [{ systemClock }, { systemHost }, { readFilePart }] = await Promise.all([
      import("../../clock.ts"),
      import("../../config/host.ts"),
      import("../../log/file_tail.ts"),
    ]);
    return await runEvents(invocation, {
      clock: systemClock,
      host: systemHost,
      readPart: readFilePart,
      signal: new AbortController().signal,
    });
  },
};

/** Runs the command. */
export async function runEvents({ options, terminal }: Invocation, seams: EventsSeams): Promise<ExitCode> {
  const [{ FileTail }, { readEvent }, { parseSince }] = await Promise.all([
    import("../../log/file_tail.ts"),
    import("../../log/read_event.ts"),
    import("../since.ts"),
  ]);
  const sinceText = textOption(options, "since");
  const since = sinceText === undefined ? undefined : parseSince(sinceText, seams.clock.wallNow());
  if (sinceText !== undefined && since === undefined) {
    throw new UsageError(`--since ${quote(sinceText)} is no time; write 15m, 2h, 3d, 2026-11-25 or 2026-11-25T08:00`);
  }
  const follow = options["follow"] === true;
  const json = options["format"] === "json";
  const place = await findFile(options, seams.host);
  if ("problem" in place) return await fail(terminal, json, place.problem, place.remedy);
  const { file } = place;

  const isWanted = filter(since, textOption(options, "user"));
  let strange = 0;
  const read = (lines: readonly string[]): LoggedLine[] =>
    lines.flatMap((text) => {
      const line = readEvent(text);
      if (line === undefined && text.trim() !== "") strange++;
      return line !== undefined && isWanted(line) ? [line] : [];
    });
  const show = async (lines: readonly LoggedLine[]): Promise<void> => {
    if (lines.length > 0) {
      await terminal.write(lines.map((line) => json ? asJson(line) : asText(line, terminal)).join(""));
    }
  };

  const tail = new FileTail(file, seams.readPart);
  const last = follow && since === undefined ? followBegin : Infinity;
  try {
    const first = await tail.next();
    if (first === undefined) {
      const remedy =
        "Name another one with --file FILE, or the configuration whose log_dir leads to it with --config FILE";
      return await fail(terminal, json, `There is no file ${file}${place.from}`, remedy);
    }
    let held = read(first);
    for (let more = await tail.next(); more !== undefined && more.length > 0; more = await tail.next()) {
      if (last === Infinity) await show(held.splice(0));
      held = [...held.slice(-last), ...read(more)];
    }
    if (!follow) held.push(...read(tail.end()));
    await show(held.slice(-last));
    while (follow && !terminal.outputClosed && await sleep(seams.clock, followInterval, seams.signal)) {
      await show(read(await tail.next() ?? []));
    }
  } catch (error) {
    return await fail(
      terminal,
      json,
      `${file} ${problemOf(error)}`,
      "Run the command as root, or as the user of the service",
    );
  }
  if (strange > 0) {
    await terminal.error(
      `${strange} ${strange === 1 ? "line is no event and was" : "lines are no events and were"} left out`,
    );
  }
  return exit.ok;
}

/** Where the events are; `from` says why there, for a message. */
type Place =
  | { readonly file: string; readonly from: string }
  | { readonly problem: string; readonly remedy: string };

async function findFile(options: Invocation["options"], host: EventsSeams["host"]): Promise<Place> {
  const named = textOption(options, "file");
  if (named !== undefined) {
    if (options["config"] !== undefined) throw new UsageError("Give --config or --file, not both");
    return { file: named, from: "" };
  }
  const { findLogFiles } = await import("../../install/log_files.ts");
  const config = await configFile(options["config"]);
  let bytes: Uint8Array | undefined;
  let from = `, where log_dir of ${config} leads to`;
  try {
    bytes = await host.readFile(config);
  } catch (error) {
    if (options["config"] !== undefined) {
      return {
        problem: `${config} ${problemOf(error)}`,
        remedy: "Name another configuration, or the events with --file FILE",
      };
    }
    from = `; ${config} ${problemOf(error)}`;
  }
  const files = findLogFiles(config, bytes);
  return "refused" in files
    ? { problem: files.refused, remedy: "Name the events with --file FILE" }
    : { file: files.eventLog, from };
}

function problemOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "can't be read by this user";
  return `can't be read: ${error instanceof Error ? error.message : String(error)}`;
}

/** Which lines are asked for. A gap concerns every user. */
function filter(since: number | undefined, user: string | undefined): (line: LoggedLine) => boolean {
  const wanted = user?.toLowerCase();
  return (line) => {
    if (since !== undefined && line.time < since) return false;
    if (wanted === undefined || line.kind === "gap") return true;
    const name = line.event.username?.toLowerCase();
    return name === wanted || (name !== undefined && bareName(name) === wanted);
  };
}

/** A name without `DOMAIN\` and `@domain`. */
function bareName(name: string): string {
  return name.slice(name.indexOf("\\") + 1).replace(/@.*$/, "");
}

const resultStyles: Readonly<Record<LoggedEvent["status"], Style>> = {
  Allow: "green",
  Challenge: "yellow",
  Reject: "red",
  Error: "red",
};

/** Such as `2026-11-25 01:02:03Z  alice  allow  push  192.0.2.1  approved  3.2 s`, in columns. */
function asText(line: LoggedLine, terminal: Terminal): string {
  const time = new Date(line.time).toISOString().replace("T", " ").replace(/\.\d+Z$/, "Z");
  if (line.kind === "gap") return `${time}  ${terminal.style("yellow", visibleText(line.msg))}\n`;
  const { username, status, factor, nas_ip: gateway, reason, latency_ms: took, msg, count } = line.event;
  const cells = [
    time,
    visibleText(count === null ? username ?? "-" : `(${count} requests)`).padEnd(14),
    terminal.style(resultStyles[status], status.toLowerCase()) + " ".repeat("challenge".length - status.length),
    visibleText(factor ?? "-").padEnd(8),
    visibleText(gateway ?? "-").padEnd(15),
    visibleText(reason ?? "-").padEnd(8),
    (took === null ? "-" : `${(took / 1_000).toFixed(1)} s`).padStart(6),
    ...(reason === "approved" ? [] : [visibleText(msg)]),
  ];
  return `${cells.join("  ").trimEnd()}\n`;
}

function asJson({ fields }: LoggedLine): string {
  return `${safeJson({ schema: 1, ...fields })}\n`;
}

/** Says why there is nothing to show: on stderr, and with `--format json` on stdout. */
async function fail(terminal: Terminal, json: boolean, problem: string, remedy: string): Promise<ExitCode> {
  if (json) {
    await terminal.write(`${JSON.stringify({ schema: 1, problem, remedy })}\n`);
  } else {
    await terminal.error(`duoproxy: ${problem}`);
    await terminal.error(remedy);
  }
  return exit.noInput;
}
