/**
 * What the lab's tests share: a test that needs other people's programs, and a proxy as a process with Duo simulated.
 *
 * @module
 */

import { authApiIkey, authApiSkey, radiusIkey, radiusSkey } from "../../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../../lib/simulator/simulator.ts";
import { findProgram, type LabProgram } from "../../../scripts/lab/programs.ts";
import { processSecret, Serve, sourceLine, TempDir, writeConfig } from "../../kit/program.ts";
import { compiledPath, missingCompiled } from "./compiled.ts";

/** The program, from source or compiled. */
export interface Program {
  readonly name: "source" | "binary";
  /** The words of a command line that starts it. */
  readonly line: (...args: string[]) => readonly string[];
}

/** Both, and why one can't be tested here. */
const programs: readonly { readonly program: Program; readonly missing: string | undefined }[] = [
  { program: { name: "source", line: sourceLine }, missing: undefined },
  { program: { name: "binary", line: (...args) => [compiledPath, ...args] }, missing: missingCompiled },
];

/**
 * Defines a test that needs programs of other people, once on our source and once on the binary. Why a test is skipped is in its
 * name.
 *
 * @param unfit why the binary can't be tested in this way.
 */
export function labTest(
  needs: readonly LabProgram[],
  name: string,
  fn: (program: Program) => Promise<void>,
  unfit?: string,
): void {
  const absent = needs.filter((program) => findProgram(program) === undefined).map(({ name }) => name);
  const peers = absent.length === 0 ? undefined : `${absent.join(" and ")} missing`;
  for (const { program, missing } of programs) {
    const reason = peers ?? (program.name === "binary" ? unfit : undefined) ?? missing;
    const title = `${name} (${program.name}${reason === undefined ? "" : `, skipped: ${reason}`})`;
    Deno.test({ name: title, ignore: reason !== undefined, fn: () => fn(program) });
  }
}

/** Keys that lead to a version of Duo's API. */
function keysFor(version: 1 | 2): { readonly ikey: string; readonly skey: string } {
  return version === 1 ? { ikey: radiusIkey, skey: radiusSkey } : { ikey: authApiIkey, skey: authApiSkey };
}

/** How a lab is set up. */
export interface LabOptions {
  readonly program: Program;
  readonly version: 1 | 2;
  /** Lines of the section that replace the usual ones of the same option, or come behind them. */
  readonly lines?: readonly string[];
  /** Makes the command line that is run out of the program's. */
  readonly wrap?: (line: readonly string[]) => readonly string[];
  /** Whether that line starts a program (strace) whose only child is the proxy. */
  readonly traced?: boolean;
}

/** Milliseconds that a proxy may take to start and find Duo. */
const startLimit = 30_000;

/** A `serve` as a process, and Duo simulated in this one. */
export class Lab implements AsyncDisposable {
  readonly #dir: TempDir;

  private constructor(
    dir: TempDir,
    readonly simulator: DuoSimulator,
    readonly serve: Serve,
    readonly port: number,
    /** Path of its configuration. */
    readonly file: string,
    readonly traced: boolean,
  ) {
    this.#dir = dir;
  }

  /** Starts both and waits until the proxy has found Duo. */
  static async start(
    { program, version, lines = [], wrap = (line) => line, traced = false }: LabOptions,
  ): Promise<Lab> {
    const dir = new TempDir();
    const simulator = await DuoSimulator.start();
    const { host, port: duoPort, caPem } = simulator;
    const { file, port } = writeConfig(dir, { host, port: duoPort, caPem, ...keysFor(version) }, lines);
    const lab = new Lab(dir, simulator, new Serve(wrap(program.line("serve", "--config", file))), port, file, traced);
    // A proxy that never finds Duo would otherwise be waited for as long as the tests may run.
    const giveUp = setTimeout(() => void lab.kill(), startLimit);
    try {
      await lab.serve.ready().finally(() => clearTimeout(giveUp));
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where the proxy listens, as a neighbour is told. */
  get place(): { readonly port: number; readonly secret: string } {
    return { port: this.port, secret: processSecret };
  }

  /** How often Duo was asked for an endpoint, such as `preauth` or `auth`. */
  asked(endpoint: string): number {
    return this.simulator.findCalls({ path: endpoint }).filter(({ code }) => code !== 40301).length;
  }

  /** Sends SIGHUP to the proxy. */
  async reload(): Promise<void> {
    Deno.kill(await this.#proxyPid(), "SIGHUP");
  }

  /** Sends SIGTERM to the proxy. */
  async end(): Promise<void> {
    Deno.kill(await this.#proxyPid(), "SIGTERM");
  }

  /** Ends the proxy at once, which ends what waits for it. */
  async kill(): Promise<void> {
    try {
      // A program that strace watches would outlive it.
      if (this.traced) Deno.kill(await this.#proxyPid(), "SIGKILL");
    } catch {
      // It has ended.
    }
    await this.serve[Symbol.asyncDispose]();
  }

  /** strace hands no signal on. */
  async #proxyPid(): Promise<number> {
    const { pid } = this.serve.child;
    if (!this.traced) return pid;
    const children = (await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`)).trim();
    // Zero would be this process's whole group.
    if (!/^[1-9]\d*$/.test(children)) throw new Error("The traced program has ended");
    return Number(children);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.simulator[Symbol.asyncDispose]();
    this.#dir[Symbol.dispose]();
  }
}
