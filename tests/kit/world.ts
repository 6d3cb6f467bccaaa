/**
 * A gateway, a proxy and Duo in one process, with real UDP and real TLS between them.
 *
 * @module
 */

import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Config } from "../../lib/config/config.ts";
import { renderFinding } from "../../lib/config/diagnostics.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { memoryHost } from "../../lib/config/memory_host.ts";
import type { AuthEvent, LogLevel } from "../../lib/login/events.ts";
import { openDescriptor } from "../../lib/net/capacity.ts";
import type { Attribute } from "../../lib/radius/attributes.ts";
import type { RepeatKind } from "../../lib/radius/observer.ts";
import type { Exchange, LoginResult, RadiusClient } from "../../lib/radius/client.ts";
import { systemRandom } from "../../lib/random.ts";
import { Proxy, type ProxyOptions } from "../../lib/service/proxy.ts";
import { authApiIkey, authApiSkey, radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { DuoSimulator, type SimulatorOptions } from "../../lib/simulator/simulator.ts";
import { type GatewayOptions, patientGateway } from "./patient_gateway.ts";
import { assertNoSecret, sharedSecret } from "./planted_secrets.ts";
import { freePort } from "./ports.ts";

/** What a world is made of. */
export interface WorldOptions {
  /** Whose keys the section has; `radius` as in the field, so that version 1 is used. */
  readonly application?: "radius" | "auth";
  /** Lines of the section beside keys, host and clients. A line for an option given here replaces the usual one. */
  readonly lines?: readonly string[];
  /** Lines of `[main]`. */
  readonly main?: readonly string[];
  /** Section type; `duo_only` by default. */
  readonly mode?: "duo_only" | "auto" | "concat";
  readonly simulator?: SimulatorOptions;
  /** For the proxy; the simulator has its own. */
  readonly clock?: Clock;
  readonly proxy?: Partial<ProxyOptions>;
}

/** Both versions of Duo's API, as tests go through them: the keys decide which is used. */
export const versions = [
  { version: 1, application: "radius" },
  { version: 2, application: "auth" },
] as const;

export { freePort, sharedSecret };

/** A running world. */
export class World implements AsyncDisposable {
  readonly events: AuthEvent[] = [];
  readonly log: { readonly level: LogLevel; readonly message: string }[] = [];
  readonly dropped: string[] = [];
  readonly repeated: RepeatKind[] = [];
  readonly acknowledged: string[] = [];
  joined = 0;
  readonly #clients: RadiusClient[] = [];

  private constructor(readonly simulator: DuoSimulator, readonly options: WorldOptions) {}

  proxy!: Proxy;

  /** Starts Duo and then the proxy. */
  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(await DuoSimulator.start(options.simulator), options);
    try {
      world.proxy = Proxy.start(await world.config(), {
        clock: options.clock ?? systemClock,
        events: {
          auth: (event) => void world.events.push(event),
          log: (level, message) => void world.log.push({ level, message }),
        },
        random: systemRandom,
        userAgent: "duoproxy/test",
        listen: (address) => Deno.listenDatagram({ transport: "udp", ...address }),
        openDescriptor,
        observer: {
          dropped: ({ reason }) => void world.dropped.push(reason),
          repeated: (kind) => void world.repeated.push(kind),
          acknowledged: (section) => void world.acknowledged.push(section),
          joined: () => void world.joined++,
          duoCall: () => {},
        },
        primaryOnly: () => false,
        ...options.proxy,
      });
    } catch (error) {
      await world.simulator[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /** The configuration as the program would read it, with `lines` beside or in place of those of the options. */
  async config(lines: readonly string[] = [], sections: readonly string[] = []): Promise<Config> {
    const { application = "radius", mode = "duo_only", main = [] } = this.options;
    const own = (this.options.lines ?? []).filter((line) => !lines.some((other) => optionOf(other) === optionOf(line)));
    const given = [...own, ...lines];
    const usual = [
      application === "radius" ? `ikey=${radiusIkey}` : `ikey=${authApiIkey}`,
      application === "radius" ? `skey=${radiusSkey}` : `skey=${authApiSkey}`,
      `api_host=${this.simulator.host}`,
      `api_port=${this.simulator.port}`,
      "failmode=secure",
      "http_ca_certs_file=ca.pem",
      "interface=127.0.0.1",
      `port=${freePort()}`,
      "radius_ip_1=127.0.0.0/8",
      `radius_secret_1=${sharedSecret}`,
    ].filter((line) => !given.some((other) => optionOf(other) === optionOf(line)));
    const text = ["[main]", ...main, "[duo_only_client]", `[radius_server_${mode}]`, ...usual, ...given, ...sections];
    return await readConfig(text, { "ca.pem": this.simulator.caPem });
  }

  /** A gateway of its own, with its own address if one is given. */
  gateway(hostname = "127.0.0.1", options: GatewayOptions = {}): RadiusClient {
    const address = this.proxy.listening.find(({ serves }) => serves === "logins");
    if (!address) throw new Error("The proxy listens nowhere");
    const client = patientGateway(hostname, { hostname: address.hostname, port: address.port }, options);
    this.#clients.push(client);
    return client;
  }

  /** One login from a gateway of its own. */
  async ask(user: string, password: string, attributes: readonly Attribute[] = []): Promise<LoginResult> {
    return await this.gateway().login({ user, password, attributes });
  }

  /** Begins a login from a gateway of its own and leaves it under way. */
  async begin(user: string, password: string, attributes: readonly Attribute[] = []): Promise<Exchange> {
    return await this.gateway().begin({ user, password, attributes });
  }

  /** How often Duo was asked for an endpoint, such as `preauth` or `auth`; of both versions. */
  asked(endpoint: string, version?: 1 | 2): number {
    return this.simulator.findCalls({ path: endpoint, ...(version === undefined ? {} : { version }) }).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.simulator[Symbol.asyncDispose]();
    assertNoSecret(JSON.stringify([this.events, this.log]), "The log of a world");
  }
}

/** Reads a configuration from memory; any error in it fails the test. */
async function readConfig(
  lines: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Config> {
  const host = memoryHost({ ...files, "authproxy.cfg": lines.join("\n") });
  const result = await loadConfig("authproxy.cfg", host);
  if (result.kind === "ok") return result.config;
  const findings = result.kind === "absent" ? [result.finding] : result.findings;
  throw new Error(findings.map(renderFinding).join("\n"));
}

function optionOf(line: string): string {
  return line.slice(0, line.indexOf("="));
}

/** The texts that a user saw, joined. */
export function shown(result: LoginResult): string {
  return result.kind === "timeout" ? "no answer" : result.messages.join("");
}

/** An integer attribute. */
export function integer(type: number, value: number): Attribute {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return { type, value: bytes };
}

/** A text attribute. */
export function text(type: number, value: string): Attribute {
  return { type, value: new TextEncoder().encode(value) };
}
