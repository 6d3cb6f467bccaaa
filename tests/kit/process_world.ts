/**
 * A gateway, the program as a process of its own, and Duo: as users run it, compiled or from source.
 *
 * Gateways and Duo's simulator are in the process of the test. What the program does is read from where operators read it: auth
 * events from its stdout, the log from its stderr, state and counters from its status port. A test says by its import whether it runs
 * on this world or on the one in one process of `world.ts`, which has a clock that can be moved.
 *
 * @module
 */

import * as v from "valibot";
import type { AuthEvent } from "../../lib/login/events.ts";
import type { Attribute } from "../../lib/radius/attributes.ts";
import type { Exchange, LoginResult, RadiusClient } from "../../lib/radius/client.ts";
import { type StatusDocument, statusDocument } from "../../lib/service/status.ts";
import { defaultApplications, type SimulatedApplication } from "../../lib/simulator/applications.ts";
import { DuoSimulator, type SimulatorOptions } from "../../lib/simulator/simulator.ts";
import { type GatewayOptions, patientGateway } from "./patient_gateway.ts";
import { sharedSecret } from "./planted_secrets.ts";
import { freePort, freeTcpPort } from "./ports.ts";
import { programLine, Serve, TempDir } from "./program.ts";

export { freePort, sharedSecret };
export { integer, shown, text, versions } from "./world.ts";

/** A section of the configuration. */
export interface SectionOptions {
  /** Whose keys it has; `radius` as in the field, so that version 1 is used. */
  readonly application?: "radius" | "auth" | SimulatedApplication;
  /** Lines beside keys, host and clients. A line for an option given here replaces the usual one. */
  readonly lines?: readonly string[];
  /** Its type; `duo_only` by default. */
  readonly mode?: "duo_only" | "auto" | "concat";
}

/** What a world is made of: a section, and everything else. */
export interface WorldOptions extends SectionOptions {
  /** Lines of `[main]`. */
  readonly main?: readonly string[];
  /** Sections behind the first one, each with a port of its own: see {@link World.ports}. */
  readonly further?: readonly SectionOptions[];
  readonly simulator?: SimulatorOptions;
  /** Arguments of `serve` behind `--config FILE`. */
  readonly args?: readonly string[];
  /** Makes the command line that is run out of the program's, such as one that sets limits first. */
  readonly wrap?: (line: readonly string[]) => readonly string[];
}

/** What a reload did, as the log says it. */
export interface ReloadOutcome {
  readonly kind: "reloaded" | "refused";
  /** What was logged meanwhile. */
  readonly log: string;
}

/** Users of the logins that mark a place in the stream of events: see {@link World.settled}. */
const marker = "marker-";
/** Where they come from: an address that no test uses, so that they teach the program nothing about others. */
const markerAddress = "127.0.0.254";

/** A running world. */
export class World implements AsyncDisposable {
  /** What the program has written to stdout, but for markers: complete after {@link World.settled}. */
  readonly events: AuthEvent[] = [];
  readonly simulator: DuoSimulator;
  /** Path of the configuration. */
  readonly file: string;
  /** Ports of the sections, in their order. */
  readonly ports: readonly number[];
  readonly #statusPort = freeTcpPort();
  readonly #options: WorldOptions;
  readonly #dir: TempDir;
  readonly #clients: RadiusClient[] = [];
  readonly #markers = new Map<string, () => void>();
  readonly #serve: Serve;
  #marked = 0;
  #marking: RadiusClient | undefined;

