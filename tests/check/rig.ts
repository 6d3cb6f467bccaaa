/**
 * Two sections, each with a simulated Duo of its own: one to plant faults in, and one beside it that must never be blamed.
 *
 * @module
 */

import { checkedSecret } from "../kit/planted_secrets.ts";
import * as v from "valibot";
import type { Check } from "../../lib/check/check.ts";
import { allChecks } from "../../lib/check/all.ts";
import { type Machine, systemMachine } from "../../lib/check/machine.ts";
import { reportConnectivity } from "../../lib/cli/commands/connectivity_check.ts";
import type { Invocation } from "../../lib/cli/command.ts";
import { loadConfig, type LoadResult } from "../../lib/config/load.ts";
import { memoryHost } from "../../lib/config/memory_host.ts";
import { radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { DuoSimulator, type SimulatorOptions } from "../../lib/simulator/simulator.ts";
import { FakeTerminal } from "../kit/fake_terminal.ts";
import { freePort } from "../kit/world.ts";

/** Name of the section with the fault. */
export const faulty = "radius_server_auto2";
/** Name of the section beside it. */
export const healthy = "radius_server_duo_only";
/** A secret that no output may hold. */
export const sharedSecret = checkedSecret;

const result = v.object({
  name: v.string(),
  section: v.nullable(v.string()),
  status: v.picklist(["ok", "warning", "failed", "skipped"]),
  message: v.string(),
  remedy: v.nullable(v.string()),
  facts: v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.array(v.string())])),
});

const document = v.strictObject({ schema: v.literal(1), checks: v.array(result) });

/** One entry of the JSON document. */
export type JsonResult = v.InferOutput<typeof result>;

/** What the command printed and how it ended. */
export interface Checked {
  readonly code: number;
  readonly checks: readonly JsonResult[];
  readonly stdout: string;
}

/** How the command is run. */
export interface CheckOptions {
  /** Lines of the section with the fault; a line for an option given here replaces the usual one. */
  readonly lines?: readonly string[];
  readonly main?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** Permission bits of the configuration file. */
  readonly mode?: number;
  readonly machine?: Partial<Machine>;
  readonly checks?: readonly Check[];
  readonly options?: Invocation["options"];
  /** In ms. */
  readonly timeout?: number;
}

/** The two simulators. */
export class Rig implements AsyncDisposable {
  /** Port that the section beside listens on. */
  readonly healthyPort = freePort();

  private constructor(readonly duo: DuoSimulator, readonly beside: DuoSimulator) {}

  static async start(options: SimulatorOptions = {}): Promise<Rig> {
    return new Rig(
      await DuoSimulator.start(options),
      await DuoSimulator.start(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.duo[Symbol.asyncDispose]();
    await this.beside[Symbol.asyncDispose]();
  }

  /** Reads the configuration with the fault. */
  async load({ lines = [], main = [], files = {}, mode = 0o640 }: CheckOptions): Promise<LoadResult> {
    const text = [
      "[main]",
      ...main,
      "[duo_only_client]",
      `[${healthy}]`,
      ...this.#usual(this.beside, "beside.pem", "192.0.2.1", this.healthyPort),
      `[${faulty}]`,
      ...this.#usual(this.duo, "ca.pem", "192.0.2.2", freePort()).filter((line) =>
        !lines.some((other) => optionOf(other) === optionOf(line))
      ),
      "client=duo_only_client",
      ...lines,
    ].join("\n");
    const all = { "ca.pem": this.duo.caPem, "beside.pem": this.beside.caPem, ...files, "authproxy.cfg": text };
    return await loadConfig("authproxy.cfg", memoryHost(all, { "authproxy.cfg": mode }));
  }

  /** Runs the command with `--format json`. */
  async check(options: CheckOptions = {}): Promise<Checked> {
    const terminal = new FakeTerminal();
    const code = await reportConnectivity(
      { options: { format: "json", ...options.options }, positionals: [], terminal },
      "authproxy.cfg",
      await this.load(options),
      {
        checks: options.checks ?? allChecks,
        machine: { ...systemMachine, ...options.machine },
        timeout: options.timeout ?? 60_000,
      },
    );
    const { stdout } = terminal;
    return { code, checks: v.parse(document, JSON.parse(stdout)).checks, stdout };
  }

  #usual(duo: DuoSimulator, caFile: string, gateway: string, port: number): readonly string[] {
    return [
      `ikey=${radiusIkey}`,
      `skey=${radiusSkey}`,
      `api_host=${duo.host}`,
      `api_port=${duo.port}`,
      "failmode=secure",
      `http_ca_certs_file=${caFile}`,
      "interface=127.0.0.1",
      `port=${port}`,
      "max_pending=10",
      `radius_ip_1=${gateway}`,
      `radius_secret_1=${sharedSecret}`,
    ];
  }
}

function optionOf(line: string): string {
  return line.slice(0, line.indexOf("="));
}
