/**
 * `deno task bench`: how fast the proxy is on this machine, in one run of less than a minute and a half, on loopback only.
 *
 * The proxy is a process of its own with the rights of the binary, so its processor time is its own; the load comes from
 * this process, and so does Duo's simulator, which answers over real TLS. Figures of two machines can't be compared, so
 * ratios within the run are given where something stands beside: the digests that RADIUS asks for, undici, FreeRADIUS that asks
 * nobody, and FreeRADIUS doing the same job. Nothing here passes or fails.
 *
 * @module
 */

import { authApiIkey, authApiSkey, radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { processSecret, TempDir, writeConfig } from "../../tests/kit/program.ts";
import { freePort } from "../../tests/kit/world.ts";
import { startFreeRadiusAccepting } from "../lab/free_radius.ts";
import { findProgram, labPrograms } from "../lab/programs.ts";
import { print } from "../print.ts";
import { measureCodec } from "./codec.ts";
import type { LoadRequest } from "./load.ts";
import { measure, show, type Target } from "./measure.ts";
import { median, settledMegabytes } from "./process_stats.ts";
import { showSameJob } from "./same_job.ts";
import { type Configured, startServe, withTwoPorts } from "./serve.ts";
import { firstAnswer, loginPacket } from "./start_up.ts";
import { count, figure, heading } from "./table.ts";
import { twice } from "./twice.ts";
import { showTwoPosts } from "./two_posts.ts";

/** A user whom the section lets in without asking Duo: what is measured is the proxy alone. */
const exemptUser = "exempt";

const sizes = { codec: 40_000, status: 20_000, exempt: 20_000, passcode: 3_000, push: 1_500 } as const;

/** All pushes of a load are one user's, whose phone would ring three times. */
const manyPushes = "push_limit=0";

const login: LoadRequest = { code: "login", user: exemptUser, password: "push" };

function showCodec(): void {
  heading("Codec: decode, verify, reveal the password, encode and sign the reply (one processor, no sockets)");
  const { packets, digests } = measureCodec(sizes.codec);
  figure("logins through the codec", `${count(packets)} a second`);
  figure("the four digests alone", `${count(digests)} a second`, "node:crypto; no codec can save them");
  figure("codec / digests", `${(digests / packets).toFixed(2)} times`, "the time that a login takes in the codec");
}

async function showStart(configure: () => Configured): Promise<void> {
  heading("Start: from the start of the process to the first Accept (median)");
  for (
    const [what, user, password, runs] of [
      ["a user exempt from Duo", exemptUser, "push", 5],
      ["a passcode that Duo checks", "alice", "123456", 3],
    ] as const
  ) {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      times.push(
        await withTwoPorts(configure, async (line, port) => {
          const packet = loginPacket(user, password, processSecret);
          const { milliseconds, process } = await firstAnswer(line, port, packet, 2);
          await process[Symbol.asyncDispose]();
          return milliseconds;
        }),
      );
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
  show("Status-Server", await measure(target, { request: { code: "status" }, count: sizes.status, window: 64 }, 2));
  const ours = await measure(target, { request: login, count: sizes.exempt, window: 64 }, 2);
  show("logins of an exempt user", ours);
  if (findProgram(labPrograms.freeradius) === undefined) {
    print(`  skipped: FreeRADIUS accepting everybody (apt-get install ${labPrograms.freeradius.package})`);
    return;
  }
  let port = 0;
  await using peer = await twice(() => {
    port = freePort();
    return startFreeRadiusAccepting({ port, secret: processSecret });
  });
  const theirs = await measure({ port, pid: peer.pid }, { request: login, count: sizes.exempt, window: 64 }, 2);
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
  const push: LoadRequest = { ...passcode, password: "push" };
  show("logins with a passcode", await measure(target, { request: passcode, count: sizes.passcode, window: 50 }, 2));
  show("logins with a push", await measure(target, { request: push, count: sizes.push, window: 50 }, 2));
}

async function main(): Promise<number> {
  const begun = performance.now();
  const { deno, v8 } = Deno.version;
  print(`Deno ${deno} (V8 ${v8}), ${Deno.build.target}, ${navigator.hardwareConcurrency} processors`);
  showCodec();
  await showTwoPosts();
  using dir = new TempDir();
  await using simulator = await DuoSimulator.start({ transcriptLimit: 10 });
  const duo = { host: simulator.host, port: simulator.port, caPem: simulator.caPem };
  const configure = (version: 1 | 2): Configured => {
    const keys = version === 1 ? { ikey: radiusIkey, skey: radiusSkey } : { ikey: authApiIkey, skey: authApiSkey };
    return writeConfig(dir, { ...duo, ...keys }, [manyPushes, `exempt_username_1=${exemptUser}`]);
  };
  await showStart(() => configure(1));
  for (const version of [1, 2] as const) {
    const { port, serve: process } = await startServe(() => configure(version));
    await using serve = process;
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
  const keys = { ikey: radiusIkey, skey: radiusSkey };
  await showSameJob(
    simulator,
    dir,
    ({ host, port, caPem }, lines) =>
      startServe(() => writeConfig(dir, { host, port, caPem, ...keys }, [manyPushes, ...lines])),
  );
  print(
    `\nThe bench took ${
      ((performance.now() - begun) / 1_000).toFixed(0)
    } s. Sizes and memory of the binary: scripts/bench/footprint.ts`,
  );
  return 0;
}

Deno.exit(await main());
