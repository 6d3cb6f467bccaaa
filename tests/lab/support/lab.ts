/**
 * What the lab's tests share: a test that needs other people's programs, and a proxy as a process with Duo simulated.
 *
 * @module
 */

import { authApiIkey, authApiSkey, radiusIkey, radiusSkey } from "../../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../../lib/simulator/simulator.ts";
import { findProgram, type LabProgram } from "../../../scripts/lab/programs.ts";
import { processSecret, programLine, Serve, TempDir, writeConfig } from "../../support/program.ts";

/** Defines a test that needs programs; without one of them it is skipped, and its name says which is missing. */
export function labTest(needs: readonly LabProgram[], name: string, fn: () => Promise<void>): void {
  const missing = needs.filter((program) => findProgram(program) === undefined).map(({ name }) => name);
  const title = missing.length === 0 ? name : `${name} (skipped: ${missing.join(" and ")} missing)`;
  Deno.test({ name: title, ignore: missing.length > 0, fn });
}

/** Keys that lead to a version of Duo's API. */
export function keysFor(version: 1 | 2): { readonly ikey: string; readonly skey: string } {
  return version === 1 ? { ikey: radiusIkey, skey: radiusSkey } : { ikey: authApiIkey, skey: authApiSkey };
}

/** How a lab is set up. */
export interface LabOptions {
  readonly version: 1 | 2;
  /** Lines of the section that replace the usual ones of the same option, or come behind them. */
  readonly lines?: readonly string[];
  /** The command line of the program, given its arguments; by default main.ts with the rights of the binary. */
  readonly line?: (...args: string[]) => readonly string[];
  /** Whether that line starts a program (strace) whose only child is the proxy. */
  readonly traced?: boolean;
}

/** Milliseconds that a proxy may take to start and find Duo. */
const startLimit = 30_000;

/** A `serve` as a process with the rights of the binary, and Duo simulated in this one. */
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
  static async start({ version, lines = [], line = programLine, traced = false }: LabOptions): Promise<Lab> {
    const dir = new TempDir();
    const simulator = await DuoSimulator.start({ control: null });
    const { host, port: duoPort, caPem } = simulator;
    const { file, port } = writeConfig(dir, { host, port: duoPort, caPem, ...keysFor(version) }, lines);
    const lab = new Lab(dir, simulator, new Serve(line("serve", "--config", file)), port, file, traced);
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
