/**
 * How the proxy is: what the pages of the status port say, made from what runs.
 *
 * Alive, ready and healthy are three things. `/health` answers as long as the program turns. `/ready` is about taking logins:
 * a port that could not be opened, a section without a free slot, or a proxy that is stopping, is not ready. Everything an operator should look at
 * is a problem in `/status`, such as a silent Duo, though logins are decided all the same.
 *
 * @module
 */

import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { explainShortage } from "../login/overload.ts";
import type { Gauges, Metrics } from "./metrics.ts";
import { metricsType } from "./prometheus.ts";
import { type LineCounts, totalLines } from "../log/line_kind.ts";
import type { FailedPlace } from "./fronts.ts";
import type { Proxy } from "./proxy.ts";
import type { ServedSection } from "./section.ts";
import type { Page, Pages } from "./status_server.ts";

/** What may be wrong, as stable words. */
const problemCodes = [
  /** A section's port could not be opened: it takes no logins. */
  "port",
  /** The proxy is stopping and takes no new logins. */
  "draining",
  /** All slots of a section are taken: new logins are rejected. */
  "overloaded",
  /** Duo did not answer the last logins: failmode decides. */
  "duo-silent",
  /** An operator switched the second factor off for a time. */
  "primary-only",
  /** The file was changed for the worse: what it said before is in force. */
  "reload-refused",
  /** The status port that the configuration names is not the one that answers. */
  "status-port",
] as const;

/** What `/status` says, `"schema": 1`. Times are ISO 8601 in UTC; null means never, none or not so. */
export const statusDocument = v.object({
  schema: v.literal(1),
  program: v.literal("duoproxy"),
  version: v.string(),
  platform: v.string(),
  /** The configuration file in force. */
  config: v.string(),
  started: v.string(),
  uptime_seconds: v.number(),
  /** Whether every section takes logins: what `/ready` says. */
  ready: v.boolean(),
  problems: v.array(v.object({
    code: v.picklist(problemCodes),
    /** Null: it concerns all sections. */
    section: v.nullable(v.string()),
    message: v.string(),
  })),
  listeners: v.array(v.object({
    address: v.string(),
    port: v.number(),
    serves: v.picklist(["logins", "accounting"]),
    sections: v.array(v.string()),
  })),
  sections: v.array(v.object({
    name: v.string(),
    mode: v.string(),
    port: v.number(),
    ready: v.boolean(),
    failmode: v.picklist(["safe", "secure"]),
    api_host: v.string(),
    /** Version of Duo's API that the next login will use. */
    api_version: v.picklist([1, 2]),
    /** Why that version. */
    why: v.string(),
    /** Whether failmode decides at once because Duo did not answer the last logins. */
    silent: v.boolean(),
    /** Logins that have taken a slot of `max_pending`. */
    pending: v.number(),
    /** Slots that there are: `max_pending`, or fewer where the process may not open so many files. */
    limit: v.number(),
  })),
  /** Gateways that have asked, and networks of which none has; the first thousand of them. */
  gateways: v.array(v.object({
    section: v.string(),
    address: v.string(),
    /** Whether its requests carry Message-Authenticator. Where some do and others don't it counts as not signing. */
    signing: v.picklist(["signing", "not-signing", "unknown"]),
  })),
  /** How many there are besides. */
  gateways_unlisted: v.number(),
  pending_logins: v.number(),
  /** When any of Duo's hosts answered last. */
  last_duo_answer: v.nullable(v.string()),
  last_reload: v.nullable(v.object({
    time: v.string(),
    result: v.picklist(["reloaded", "refused"]),
    /** How many errors and warnings were found in the file. */
    findings: v.number(),
    /** Why it was refused. */
    reason: v.nullable(v.string()),
  })),
  primary_only: v.object({ until: v.nullable(v.string()) }),
  log_lines_dropped: v.number(),
  /** The same by kind: what anybody can cause, the operational log, events, events of users who were let in. */
  log_lines_dropped_by_kind: v.object({
    forgeable: v.number(),
    log: v.number(),
    event: v.number(),
    allow: v.number(),
  }),
});

