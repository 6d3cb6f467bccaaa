/**
 * The proxy as a process: log, signals, reload, end.
 *
 * @module
 */

import { systemClock } from "../clock.ts";
import type { Config, MainConfig } from "../config/config.ts";
import { type Finding, renderFinding } from "../config/diagnostics.ts";
import type { LoadResult } from "../config/load.ts";
import { createEvents, type EventLog, type LogSettings } from "../log/event_log.ts";
import { version } from "../version.ts";
import { type FailedPlace, Proxy } from "./proxy.ts";

/** What the process is started with. */
export interface DaemonOptions {
  readonly config: Config;
  /** Warnings about the configuration, for the log. */
  readonly findings: readonly Finding[];
  /** Reads the configuration again. */
  readonly load: () => Promise<LoadResult>;
  /** Without a terminal SIGHUP means reload; on one it means that the terminal is gone, and ends the program. */
  readonly onTerminal: boolean;
}

/** How long the last lines of the log may take to be written, in ms. */
const flushLimit = 2_000;

/** Runs the proxy until a signal ends it. `idle`: not one port could be opened. */
export async function runDaemon({ config, findings, load, onTerminal }: DaemonOptions): Promise<"stopped" | "idle"> {
  const hostname = await machineName();
  const events = createEvents({
    stdout: Deno.stdout,
    stderr: Deno.stderr,
    clock: systemClock,
    settings: logSettings(config.main, hostname),
  });
  events.log("info", `duoproxy ${version} starts with ${config.file}`);
  sayFindings(events, findings);
  const proxy = Proxy.start(config, {
    clock: systemClock,
    events,
    random: Math.random,
    userAgent: `duoproxy/${version} (${Deno.build.os} ${Deno.build.arch})`,
    listen: (address) => Deno.listenDatagram({ transport: "udp", ...address }),
    observer: { dropped: () => {}, joined: () => {}, duoCall: () => {} },
    primaryOnly: () => false,
  });
  sayFailed(events, proxy.failed);
  sayListening(events, proxy);
  if (proxy.listening.length === 0) {
    await proxy[Symbol.asyncDispose]();
    await events.flush(flushLimit);
    return "idle";
  }

  using signals = new Signals(onTerminal ? ["SIGTERM", "SIGINT"] : ["SIGTERM", "SIGINT", "SIGHUP"]);
  for (;;) {
    const signal = await signals.next();
    if (signal === "SIGHUP") await reload(proxy, events, load, hostname);
    else {
      events.log("info", `${signal}: no new logins from now on`);
      break;
    }
  }
  const ended = proxy.stop(proxy.generation.config.main.drainTimeout * 1_000);
  // Who asks a second time doesn't want to wait.
  await Promise.race([ended, signals.next()]);
  events.log("info", "duoproxy ends");
  await events.flush(flushLimit);
  return "stopped";
}

async function reload(proxy: Proxy, events: EventLog, load: DaemonOptions["load"], hostname: string): Promise<void> {
  const result = await load();
  if (result.kind !== "ok") {
    sayFindings(events, result.kind === "absent" ? [result.finding] : result.findings);
    events.log("error", "The configuration was not reloaded: it has errors; the one before stays in force");
    return;
  }
  sayFindings(events, result.findings);
  const outcome = proxy.reload(result.config);
  if (outcome.kind === "refused") {
    sayFailed(events, outcome.failed);
    events.log("error", "The configuration was not reloaded: a port can't be opened; the one before stays in force");
    return;
  }
  events.configure(logSettings(result.config.main, hostname));
  events.log("info", `Reloaded ${result.config.file}`);
  sayListening(events, proxy);
}

function sayFindings(events: EventLog, findings: readonly Finding[]): void {
  for (const finding of findings) events.log(finding.level, renderFinding(finding), { code: finding.code });
}

function sayFailed(events: EventLog, failed: readonly FailedPlace[]): void {
  for (const { sections, reason } of failed) events.log("error", reason, { sections: sections.join(",") });
}

function sayListening(events: EventLog, proxy: Proxy): void {
  for (const { hostname, port, sections } of proxy.listening) {
    events.log("info", `Listening on ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`, {
      sections: sections.join(","),
    });
  }
}

function logSettings(main: MainConfig, hostname: string): LogSettings {
  return { ...main, hostname: main.hostname ?? hostname };
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
