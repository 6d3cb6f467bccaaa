/**
 * The proxies of a world: each is the program as it is, with the virtual clock, network, randomness and way to Duo given to it.
 *
 * @module
 */

import { renderFinding } from "../../lib/config/diagnostics.ts";
import type { Config } from "../../lib/config/config.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { memoryHost } from "../../lib/config/memory_host.ts";
import { Proxy } from "../../lib/service/proxy.ts";
import type { Owned, VirtualClock } from "./clock.ts";
import type { VirtualDuo } from "./duo.ts";
import type { Model } from "./model.ts";
import type { Run } from "./records.ts";
import type { Address, VirtualNetwork } from "./network.ts";
import type { Seeded } from "./random.ts";
import { type FileSetup, fileText, proxies, type Setup } from "./setup.ts";
import { VirtualWay } from "./streams.ts";
import type { Weather } from "./weather.ts";

/** What a proxy is made of. */
export interface ProxyMeans {
  readonly setup: Setup;
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly weather: Weather;
  readonly duo: VirtualDuo;
  readonly model: Model;
  readonly random: Seeded;
  /** Tells each process of the world from the others. */
  readonly nextRun: () => number;
  /** Told about each datagram that it sends. */
  readonly sent: (bytes: Uint8Array, from: Address, to: Address) => void;
}

/** How long logins under way may take when it stops, in ms. */
const drainTimeout = 10_000;

/** A process. */
interface Process {
  readonly run: Run;
  readonly proxy: Proxy;
  readonly clock: Owned;
  readonly ways: VirtualWay[];
}

/** A machine with one proxy on it, which may be stopped and started. */
export class VirtualProxy {
  readonly #index: 0 | 1;
  readonly #means: ProxyMeans;
  #file: FileSetup;
  #process: Process | undefined;

  constructor(index: 0 | 1, means: ProxyMeans) {
    this.#index = index;
    this.#means = means;
    this.#file = means.setup.file;
  }

  /** The process that runs; undefined between two. */
  get run(): Run | undefined {
    return this.#process?.run;
  }

  /** Starts a process. */
  async start(): Promise<void> {
    const { setup, network, weather, duo, model, sent, nextRun } = this.#means;
    const config = await readConfig(setup, { ...this.#file, address: proxies[this.#index].hostname });
    const run: Run = { id: nextRun(), proxy: this.#index, file: this.#file, maxPending: this.#file.maxPending };
    const random = this.#means.random.fork("run", run.id);
    const clock = this.#means.clock.owned();
    const ways: VirtualWay[] = [];
    const proxy = Proxy.start(config, {
      clock,
      random: random.fork("proxy"),
      events: {
        auth: (event) => model.event(run, event),
        log: (level, message, fields) => {
          if (level === "error" || level === "warning") model.note(() => `proxy ${this.#index} logs: ${message}`);
          model.written(`${message} ${JSON.stringify(fields ?? {})}`);
        },
      },
      userAgent: "duoproxy/sim",
      listen: (address) =>
        network.bind(address, (bytes, from, to) => {
          model.replied(run, to, bytes);
          sent(bytes, from, to);
        }),
      openDescriptor: () => ({ close: () => {} }),
      findWay: () => {
        const way = new VirtualWay({
          clock: this.#means.clock,
          weather,
          random: random.fork("way", ways.length),
          accept: (end) => duo.accept(run.id, end),
        });
        ways.push(way);
        return way;
      },
      observer: { dropped: () => {}, repeated: () => {}, acknowledged: () => {}, joined: () => {}, duoCall: () => {} },
      primaryOnly: () => false,
    });
    if (proxy.failed.length > 0) throw new Error(proxy.failed[0]?.reason);
    this.#process = { run, proxy, clock, ways };
  }

  /** Reads another file. */
  async reload(file: FileSetup): Promise<void> {
    const { setup } = this.#means;
    const config = await readConfig(setup, { ...file, address: proxies[this.#index].hostname });
    this.#file = file;
    const { run, proxy } = this.#process ?? {};
    if (proxy === undefined || run?.file === undefined) return;
    const result = proxy.reload(config);
    if (result.kind !== "reloaded") throw new Error(result.failed[0]?.reason);
    run.file = file;
  }

  /** Tells the process to end, waits until it has, and tells the model what is left of it. Nothing happens if there is none. */
  async stop(): Promise<void> {
    const { model } = this.#means;
    const process = this.#process;
    if (process?.run.file === undefined) return;
    const { run, proxy, clock, ways } = process;
    model.stopping(run);
    await proxy.stop(drainTimeout);
    this.#process = undefined;
    model.ended(run, { timers: clock.pending, streams: ways.reduce((sum, { open }) => sum + open, 0) });
  }

  /** Lets the model look at what the process holds. */
  look(): void {
    if (this.#process === undefined) return;
    const { run, proxy, clock } = this.#process;
    this.#means.model.look(run, proxy.held, clock.pending);
  }
}

/** The configuration as the program reads it. */
async function readConfig(setup: Setup, file: FileSetup & { readonly address: string }): Promise<Config> {
  const text = `${fileText(setup, file)}interface=${file.address}\n`;
  const result = await loadConfig("authproxy.cfg", memoryHost({ "authproxy.cfg": text }));
  if (result.kind === "ok") return result.config;
  const findings = result.kind === "absent" ? [result.finding] : result.findings;
  throw new Error(findings.map(renderFinding).join("\n"));
}