/** What `/status` says. */
export type StatusDocument = v.InferOutput<typeof statusDocument>;

/** Something an operator should look at. */
export type StatusProblem = StatusDocument["problems"][number];

/** Gateways that the document lists. */
const maxGateways = 1_000;

/** What a {@link ServiceStatus} looks at. */
export interface ServiceStatusOptions {
  readonly clock: Clock;
  readonly proxy: Pick<Proxy, "generation" | "failed" | "listening" | "gateways" | "pendingLogins">;
  readonly metrics: Metrics;
  readonly version: string;
  readonly platform: string;
  /** Lines dropped by the log since the start. */
  readonly droppedLines: () => LineCounts;
  /** When primary-only mode ends, in milliseconds since the Unix epoch; undefined while it is off. */
  readonly primaryOnlyUntil: () => number | undefined;
  /** Why the status port that was asked for is not open; undefined if it is. */
  readonly statusPortProblem: () => string | undefined;
}

/** How a reload ended. `findings`: how many the file had. */
export type ReloadReport =
  | { readonly result: "reloaded"; readonly findings: number }
  | { readonly result: "refused"; readonly findings: number; readonly reason: string };

/** The state of a running proxy, for whoever asks. */
export class ServiceStatus {
  readonly #options: ServiceStatusOptions;
  readonly #started: { readonly now: number; readonly wall: number };
  #lastReload: (ReloadReport & { readonly wall: number }) | undefined;
  #draining = false;

  constructor(options: ServiceStatusOptions) {
    this.#options = options;
    const { clock, metrics, proxy } = options;
    this.#started = { now: clock.now(), wall: clock.wallNow() };
    metrics.addSections(proxy.generation.sections.map(({ config }) => config.name));
  }

