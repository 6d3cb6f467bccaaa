/**
 * Runs checks: side by side, each with a time of its own, each after those that it needs. A check that crashes is a result.
 *
 * @module
 */

import type { MainConfig, RadiusServerConfig } from "../config/config.ts";
import type { Finding } from "../config/diagnostics.ts";
import type { SectionSummary } from "../config/load.ts";
import {
  type Check,
  type CheckContext,
  type CheckResult,
  type CheckStatus,
  type ConfigurationFiles,
  failed,
  type Outcome,
  skipped,
} from "./check.ts";
import type { Machine } from "./machine.ts";
import { DuoSession } from "./session.ts";

/** What is checked: a reading of the configuration, with or without errors. */
export interface Subject {
  readonly findings: readonly Finding[];
  readonly sections: readonly SectionSummary[];
  /** Absent where the file has errors. */
  readonly main?: MainConfig;
  /** Server sections that are free of errors. */
  readonly servers: readonly RadiusServerConfig[];
  /** The files that were read, where they are this machine's. */
  readonly configuration?: ConfigurationFiles;
}

/** Which checks are wanted; of an empty set all. Errors in the file that keep one from being made are told with it. */
export interface Selection {
  readonly checks: ReadonlySet<string>;
  readonly sections: ReadonlySet<string>;
}

/** How checks are run. Times in ms. */
export interface RunOptions {
  readonly machine: Machine;
  readonly checks: readonly Check[];
  readonly only?: Selection;
  /** For all together. */
  readonly timeout: number;
  /** Ends everything early. */
  readonly signal?: AbortSignal;
  /** Told whenever a check begins or is done. */
  readonly onProgress?: (progress: RunProgress) => void;
}

/** How far a run has come. */
export interface RunProgress {
  /** Checks that are done, and all that are to be made. */
  readonly done: number;
  readonly all: number;
  /** The check that has been under way for longest. */
  readonly waitingFor: { readonly name: string; readonly section: string | null } | undefined;
}

/** The longest that one check may take. */
const patience = 10_000;
/** What a check gets to notice that its time is up, before it is left behind. */
const grace = 1_000;
/** Checks under way at once. */
const atOnce = 16;

/** One check of one section. */
interface Task {
  readonly check: Check;
  readonly section: string | null;
  readonly server: RadiusServerConfig | undefined;
  /** The section whose errors keep the check from being made. */
  readonly brokenBy: string | null | undefined;
  readonly needs: readonly Task[];
  readonly wanted: boolean;
}

/** What a task came to. */
interface Done {
  readonly results: readonly CheckResult[];
  readonly status: CheckStatus;
  /** Name of the check that failed, for those that need this one. */
  readonly culprit: string | undefined;
}

/**
 * Runs the checks that are wanted and those that they need. Gives the results in the order of the file, and within a section
 * in that of the checks; of a check that only another one needs, only what isn't `ok`.
 */
export async function runChecks(subject: Subject, options: RunOptions): Promise<readonly CheckResult[]> {
  const run = new Run(subject, options);
  try {
    return await run.all();
  } finally {
    await run[Symbol.asyncDispose]();
  }
}

/** One run with what its checks share. */
class Run {
  readonly #subject: Subject;
  readonly #options: RunOptions;
  readonly #done = new Map<Task, Promise<Done>>();
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #sessions = new Map<string, DuoSession>();
  readonly #findings: ReadonlyMap<string | null, readonly Finding[]>;
  readonly #details: ReadonlyMap<string, string>;
  readonly #over = new AbortController();
  readonly #deadline: number;
  readonly #cancel: () => void;
  readonly #queue: (() => void)[] = [];
  readonly #end = (): void => this.#over.abort();
  /** In the order in which they began. */
  readonly #underWay = new Set<Task>();
  #all = 0;
  #made = 0;

