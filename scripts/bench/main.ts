/**
 * `deno task bench`: how fast the proxy is on this machine, in one run of about a minute, on loopback only.
 *
 * The proxy is a process of its own with the rights of the binary, so its processor time is its own; the load comes from
 * this process, and so does Duo's simulator, which answers over real TLS. Figures of two machines can't be compared, so
 * ratios within the run are given where something stands beside: the digests that RADIUS asks for, or FreeRADIUS doing
 * the same job. Nothing here passes or fails.
 *
 * @module
 */

import { authApiIkey, authApiSkey, radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { processSecret, programLine, Serve, TempDir, writeConfig } from "../../tests/support/program.ts";
import { freePort } from "../../tests/support/world.ts";
import { startFreeRadiusAccepting } from "../lab/free_radius.ts";
import { findProgram, labPrograms } from "../lab/programs.ts";
import { print } from "../print.ts";
import { measureCodec } from "./codec.ts";
import { drive, type LoadRequest, type LoadResult } from "./load.ts";
import { cpuSeconds, median, settledMegabytes } from "./process_stats.ts";
import { firstAnswer, loginPacket } from "./start_up.ts";
import { count, figure, heading, microseconds } from "./table.ts";

/** A server under load: its port and its process. */
interface Target {
  readonly port: number;
  readonly pid: number;
}

/** What a load cost the server. */
interface Cost {
  readonly perSecond: number;
  /** Processor seconds of the server a request. */
  readonly cpu: number;
  readonly result: LoadResult;
}

/** A user whom the section lets in without asking Duo: what is measured is the proxy alone. */
const exemptUser = "exempt";

const sizes = { codec: 40_000, status: 20_000, exempt: 20_000, passcode: 3_000, push: 1_500 } as const;

const login: LoadRequest = { code: "login", user: exemptUser, password: "push" };

async function measure(
  target: Target,
  request: LoadRequest,
  amount: number,
  window: number,
  code: number,
): Promise<Cost> {
  const load = { port: target.port, secret: processSecret, request, window, sockets: 2 };
  // What has run before is compiled and connected; the figures are those of a proxy that has been up for a while.
  await drive({ ...load, count: Math.ceil(amount / 5) });
  const before = cpuSeconds(target.pid);
  const result = await drive({ ...load, count: amount });
  const used = cpuSeconds(target.pid) - before;
  const expected = result.codes.get(code) ?? 0;
  if (expected < result.answered) {
    throw new Error(`${result.answered - expected} of ${result.answered} answers are others than expected`);
  }
  return { perSecond: result.answered / result.seconds, cpu: used / result.answered, result };
}

function show(what: string, { perSecond, cpu, result }: Cost, unit = "a second"): void {
  const lost = result.lost > 0 ? `; ${result.lost} of ${result.answered + result.lost} lost` : "";
  figure(what, `${count(perSecond)} ${unit}`, `${microseconds(cpu)} of the server's processor time each${lost}`);
}

function showCodec(): void {
  heading("Codec: decode, verify, reveal the password, encode and sign the reply (one processor, no sockets)");
  const { packets, digests } = measureCodec(sizes.codec);
  figure("logins through the codec", `${count(packets)} a second`);
  figure("the four digests alone", `${count(digests)} a second`, "node:crypto; no codec can save them");
  figure("codec / digests", `${(digests / packets).toFixed(2)} times`, "the time that a login takes in the codec");
}

async function showStart(line: readonly string[], port: number): Promise<void> {
  heading("Start: from the start of the process to the first Accept (median)");
  for (
    const [what, user, password, runs] of [
      ["a user exempt from Duo", exemptUser, "push", 5],
      ["a passcode that Duo checks", "alice", "123456", 3],
    ] as const
  ) {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const { milliseconds, process } = await firstAnswer(line, port, loginPacket(user, password, processSecret), 2);
      await process[Symbol.asyncDispose]();
      times.push(milliseconds);
    }
    figure(
      what,
      `${median(times).toFixed(0)} ms`,
      `${runs} starts: ${times.map((time) => time.toFixed(0)).join(", ")}`,
    );
  }
}

async function showServer(target: Target): Promise<void> {
  heading("Server: the proxy alone, without Duo");
  show("Status-Server", await measure(target, { code: "status" }, sizes.status, 64, 2));
  const ours = await measure(target, login, sizes.exempt, 64, 2);
  show("logins of an exempt user", ours);
  if (findProgram(labPrograms.freeradius) === undefined) {
    print(`  skipped: FreeRADIUS doing the same job (apt-get install ${labPrograms.freeradius.package})`);
    return;
  }
  const port = freePort();
  await using peer = await startFreeRadiusAccepting({ port, secret: processSecret });
  const theirs = await measure({ port, pid: peer.pid }, login, sizes.exempt, 64, 2);
  show("FreeRADIUS, accepting everybody", theirs);
  figure("logins a second, ours / FreeRADIUS", `${(ours.perSecond / theirs.perSecond).toFixed(2)} times`);
  figure(
    "processor time a login, ours / FreeRADIUS",
    `${(ours.cpu / theirs.cpu).toFixed(2)} times`,
    "below 1: ours is cheaper",
  );
}

async function showDuo(target: Target, version: 1 | 2): Promise<void> {
  heading(`Duo, version ${version} of the API: proxy and simulator on this machine's processors`);
  const passcode: LoadRequest = { code: "login", user: "alice", password: "123456" };
  show("logins with a passcode", await measure(target, passcode, sizes.passcode, 50, 2));
  show("logins with a push", await measure(target, { ...passcode, password: "push" }, sizes.push, 50, 2));
}

async function main(): Promise<number> {
  const begun = performance.now();
  const { deno, v8 } = Deno.version;
  print(`Deno ${deno} (V8 ${v8}), ${Deno.build.target}, ${navigator.hardwareConcurrency} processors`);
  showCodec();
  using dir = new TempDir();
  await using simulator = await DuoSimulator.start({ control: null, transcriptLimit: 10 });
  const duo = { host: simulator.host, port: simulator.port, caPem: simulator.caPem };
  const lines = [`exempt_username_1=${exemptUser}`];
  for (const version of [1, 2] as const) {
    const keys = version === 1 ? { ikey: radiusIkey, skey: radiusSkey } : { ikey: authApiIkey, skey: authApiSkey };
    const { file, port } = writeConfig(dir, { ...duo, ...keys }, lines);
    const line = programLine("serve", "--config", file);
    if (version === 1) await showStart(line, port);
    await using serve = new Serve(line);
    await serve.ready();
    const target: Target = { port, pid: serve.child.pid };
    if (version === 1) {
      heading("Memory of the proxy");
      figure("idle", `${(await settledMegabytes(target.pid, 5_000)).toFixed(0)} MB`, "resident");
      await showServer(target);
    }
    await showDuo(target, version);
    if (version === 1) {
      figure("memory after all that", `${(await settledMegabytes(target.pid, 3_000)).toFixed(0)} MB`, "resident");
    }
  }
  print(
    `\nThe bench took ${
      ((performance.now() - begun) / 1_000).toFixed(0)
    } s. Sizes and memory of the binary: scripts/bench/footprint.ts`,
  );
  return 0;
}

Deno.exit(await main());