  private constructor(simulator: DuoSimulator, dir: TempDir, options: WorldOptions) {
    this.simulator = simulator;
    this.#dir = dir;
    this.#options = options;
    this.ports = [options, ...options.further ?? []].map(() => freePort());
    dir.write("ca.pem", simulator.caPem);
    this.file = dir.write("authproxy.cfg", this.#configuration());
    const line = programLine("serve", "--config", this.file, ...options.args ?? []);
    this.#serve = new Serve(options.wrap?.(line) ?? line, "piped", (event) => this.#take(event));
  }

  /** Starts Duo and then the program, and waits until it listens and has found out about Duo. */
  static async start(options: WorldOptions = {}): Promise<World> {
    const simulator = await DuoSimulator.start(options.simulator);
    const world = new World(simulator, new TempDir(), options);
    try {
      await world.#serve.ready(new Set([options, ...options.further ?? []].map((section) => keys(section).ikey)).size);
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /** Port of the first section. */
  get port(): number {
    return this.ports[0] ?? 0;
  }

  /** Process identifier of the program. */
  get pid(): number {
    return this.#serve.child.pid;
  }

  /** All that the program has logged. */
  get log(): string {
    return this.#serve.stderr.text;
  }

  /** Resolves once the log matches. */
  async logged(pattern: RegExp): Promise<void> {
    await this.#serve.stderr.matches(pattern);
  }

  /** A gateway of its own, with its own address if one is given, that asks a section: the first by default. */
  gateway(
    hostname = "127.0.0.1",
    { port = this.port, ...options }: Omit<GatewayOptions, "clock"> & { readonly port?: number } = {},
  ): RadiusClient {
    const client = patientGateway(hostname, { hostname: "127.0.0.1", port }, options);
    this.#clients.push(client);
    return client;
  }

  /** One login from a gateway of its own, up to its event. */
  async ask(user: string, password: string, attributes: readonly Attribute[] = []): Promise<LoginResult> {
    const result = await this.gateway().login({ user, password, attributes });
    await this.settled();
    return result;
  }

  /** Begins a login from a gateway of its own and leaves it under way. */
  async begin(user: string, password: string, attributes: readonly Attribute[] = []): Promise<Exchange> {
    return await this.gateway().begin({ user, password, attributes });
  }

  /** Waits until the program has taken everything that was sent so far: Status-Server is answered in turn. */
  async fence(): Promise<void> {
    const { kind } = await this.gateway().statusServer();
    if (kind !== "accept") throw new Error(`Status-Server: ${kind}`);
  }

  /**
   * Waits until all events of logins that have been answered are in {@link World.events}: sends a login that is refused at once, and
   * waits for its event, which is behind all others.
   */
  async settled(): Promise<void> {
    const user = `${marker}${this.#marked++}`;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#markers.set(user, resolve);
    this.#marking ??= this.gateway(markerAddress);
    // Without a password there is nothing to ask anybody.
    const { kind } = await this.#marking.login({ user });
    if (kind !== "reject") throw new Error(`A marker got ${kind}: ${this.log}`);
    await promise;
  }

  /** How often Duo was asked for an endpoint, such as `preauth` or `auth`; of both versions. */
  asked(endpoint: string, version?: 1 | 2): number {
    return this.simulator.findCalls({ path: endpoint, ...(version === undefined ? {} : { version }) }).length;
  }

  /** What the status port says. */
  async status(): Promise<StatusDocument> {
    return v.parse(statusDocument, JSON.parse(await this.page("status")));
  }

  /** A page of the status port, whatever its HTTP status. */
  async page(name: string): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${this.#statusPort}/${name}`)).text();
  }

  /** The sum of the samples of a metric whose labels hold the given text. */
  async metric(name: string, labels = ""): Promise<number> {
    const samples = [...(await this.page("metrics")).matchAll(new RegExp(`^${name}(\\{.*\\})? (\\S+)$`, "gm"))];
    if (samples.length === 0) throw new Error(`There is no metric ${name}`);
    return samples.filter(([, has = ""]) => has.includes(labels)).reduce((sum, [, , value]) => sum + Number(value), 0);
  }

  /** How many requests joined a login under way. */
  async joined(): Promise<number> {
    return await this.metric("duoproxy_joined_duplicates_total");
  }

  /**
   * Waits until something is so that nothing tells: it is looked at again and again.
   *
   * @throws an error after half a minute.
   */
  async until(condition: () => boolean): Promise<void> {
    for (const end = performance.now() + 30_000; !condition();) {
      if (performance.now() > end) throw new Error(`It never came to ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Descriptors that the program has open. */
  descriptors(): number {
    return [...Deno.readDirSync(`/proc/${this.pid}/fd`)].length;
  }

  /** Sends a signal. */
  signal(name: Deno.Signal): void {
    this.#serve.child.kill(name);
  }

  /** Writes the configuration anew, with `lines` of the first section beside or in place of those of the options, and reloads it. */
  async reload(lines: readonly string[] = []): Promise<ReloadOutcome> {
    Deno.writeTextFileSync(this.file, this.#configuration(lines));
    return await this.hangUp();
  }

  /** Has the file read again. */
  async hangUp(): Promise<ReloadOutcome> {
    const before = this.log.length;
    this.signal("SIGHUP");
    await this.#serve.stderr.matches(/Reloaded .*\n|was not reloaded.*\n/, before);
    const log = this.log.slice(before);
    return { kind: log.includes("was not reloaded") ? "refused" : "reloaded", log };
  }

  /** Ends the program with a signal, gives its exit code, and leaves log and events complete. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    return await this.#serve.stop(signal);
  }

  /** Resolves with the exit code once the program has ended. */
  async ended(): Promise<number> {
    return (await this.#serve.child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    try {
      await this.#serve[Symbol.asyncDispose]();
    } finally {
      await this.simulator[Symbol.asyncDispose]();
      this.#dir[Symbol.dispose]();
    }
  }

  #take(line: string): void {
    const event: AuthEvent = JSON.parse(line);
    const reached = this.#markers.get(event.username ?? "");
    if (reached === undefined) {
      this.events.push(event);
      return;
    }
    this.#markers.delete(event.username ?? "");
    reached();
  }

  #configuration(changes: readonly string[] = []): string {
    const { main = [], further = [] } = this.#options;
    const sections = [this.#options, ...further].flatMap((section, index) =>
      this.#section(section, index, index === 0 ? changes : [])
    );
    const own = replaced([`status_port=${this.#statusPort}`], main);
    return ["[main]", ...own, "[duo_only_client]", ...sections, ""].join("\n");
  }

  #section(section: SectionOptions, index: number, changes: readonly string[]): readonly string[] {
    const { mode = "duo_only", lines = [] } = section;
    const { ikey, skey } = keys(section);
    const { host, port } = this.simulator;
    const usual = [
      `ikey=${ikey}`,
      `skey=${skey}`,
      `api_host=${host}`,
      `api_port=${port}`,
      "http_ca_certs_file=ca.pem",
      "failmode=secure",
      "interface=127.0.0.1",
      `port=${this.ports[index] ?? 0}`,
      // More sockets than this are not tried at the start.
      "max_pending=200",
      "radius_ip_1=127.0.0.0/8",
      `radius_secret_1=${sharedSecret}`,
    ];
    return [`[radius_server_${mode}${index === 0 ? "" : index + 1}]`, ...replaced(usual, lines, changes)];
  }
}

/** The keys of a section. A section whose lines name others is not looked at here. */
function keys({ application = "radius" }: SectionOptions): Pick<SimulatedApplication, "ikey" | "skey"> {
  const known = typeof application === "object" ? application : defaultApplications[application === "radius" ? 0 : 1];
  if (known === undefined) throw new Error(`The simulator has no application ${application}`);
  return known;
}

/** Lines of options, each replaced by the last one of the same option. */
function replaced(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Map(lists.flat().map((line) => [line.slice(0, line.indexOf("=")), line])).values()];
}
