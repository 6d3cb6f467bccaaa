/**
 * The same job by others: RADIUS in, HTTPS calls to a cloud, RADIUS out. FreeRADIUS with its module for HTTPS calls is
 * the C server that does it; it takes a thread for each login that waits, so how many it has decides what it can do.
 *
 * Both ask the same cloud, in this process, twice a login, over TLS on kept connections, check its certificate against a
 * file with one authority, and get the same load. FreeRADIUS signs no call; ours does. Since Duo itself wants more calls
 * for a push, and the simulator checks what it is told, ours stands there a second time, asking the simulator.
 *
 * @module
 */

import type { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { makeDevice, makeUser } from "../../lib/simulator/users.ts";
import { processSecret, type TempDir } from "../../tests/kit/program.ts";
import { freePort } from "../../tests/kit/world.ts";
import {
  debianThreads,
  fixedThreads,
  hasFreeRadiusRest,
  restPackage,
  startFreeRadiusAsking,
  type ThreadPool,
} from "../lab/free_radius.ts";
import { print } from "../print.ts";
import type { LoadRequest } from "./load.ts";
import { type Cost, measure, show, type Target } from "./measure.ts";
import { residentMegabytes } from "./process_stats.ts";
import { type Delays, RestCloud } from "./rest_cloud.ts";
import type { Running } from "./serve.ts";
import { figure, heading } from "./table.ts";
import { twice } from "./twice.ts";

/** One load, the same for all. */
interface Scenario {
  readonly title: string;
  readonly request: LoadRequest;
  /** What comes before: connections are made and code is compiled. */
  readonly warmUp: { readonly count: number; readonly delays: Delays };
  readonly count: number;
  /** Logins under way at once. */
  readonly window: number;
  /** What the clouds do. */
  readonly delays: Delays;
}

/** One of the simulator's own. */
const passcodeUser = "alice";

/** Made here, with a phone; see {@link SimulatedCloud.setDelays}. */
const pushUser = "patient";

const passcode: LoadRequest = { code: "login", user: passcodeUser, password: "123456" };
const push: LoadRequest = { code: "login", user: pushUser, password: "push" };
const short: Delays = { preauth: 50, auth: 50 };

const scenarios: readonly Scenario[] = [
  {
    title: "passcodes, a cloud that answers at once, 64 logins at once",
    request: passcode,
    warmUp: { count: 3_000, delays: { preauth: 0, auth: 0 } },
    count: 4_000,
    window: 64,
    delays: { preauth: 0, auth: 0 },
  },
  {
    title: "passcodes, each call answered after 50 ms, 200 logins at once",
    request: passcode,
    warmUp: { count: 200, delays: short },
    count: 1_000,
    window: 200,
    delays: short,
  },
  {
    title: "pushes answered after 1 s, 200 logins at once",
    request: push,
    warmUp: { count: 400, delays: { preauth: 0, auth: 50 } },
    count: 400,
    window: 200,
    delays: { preauth: 0, auth: 1_000 },
  },
];

/** A cloud that a server asks. */
interface Cloud {
  readonly calls: number;
  setDelays(delays: Delays): void;
}

/** How `serve` is started with other keys, or another cloud. */
export type Start = (
  cloud: { readonly host: string; readonly port: number; readonly caPem: string },
  lines: readonly string[],
) => Promise<Running>;

/** What one server did. */
interface Contender {
  readonly name: string;
  readonly costs: readonly Cost[];
  /** Calls a login, by scenario. */
  readonly calls: readonly number[];
  /** Resident, after everything. */
  readonly megabytes: number;
}

/** The pools of threads with which FreeRADIUS is measured. */
const pools: readonly { readonly name: string; readonly threads: ThreadPool }[] = [
  { name: "FreeRADIUS, Debian's pool (32 threads)", threads: debianThreads },
  { name: "FreeRADIUS, 64 threads", threads: fixedThreads(64) },
  { name: "FreeRADIUS, 256 threads", threads: fixedThreads(256) },
];

/**
 * Measures ours with both clouds, and FreeRADIUS if it is there; each is a new process, so that none has done more than
 * the others.
 *
 * @param dir for the authority's file.
 * @param start starts `serve` with keys for version 1 of the API.
 */
export async function showSameJob(simulator: DuoSimulator, dir: TempDir, start: Start): Promise<void> {
  heading("The same job: RADIUS in, two HTTPS calls to a cloud, RADIUS out");
  if (!hasFreeRadiusRest()) {
    print(`  skipped: FreeRADIUS that asks a cloud over HTTPS (apt-get install freeradius ${restPackage})`);
    return;
  }
  await using cloud = await RestCloud.start();
  const place = { host: "127.0.0.1", port: cloud.port, caPem: cloud.caPem };
  const ours = await contendOurs("duoproxy", await start(place, ["api_version=1"]), cloud);
  const others: Contender[] = [];
  const caFile = dir.write("rest_ca.pem", cloud.caPem);
  for (const { name, threads } of pools) {
    const url = `https://127.0.0.1:${cloud.port}`;
    let port = 0;
    await using peer = await twice(() => {
      port = freePort();
      return startFreeRadiusAsking({ port, secret: processSecret }, { url, caFile, threads });
    });
    try {
      others.push(await contend(name, { port, pid: peer.pid }, cloud));
    } catch (error) {
      throw new Error(`${name}, whose log ends with: ${peer.output.slice(-1_000)}`, { cause: error });
    }
  }
  const simulated = await contendOurs(
    "duoproxy, asking Duo's simulator",
    await start(simulator, []),
    new SimulatedCloud(simulator),
  );
  for (const [index, { title }] of scenarios.entries()) {
    print(`  ${title}:`);
    showOne(ours, index);
    for (const other of others) {
      showOne(other, index);
      showRatios(ours, other, index);
    }
    showOne(simulated, index);
  }
  print("  resident memory after that:");
  for (const { name, megabytes } of [ours, ...others, simulated]) figure(`    ${name}`, `${megabytes.toFixed(0)} MB`);
}

async function contendOurs(name: string, { port, serve }: Running, cloud: Cloud): Promise<Contender> {
  await using process = serve;
  return await contend(name, { port, pid: process.child.pid }, cloud);
}

async function contend(name: string, target: Target, cloud: Cloud): Promise<Contender> {
  const costs: Cost[] = [];
  const calls: number[] = [];
  for (const { title, request, warmUp, count, window, delays } of scenarios) {
    cloud.setDelays(warmUp.delays);
    await measure(target, { request, count: warmUp.count, window, warmUp: 0 }, 2);
    cloud.setDelays(delays);
    const before = cloud.calls;
    const cost = await measure(target, { request, count, window, warmUp: 0 }, 2);
    const made = (cloud.calls - before) / count;
    if (made < 2) throw new Error(`${name} made ${made.toFixed(1)} calls a login: ${title}`);
    costs.push(cost);
    calls.push(made);
  }
  return { name, costs, calls, megabytes: residentMegabytes(target.pid) };
}

function showOne({ name, costs, calls }: Contender, index: number): void {
  const [cost, made] = [costs[index], calls[index]];
  if (cost !== undefined && made !== undefined) show(`    ${name}`, cost, `; ${made.toFixed(1)} calls`);
}

function showRatios(ours: Contender, other: Contender, index: number): void {
  const [own, cost] = [ours.costs[index], other.costs[index]];
  if (own === undefined || cost === undefined) return;
  figure("      duoproxy / it, logins a second", `${(own.perSecond / cost.perSecond).toFixed(2)} times`);
  figure("      duoproxy / it, processor time a login", `${(own.cpu / cost.cpu).toFixed(2)} times`);
}

/** The simulator with delays as the other cloud has them. A push's own time is its user's rule. */
class SimulatedCloud implements Cloud {
  readonly #simulator: DuoSimulator;

  constructor(simulator: DuoSimulator) {
    this.#simulator = simulator;
  }

  get calls(): number {
    return Object.values(this.#simulator.counters.endpoints).reduce((sum, count) => sum + count, 0);
  }

  setDelays({ preauth, auth }: Delays): void {
    this.#simulator.clearFaults();
    if (preauth > 0) this.#simulator.addFault({ match: { path: "preauth" }, do: { kind: "delay", ms: preauth } });
    if (auth > 0) {
      this.#simulator.addFault({ match: { path: "auth", user: passcodeUser }, do: { kind: "delay", ms: auth } });
    }
    // Whoever has a phone to look at takes the time; the call itself is answered at once.
    this.#simulator.setUser(makeUser({
      username: pushUser,
      devices: [makeDevice(pushUser, 1)],
      rule: { answer: "approve", after: auth },
    }));
  }
}
