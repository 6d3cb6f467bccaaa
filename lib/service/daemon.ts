/**
 * The proxy as a process: log, signals, reload, end.
 *
 * @module
 */

import { systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import type { Finding } from "../config/diagnostics.ts";
import type { LoadResult } from "../config/load.ts";
import { createEvents, type EventLog, type LogSettings } from "../log/event_log.ts";
import { authority } from "../net/authority.ts";
import { openDescriptor } from "../net/capacity.ts";
import { systemRandom } from "../random.ts";
import { platform, version } from "../version.ts";
import { Metrics } from "./metrics.ts";
import { PrimaryOnly, systemSwitchHost } from "./primary_only.ts";
import type { FailedPlace } from "./fronts.ts";
import { Proxy } from "./proxy.ts";
import { ServiceStatus } from "./status.ts";
import { StatusPort } from "./status_server.ts";

/** What the process is started with. */
export interface DaemonOptions {
  readonly config: Config;
  /** Warnings about the configuration, for the log. */
  readonly findings: readonly Finding[];
  /** Reads the configuration again. */
  readonly load: () => Promise<LoadResult>;
  /** Without a terminal SIGHUP means reload; on one it means that the terminal is gone, and ends the program. */
  readonly onTerminal: boolean;
  /** For how many minutes Duo isn't asked; undefined: it is asked. */
  readonly primaryOnlyMinutes: number | undefined;
}

/** How long the last lines of the log may take to be written, in ms. */
const flushLimit = 2_000;

/** Runs the proxy until a signal ends it. `idle`: not one port could be opened. */
export async function runDaemon(
  { config, findings, load, onTerminal, primaryOnlyMinutes }: DaemonOptions,
): Promise<"stopped" | "idle"> {
  const hostname = await machineName();
  const events = createEvents({
    stdout: Deno.stdout,
    stderr: Deno.stderr,
    clock: systemClock,
    settings: logSettings(config, hostname),
  });
  // Before anything can be seen of the program: who waits for a line of its log may send a signal at once.
  using signals = new Signals(onTerminal ? ["SIGTERM", "SIGINT"] : ["SIGTERM", "SIGINT", "SIGHUP"]);
  events.log("info", `duoproxy ${version} starts with ${config.file}`);
  sayFindings(events, findings);
  using primaryOnly = new PrimaryOnly({
    clock: systemClock,
    events,
    host: systemSwitchHost,
    configFile: config.file,
  });
  if (primaryOnlyMinutes !== undefined) primaryOnly.start(primaryOnlyMinutes);
  await primaryOnly.readFile();
  const metrics = new Metrics(systemClock);
  const proxy = Proxy.start(config, {
    clock: systemClock,
    events: metrics.counting(events),
    random: systemRandom,
    userAgent: `duoproxy/${version} (${Deno.build.os} ${Deno.build.arch})`,
    listen: (address) => Deno.listenDatagram({ transport: "udp", ...address }),
    openDescriptor,
    observer: metrics,
    primaryOnly: () => primaryOnly.active,
  });
  sayFailed(events, proxy.failed);
  sayListening(events, proxy);
  if (!proxy.listening.some(({ serves }) => serves === "logins")) {
    await proxy[Symbol.asyncDispose]();
    await events.flush(flushLimit);
    return "idle";
  }
  const status: ServiceStatus = new ServiceStatus({
    clock: systemClock,
    proxy,
    metrics,
    version,
    platform,
    droppedLines: () => events.droppedLines,
    primaryOnlyUntil: () => primaryOnly.state.until?.getTime(),
    statusPortProblem: () => statusPort.problem,
  });
  await using statusPort: StatusPort = new StatusPort(
    { clock: systemClock, pages: status.pages, log: (level, message) => events.log(level, message) },
    (address) => Deno.listen(address),
  );
  await statusPort.configure(config.main);

  // Beside the logins: what it finds goes into the log, and nothing waits for it.
  const checking = new AbortController();
  const checked = config.main.testConnectivityOnStartup
    ? import("../check/startup.ts").then(({ logConnectivity }) => logConnectivity(config, events, checking.signal))
    : undefined;

  for (;;) {
    const signal = await signals.next();
    if (signal === "SIGHUP") {
      // First, for it is an emergency, and a file with errors has nothing to do with it.
      await primaryOnly.readFile();
      await reload({ proxy, status, statusPort, events, load, hostname });
    } else {
      events.log("info", `${signal}: no new logins from now on`);
      break;
    }
  }
  status.drain();
  const ended = proxy.stop(proxy.generation.config.main.drainTimeout * 1_000);
  // Who asks a second time doesn't want to wait for logins, and the third time for nothing.
  await Promise.race([ended, nextEnd(signals).then(() => proxy.giveUp())]);
  await Promise.race([ended, nextEnd(signals)]);
  checking.abort();
  await checked;
  events.log("info", "duoproxy ends");
  await events.flush(flushLimit);
  return "stopped";
}

/** Resolves at the next signal that ends the program: a reload is of no use any more, and must not cut off logins under way. */
async function nextEnd(signals: Signals): Promise<void> {
  while (await signals.next() === "SIGHUP");
}

/** What a reload touches. */
interface Running {
  readonly proxy: Proxy;
  readonly status: ServiceStatus;
  readonly statusPort: StatusPort;
  readonly events: EventLog;
  readonly load: DaemonOptions["load"];
  readonly hostname: string;
}

async function reload({ proxy, status, statusPort, events, load, hostname }: Running): Promise<void> {
  const result = await load();
  if (result.kind !== "ok") {
    const findings = result.kind === "absent" ? [result.finding] : result.findings;
    sayFindings(events, findings);
    events.log("error", "The configuration was not reloaded: it has errors; the one before stays in force");
    const reason = result.kind === "absent" ? result.finding.message : "the file has errors, see duoproxy check";
    status.reloaded({ result: "refused", findings: findings.length, reason });
    return;
  }
  sayFindings(events, result.findings);
  const outcome = proxy.reload(result.config);
  if (outcome.kind === "refused") {
    sayFailed(events, outcome.failed);
    events.log("error", "The configuration was not reloaded: a port can't be opened; the one before stays in force");
    const reason = outcome.failed.map((failed) => failed.reason).join("; ");
    status.reloaded({ result: "refused", findings: result.findings.length, reason });
    return;
  }
  status.reloaded({ result: "reloaded", findings: result.findings.length });
  await statusPort.configure(result.config.main);
  events.configure(logSettings(result.config, hostname));
  events.log("info", `Reloaded ${result.config.file}`);
  sayListening(events, proxy);
}

function sayFindings(events: EventLog, findings: readonly Finding[]): void {
  for (const { level, code, file, line, column, message, hint } of findings) {
    events.log(level, `${file}:${line}:${column}: ${message}${hint === null ? "" : ` (${hint})`}`, { code });
  }
}

function sayFailed(events: EventLog, failed: readonly FailedPlace[]): void {
  for (const { sections, reason } of failed) events.log("error", reason, { sections: sections.join(",") });
}

function sayListening(events: EventLog, proxy: Proxy): void {
  for (const { serves, sections, ...address } of proxy.listening) {
    const what = serves === "accounting" ? " for accounting" : "";
    events.log("info", `Listening on ${authority(address)}${what}`, { sections: sections.join(",") });
  }
}

function logSettings({ main, servers }: Config, hostname: string): LogSettings {
  // A section may be debugged alone: what the others say at that level is held back where they are built.
  const debug = main.debug || servers.some((server) => server.debug);
  return { ...main, debug, hostname: main.hostname ?? hostname };
}

/** The machine's name, as far as it can be read: the right to ask the system for it is not needed for anything else. */
async function machineName(): Promise<string> {
  try {
    return (await Deno.readTextFile("/etc/hostname")).trim() || "localhost";
  } catch {
    return "localhost";
  }
}

/** Signals as a queue. */
class Signals implements Disposable {
  readonly #listeners: { readonly name: Deno.Signal; readonly listener: () => void }[] = [];
  readonly #came: Deno.Signal[] = [];
  #waiting: ((signal: Deno.Signal) => void) | undefined;

  constructor(names: readonly Deno.Signal[]) {
    for (const name of names) {
      // Windows knows SIGINT only.
      if (Deno.build.os === "windows" && name !== "SIGINT") continue;
      const listener = (): void => this.#take(name);
      Deno.addSignalListener(name, listener);
      this.#listeners.push({ name, listener });
    }
  }

  next(): Promise<Deno.Signal> {
    const first = this.#came.shift();
    return first ? Promise.resolve(first) : new Promise((resolve) => this.#waiting = resolve);
  }

  [Symbol.dispose](): void {
    for (const { name, listener } of this.#listeners) Deno.removeSignalListener(name, listener);
  }

  #take(signal: Deno.Signal): void {
    if (this.#waiting) {
      this.#waiting(signal);
      this.#waiting = undefined;
    } else this.#came.push(signal);
  }
}