  constructor(subject: Subject, options: RunOptions) {
    this.#subject = subject;
    this.#options = options;
    this.#findings = Map.groupBy(subject.findings, ({ section }) => section);
    this.#details = new Map(subject.sections.map(({ name, detail }) => [name, detail]));
    const { clock } = options.machine;
    this.#deadline = clock.now() + options.timeout;
    this.#cancel = clock.after(options.timeout, this.#end);
    options.signal?.addEventListener("abort", this.#end, { once: true });
    if (options.signal?.aborted) this.#end();
  }

  async all(): Promise<readonly CheckResult[]> {
    const tasks = plan(this.#subject, this.#options);
    const wanted = needed(tasks, isBlind(this.#subject, this.#options));
    this.#all = wanted.size;
    const done = await Promise.all(
      tasks.filter((task) => wanted.has(task)).map(async (task) => ({
        task,
        results: (await this.#run(task)).results,
      })),
    );
    return done.flatMap(({ task, results }) =>
      task.wanted ? results : results.filter(({ status }) => status === "failed" || status === "warning")
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel();
    this.#options.signal?.removeEventListener("abort", this.#end);
    for (const session of this.#sessions.values()) await session[Symbol.asyncDispose]();
  }

  #run(task: Task): Promise<Done> {
    let done = this.#done.get(task);
    if (done === undefined) {
      done = this.#take(task).finally(() => {
        this.#made++;
        this.#tell();
      });
      this.#done.set(task, done);
    }
    return done;
  }

  async #take(task: Task): Promise<Done> {
    if (task.brokenBy !== undefined) return finish(task, [unsound(task)]);
    for (const { culprit } of await Promise.all(task.needs.map((need) => this.#run(need)))) {
      if (culprit !== undefined) return finish(task, [skipped(`Skipped because ${culprit} failed`)], culprit);
    }
    await this.#begin(task);
    try {
      if (this.#over.signal.aborted) return finish(task, [skipped("Not made: the time was up")], undefined, true);
      return finish(task, await this.#make(task));
    } finally {
      this.#underWay.delete(task);
      this.#queue.shift()?.();
    }
  }

  async #begin(task: Task): Promise<void> {
    while (this.#underWay.size >= atOnce) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#underWay.add(task);
    this.#tell();
  }

  #tell(): void {
    const [oldest] = this.#underWay;
    const waitingFor = oldest && { name: oldest.check.name, section: oldest.section };
    this.#options.onProgress?.({ done: this.#made, all: this.#all, waitingFor });
  }

  async #make(task: Task): Promise<readonly Outcome[]> {
    const { clock } = this.#options.machine;
    const limit = Math.max(0, Math.min(patience, this.#deadline - clock.now()));
    const timer = new AbortController();
    const cancel = clock.after(limit, () => timer.abort());
    const signal = AbortSignal.any([timer.signal, this.#over.signal]);
    const late = Promise.withResolvers<readonly Outcome[]>();
    let cancelGrace = (): void => {};
    const onAbort = (): void => {
      cancelGrace = clock.after(grace, () =>
        late.resolve([
          failed(
            "outside",
            `The check had no result in ${Math.round(limit / 1_000)} s`,
            "Try again with a larger --timeout",
          ),
        ]));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const outcome = await Promise.race([this.#call(task, clock.now() + limit, signal), late.promise]);
      return "status" in outcome ? [outcome] : outcome;
    } catch (error) {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return [
        failed(
          "machine",
          `Internal error in this check, a bug in duoproxy: ${text}`,
          "Please report it; the other checks are not affected",
        ),
      ];
    } finally {
      cancel();
      cancelGrace();
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #call(
    { check, section, server }: Task,
    deadline: number,
    signal: AbortSignal,
  ): Promise<Outcome | readonly Outcome[]> {
    const { machine } = this.#options;
    const context: CheckContext = {
      machine,
      section,
      findings: this.#findings.get(section) ?? [],
      detail: section === null ? undefined : this.#details.get(section),
      main: this.#subject.main,
      servers: this.#subject.servers,
      configuration: this.#subject.configuration,
      deadline,
      signal,
      once: (key, work) => this.#once(key, work),
      session: (server) => this.#session(server),
    };
    if (check.scope !== "section") return await check.run(context);
    if (server === undefined) throw new Error(`${check.name} needs a section`);
    return await check.run({ ...context, server });
  }

  #once<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const known = this.#shared.get(key);
    // What is stored under a key is what its one user's work gives.
    if (known !== undefined) return known as Promise<Result>;
    const begun = work();
    this.#shared.set(key, begun);
    return begun;
  }

  #session({ duo }: RadiusServerConfig): DuoSession {
    const key = JSON.stringify({ ...duo, skey: duo.skey.reveal() });
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = new DuoSession(duo, this.#options.machine);
      this.#sessions.set(key, session);
    }
    return session;
  }
}

/** All tasks, in the order in which results are shown. */
function plan({ findings, sections, servers }: Subject, { checks, only }: RunOptions): readonly Task[] {
  const serverOf = new Map(servers.map((server) => [server.name, server]));
  const served = new Set(sections.filter(({ fate }) => fate === "served").map(({ name }) => name));
  const names = new Set<string | null>([
    null,
    ...sections.map(({ name }) => name),
    ...findings.map(({ section }) => section),
    ...serverOf.keys(),
  ]);
  const broken = new Set(findings.filter(({ level }) => level === "error").map((one) => one.section));
  return [...names].flatMap((section) => {
    const tasks = new Map<string, Task>();
    const server = section === null ? undefined : serverOf.get(section);
    // A section without errors of its own relies on options of [main] that have some.
    const culprit = broken.has(section) ? section : "main";
    for (const check of checks) {
      if (check.scope === "machine" ? section !== null : check.scope === "section" && section === null) continue;
      if (check.scope === "section") {
        if (server === undefined && !served.has(section ?? "")) continue;
        if (server !== undefined && check.applies?.(server) === false) continue;
      }
      tasks.set(check.name, {
        check,
        section,
        server,
        brokenBy: check.scope === "section" && server === undefined ? culprit : undefined,
        needs: check.scope === "section" ? check.needs.flatMap((name) => tasks.get(name) ?? []) : [],
        wanted: isWanted(check.name, section, only),
      });
    }
    return [...tasks.values()];
  });
}

/** Why nothing of a section can be checked. */
function unsound({ section, brokenBy }: Task): Outcome {
  return skipped(
    section === brokenBy
      ? "Skipped because the section has errors in the file"
      : "Skipped because the section relies on options of [main] that have errors",
  );
}

/** Whether sections are to be checked, and the file leaves none of them. */
function isBlind({ servers }: Subject, { checks, only }: RunOptions): boolean {
  return servers.length === 0 && checks.some(({ scope, name }) => scope === "section" && isNamed(name, only));
}

function isWanted(name: string, section: string | null, only: Selection | undefined): boolean {
  if (only === undefined) return true;
  return isNamed(name, only) && (only.sections.size === 0 || (section !== null && only.sections.has(section)));
}

function isNamed(name: string, only: Selection | undefined): boolean {
  return only === undefined || only.checks.size === 0 || only.checks.has(name);
}

/**
 * The tasks that are wanted, with all that they need, and with those that tell the errors in the file that keep one from being
 * made: nobody is to take it for in order.
 */
function needed(tasks: readonly Task[], blind: boolean): ReadonlySet<Task> {
  const found = new Set<Task>();
  const add = (task: Task): void => {
    if (found.has(task)) return;
    found.add(task);
    task.needs.forEach(add);
  };
  const wanted = tasks.filter((task) => task.wanted);
  wanted.forEach(add);
  const broken = new Set<string | null | undefined>(wanted.map(({ brokenBy }) => brokenBy));
  if (blind) broken.add(null);
  tasks.filter(({ check, section }) => check.scope === "file" && broken.has(section)).forEach(add);
  return found;
}

function finish(task: Task, outcomes: readonly Outcome[], culprit?: string, timeUp = false): Done {
  const { check: { name }, section } = task;
  const results = outcomes.map((outcome): CheckResult => ({ name, section, ...outcome, timeUp }));
  const status = worst(results);
  return {
    results,
    status,
    culprit: culprit ?? (status === "failed" || status === "skipped" ? name : undefined),
  };
}

const order: readonly CheckStatus[] = ["ok", "warning", "skipped", "failed"];

/** The worst status of several; `ok` of none. */
export function worst(results: readonly { readonly status: CheckStatus }[]): CheckStatus {
  return results.reduce<CheckStatus>(
    (worst, { status }) => order.indexOf(status) > order.indexOf(worst) ? status : worst,
    "ok",
  );
}

/**
 * Whether something must be put right: `here` in the file or on this machine, `outside` elsewhere or unknown because the time
 * was up. Of both, what can be done here comes first.
 */
export function verdict(results: readonly CheckResult[]): "well" | "here" | "outside" {
  const failures = results.filter(({ status }) => status === "failed");
  if (failures.some(({ where }) => where !== "outside")) return "here";
  return failures.length > 0 || results.some(({ timeUp }) => timeUp) ? "outside" : "well";
}
