/**
 * The stage of the demo: Duo's simulator and a proxy with four sections, on free ports of the loopback interface.
 *
 * @module
 */

import { type Clock, systemClock } from "../../clock.ts";
import { renderFinding } from "../../config/diagnostics.ts";
import { loadConfig } from "../../config/load.ts";
import { memoryHost } from "../../config/memory_host.ts";
import type { AuthEvent } from "../../login/events.ts";
import { openDescriptor } from "../../net/capacity.ts";
import { systemRandom } from "../../random.ts";
import { Proxy } from "../../service/proxy.ts";
import { authApiIkey, authApiSkey, radiusIkey, radiusSkey } from "../../simulator/applications.ts";
import { DuoSimulator } from "../../simulator/simulator.ts";
import { version } from "../../version.ts";
import { freePorts } from "./free_port.ts";

/** The secret of the demo's gateways: it guards nothing. */
export const demoSecret = "demo-secret-that-guards-nothing";

/** A section of the demo's proxy. */
export interface DemoSection {
  readonly name: string;
  /** Version of Duo's API that its keys lead to. */
  readonly version: 1 | 2;
  readonly failmode: "safe" | "secure";
  readonly port: number;
}

/** Simulator and proxy, running. */
export interface Stage extends AsyncDisposable {
  readonly simulator: DuoSimulator;
  readonly proxy: Proxy;
  readonly sections: readonly DemoSection[];
  /** Auth events so far. */
  readonly events: readonly AuthEvent[];
}

/** Sets the stage. Nothing of it can be reached from another machine. */
export async function setStage(clock: Clock = systemClock): Promise<Stage> {
  const simulator = await DuoSimulator.start();
  try {
    const kinds = ([1, 2] as const).flatMap((version) =>
      (["secure", "safe"] as const).map((failmode) => ({ version, failmode }))
    );
    const sections = freePorts(kinds.length).flatMap((port, index): DemoSection[] => {
      const kind = kinds[index];
      return kind === undefined
        ? []
        : [{ ...kind, port, name: `radius_server_duo_only${index === 0 ? "" : index + 1}` }];
    });
    const events: AuthEvent[] = [];
    const proxy = Proxy.start(await readConfig(simulator, sections), {
      clock,
      events: { auth: (event) => void events.push(event), log: () => {} },
      random: systemRandom,
      userAgent: `duoproxy/${version} (demo)`,
      listen: (address) => Deno.listenDatagram({ transport: "udp", ...address }),
      openDescriptor,
      observer: { dropped: () => {}, repeated: () => {}, acknowledged: () => {}, joined: () => {}, duoCall: () => {} },
      primaryOnly: () => false,
    });
    return {
      simulator,
      proxy,
      sections,
      events,
      [Symbol.asyncDispose]: async () => {
        await proxy[Symbol.asyncDispose]();
        await simulator[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await simulator[Symbol.asyncDispose]();
    throw error;
  }
}

/** The configuration goes the way of every configuration: as text through the reader. */
async function readConfig(
  simulator: DuoSimulator,
  sections: readonly DemoSection[],
): Promise<Proxy["generation"]["config"]> {
  const text = ["[duo_only_client]", ...sections.flatMap((section) => lines(section, simulator))].join("\n");
  const loaded = await loadConfig("demo.cfg", memoryHost({ "demo.cfg": text, "ca.pem": simulator.caPem }));
  if (loaded.kind === "ok") return loaded.config;
  const findings = loaded.kind === "absent" ? [loaded.finding] : loaded.findings;
  throw new Error(`The demo's own configuration is wrong: ${findings.map(renderFinding).join("; ")}`);
}

function lines({ name, version, failmode, port }: DemoSection, simulator: DuoSimulator): string[] {
  const [ikey, skey] = version === 1 ? [radiusIkey, radiusSkey] : [authApiIkey, authApiSkey];
  return [
    `[${name}]`,
    `ikey=${ikey}`,
    `skey=${skey}`,
    `api_host=${simulator.host}`,
    `api_port=${simulator.port}`,
    "http_ca_certs_file=ca.pem",
    `failmode=${failmode}`,
    "interface=127.0.0.1",
    `port=${port}`,
    "radius_ip_1=127.0.0.1",
    `radius_secret_1=${demoSecret}`,
    // The tour's gateways sign their requests, and radclient by hand doesn't, from the same address.
    "radius_require_message_authenticator_1=false",
  ];
}