  /** The pages of the status port. */
  readonly pages: Pages = {
    "/health": () => text(200, "ok"),
    "/ready": () => this.#ready(),
    "/metrics": () => ({ status: 200, type: metricsType, body: this.#options.metrics.render(this.#gauges()) }),
    "/status": () => ({
      status: 200,
      type: "application/json",
      body: `${JSON.stringify(this.document(), null, 2)}\n`,
    }),
  };

  /** Notes that no new logins are taken from now on. */
  drain(): void {
    this.#draining = true;
  }

  /** Notes how a reload ended. */
  reloaded(report: ReloadReport): void {
    const { clock, metrics, proxy } = this.#options;
    this.#lastReload = { ...report, wall: clock.wallNow() };
    metrics.addSections(proxy.generation.sections.map(({ config }) => config.name));
  }

  /** Everything that an operator should look at; what keeps logins from being taken comes first. */
  problems(): readonly StatusProblem[] {
    const { proxy, primaryOnlyUntil, statusPortProblem } = this.#options;
    const problems = [...this.#unready()];
    for (const { config, duo } of proxy.generation.sections) {
      if (!duo.silent) continue;
      const effect = config.failmode === "safe" ? "lets users in without a second factor" : "keeps users out";
      problems.push({
        code: "duo-silent",
        section: config.name,
        message: `Duo (${config.duo.apiHost}) does not answer: failmode=${config.failmode} ${effect}`,
      });
    }
    const until = primaryOnlyUntil();
    if (until !== undefined) {
      problems.push({
        code: "primary-only",
        section: null,
        message: `Primary-only mode until ${
          isoTime(until)
        }: Duo is not asked, sections with failmode=safe let users in`,
      });
    }
    if (this.#lastReload?.result === "refused") {
      problems.push({
        code: "reload-refused",
        section: null,
        message: `The reload at ${isoTime(this.#lastReload.wall)} was refused, so the configuration before stays in ` +
          `force: ${this.#lastReload.reason}`,
      });
    }
    const statusPort = statusPortProblem();
    if (statusPort !== undefined) problems.push({ code: "status-port", section: null, message: statusPort });
    return problems;
  }

  /** What `/status` says. */
  document(): StatusDocument {
    const { clock, proxy, metrics, version, platform, droppedLines, primaryOnlyUntil } = this.#options;
    const { generation, failed, listening, gateways, pendingLogins } = proxy;
    const reload = this.#lastReload;
    const dropped = droppedLines();
    const until = primaryOnlyUntil();
    return {
      schema: 1,
      program: "duoproxy",
      version,
      platform,
      config: generation.config.file,
      started: isoTime(this.#started.wall),
      uptime_seconds: Math.floor((clock.now() - this.#started.now) / 1_000),
      ready: this.#unready().length === 0,
      problems: [...this.problems()],
      listeners: listening.map(({ hostname, port, serves, sections }) => ({
        address: hostname,
        port,
        serves,
        sections: [...sections],
      })),
      sections: generation.sections.map(({ config, duo, slots }) => ({
        name: config.name,
        mode: config.mode.name,
        port: config.port,
        ready: this.#isReady({ config, slots }, failed),
        failmode: config.failmode,
        api_host: config.duo.apiHost,
        api_version: duo.choice.version,
        why: duo.choice.why,
        silent: duo.silent,
        pending: slots.taken,
        limit: slots.limit,
      })),
      gateways: gateways.slice(0, maxGateways).map(({ section, address, state }) => ({
        section,
        address,
        signing: state,
      })),
      gateways_unlisted: Math.max(0, gateways.length - maxGateways),
      pending_logins: pendingLogins,
      last_duo_answer: metrics.lastAnswer === undefined ? null : isoTime(metrics.lastAnswer),
      last_reload: reload === undefined ? null : {
        time: isoTime(reload.wall),
        result: reload.result,
        findings: reload.findings,
        reason: reload.result === "refused" ? reload.reason : null,
      },
      primary_only: { until: until === undefined ? null : isoTime(until) },
      log_lines_dropped: totalLines(dropped),
      log_lines_dropped_by_kind: { ...dropped },
    };
  }

  #isReady({ config, slots }: Pick<ServedSection, "config" | "slots">, failed: readonly FailedPlace[]): boolean {
    return !this.#draining && slots.free > 0 && !failed.some(({ sections }) => sections.includes(config.name));
  }

  /** What keeps sections from taking logins. */
  #unready(): StatusProblem[] {
    const problems = this.#options.proxy.failed.flatMap(({ sections, reason }) =>
      sections.map((section): StatusProblem => ({ code: "port", section, message: reason }))
    );
    for (const { config, slots } of this.#options.proxy.generation.sections) {
      if (slots.free > 0) continue;
      const shortage = slots.taken < slots.limit ? "process" : "section";
      const why = explainShortage(shortage, { slots, maxPending: config.maxPending });
      problems.push({
        code: "overloaded",
        section: config.name,
        message: `New logins are rejected (overloaded): ${why}`,
      });
    }
    if (this.#draining) {
      problems.push({ code: "draining", section: null, message: "The proxy is stopping and takes no new logins" });
    }
    return problems;
  }

  #ready(): Page {
    const problems = this.#unready();
    if (problems.length === 0) return text(200, "ready");
    return text(503, problems.map(({ section, message }) => `${section ?? "all sections"}: ${message}`).join("\n"));
  }

  #gauges(): Gauges {
    const { proxy, version, platform, droppedLines, primaryOnlyUntil } = this.#options;
    return {
      version,
      platform,
      started: this.#started.wall,
      pendingLogins: proxy.pendingLogins,
      logLinesDropped: droppedLines(),
      primaryOnly: primaryOnlyUntil() !== undefined,
      reloadSuccessful: this.#lastReload?.result !== "refused",
      sections: proxy.generation.sections.map(({ config, duo, slots }) => ({
        name: config.name,
        ready: this.#isReady({ config, slots }, proxy.failed),
        silent: duo.silent,
        taken: slots.taken,
        limit: slots.limit,
      })),
    };
  }
}

function text(status: number, body: string): Page {
  return { status, type: "text/plain; charset=utf-8", body: `${body}\n` };
}

function isoTime(wall: number): string {
  return new Date(wall).toISOString();
}
