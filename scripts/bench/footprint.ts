/**
 * `deno run -A scripts/bench/footprint.ts [BINARY]`: the compiled binary beside an empty program that binds one UDP port,
 * compiled by the same toolchain with the same rights: size, time to the first answer, idle memory, and idle memory once
 * both have talked TLS, which makes the runtime load what it has for that. What scripts/compile.ts tells V8 is the binary's
 * own: told the same, the empty program takes 1 MB less.
 *
 * `DENO` and `DENORT_BIN` are honoured as in scripts/compile.ts, and have to be those that the binary was compiled with.
 * Without an argument the binary is the one that `deno task compile` left in dist. Nothing here passes or fails; what is
 * wanted stands beside each figure.
 *
 * @module
 */

import { radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { processSecret, TempDir, writeConfig } from "../../tests/kit/program.ts";
import { freePort } from "../../tests/kit/world.ts";
import { complain, print } from "../print.ts";
import { anonymousMegabytes, median, residentMegabytes, settledMegabytes } from "./process_stats.ts";
import { firstAnswer, loginPacket } from "./start_up.ts";
import { figure, heading } from "./table.ts";

/** What a program needs at least: it binds a port and answers every datagram with itself. */
const emptyProgram = `
const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: Number(Deno.args[0]) });
for await (const [bytes, from] of socket) await socket.send(bytes, from);
`;

/** The same, which asks a server over TLS as the proxy asks Duo before it answers. */
const talkingProgram = `
import { connect } from "node:net";
import { connect as secure } from "node:tls";
const [listenPort, serverPort, ca] = Deno.args;
function ask() {
  return new Promise((resolve) => {
    const tcp = connect({ host: "127.0.0.1", port: Number(serverPort) }).pause();
    tcp.once("connect", () => {
      const tls = secure({ socket: tcp, host: "127.0.0.1", ca: [Deno.readTextFileSync(ca)] });
      tls.once("secureConnect", () => tls.write("GET /auth/v2/ping HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"));
      tls.once("close", resolve);
      tls.resume();
    });
  });
}
const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: Number(listenPort) });
for await (const [bytes, from] of socket) {
  await ask();
  await socket.send(bytes, from);
}
`;

/** Starts of each program. */
const runs = 7;

/** Milliseconds that memory may take to settle. */
const patience = 6_000;

/** Milliseconds without anything to do after which memory is read. */
const idleFor = 10_000;

/** What was measured of a program. */
interface Footprint {
  readonly size: number;
  readonly starts: readonly number[];
  readonly memory: readonly number[];
}

async function compileSmall(dir: TempDir, name: string, source: string): Promise<string> {
  const script = dir.write(`${name}.ts`, source);
  dir.write("deno.json", '{ "unstable": ["net"] }');
  const output = `${dir.path}/${name}`;
  const { success, stderr } = await new Deno.Command(Deno.env.get("DENO") ?? Deno.execPath(), {
    args: [
      "compile",
      "--no-check",
      "--no-code-cache",
      "--allow-net",
      "--allow-read",
      "--deny-write",
      "--ignore-env",
      "--output",
      output,
      script,
    ],
    cwd: dir.path,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`The program to compare with can't be compiled: ${new TextDecoder().decode(stderr)}`);
  return output;
}

/** Starts a program a few times; the first start, which reads the file from the disk, doesn't count. */
async function measure(
  line: readonly string[],
  port: number,
  request: Uint8Array,
  code: number | undefined,
): Promise<Footprint> {
  const starts: number[] = [];
  const memory: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const { milliseconds, process } = await firstAnswer(line, port, request, code);
    await using running = process;
    if (run === 0) continue;
    starts.push(milliseconds);
    if (run <= 2) memory.push(await settledMegabytes(running.pid, patience));
  }
  return { size: Deno.statSync(line[0] ?? "").size, starts, memory };
}

/** Memory of a program that has answered once and then had nothing to do, all of it and what no file is behind. */
async function measureIdle(
  line: readonly string[],
  port: number,
  request: Uint8Array,
  code: number | undefined,
): Promise<{ readonly resident: number; readonly anonymous: number }> {
  await using running = (await firstAnswer(line, port, request, code)).process;
  await new Promise((resolve) => setTimeout(resolve, idleFor));
  return { resident: residentMegabytes(running.pid), anonymous: anonymousMegabytes(running.pid) };
}

/** Measures the binary after one push over TLS, and prints it beside programs that have talked TLS once, or never. */
async function printTalked(dir: TempDir, binary: string, empty: string): Promise<void> {
  const talking = await compileSmall(dir, "talking", talkingProgram);
  await using simulator = await DuoSimulator.start();
  const { host, port: duoPort, caPem } = simulator;
  const ca = dir.write("simulator.pem", caPem);
  const { file, port } = writeConfig(dir, { host, port: duoPort, caPem, ikey: radiusIkey, skey: radiusSkey });
  const push = loginPacket("alice", "push", processSecret);
  const [talkingPort, emptyPort] = [freePort(), freePort()];
  const ours = await measureIdle([binary, "serve", "--config", file], port, push, 2);
  const talked = await measureIdle([talking, String(talkingPort), String(duoPort), ca], talkingPort, push, undefined);
  const silent = await measureIdle([empty, String(emptyPort)], emptyPort, push, undefined);
  heading(`Idle memory ${idleFor / 1_000} s after the first push, resident (in brackets: without pages of files)`);
  const show = ({ resident, anonymous }: typeof ours): string => `${resident.toFixed(1)} MB (${anonymous.toFixed(1)})`;
  const times = (other: typeof ours): string => `duoproxy is ${(ours.resident / other.resident).toFixed(2)} times it`;
  figure("duoproxy, after a login with a push over TLS", show(ours));
  figure("a program that has talked TLS once", show(talked), times(talked));
  figure("an empty compiled program", show(silent), `${times(silent)}; wanted: 1.3`);
}

function megabytes(octets: number): string {
  return `${(octets / 1e6).toFixed(1)} MB`;
}

async function main(args: readonly string[]): Promise<number> {
  const binary = args[0] ?? new URL(`../../dist/duoproxy-${Deno.build.target}`, import.meta.url).pathname;
  const runtime = Deno.env.get("DENORT_BIN");
  try {
    Deno.statSync(binary);
  } catch {
    complain(`${binary} isn't there: run deno task compile first, or name a binary`);
    return 64;
  }
  using dir = new TempDir();
  const empty = await compileSmall(dir, "empty", emptyProgram);
  const [emptyPort, port] = [freePort(), freePort()];
  const config = dir.write(
    "authproxy.cfg",
    [
      "[duo_only_client]",
      "[radius_server_duo_only]",
      "ikey=DI9876543210ABCDEFGH",
      "skey=0123456789012345678901234567890123456789",
      // Nothing answers there: what is measured needs no Duo.
      "api_host=127.0.0.1",
      `api_port=${freePort()}`,
      "failmode=secure",
      "exempt_username_1=exempt",
      "radius_ip_1=127.0.0.1",
      `radius_secret_1=${processSecret}`,
      "interface=127.0.0.1",
      `port=${port}`,
      "",
    ].join("\n"),
  );
  const request = loginPacket("exempt", "push", processSecret);
  const small = await measure([empty, String(emptyPort)], emptyPort, request, undefined);
  const ours = await measure([binary, "serve", "--config", config], port, request, 2);

  heading("Size");
  figure("duoproxy", megabytes(ours.size));
  figure(
    "an empty compiled program",
    megabytes(small.size),
    `duoproxy is ${(ours.size / small.size).toFixed(3)} times it`,
  );
  if (runtime === undefined) print("  skipped: the runtime alone, since DENORT_BIN is not set");
  else {
    const size = Deno.statSync(runtime).size;
    figure(
      "the runtime alone (denort)",
      megabytes(size),
      `duoproxy is ${(ours.size / size).toFixed(3)} times it; wanted: 1.1`,
    );
  }
  heading(`Start of the process to its first answer (median of ${runs}, with the file in memory)`);
  const [first, other] = [median(ours.starts), median(small.starts)];
  figure("duoproxy, Accept for an exempt user", `${first.toFixed(0)} ms`, "wanted: 300 ms at most");
  figure(
    "an empty compiled program, an echo",
    `${other.toFixed(0)} ms`,
    `duoproxy takes ${(first / other).toFixed(1)} times it`,
  );
  heading("Idle memory, resident");
  const [used, least] = [median(ours.memory), median(small.memory)];
  figure("duoproxy, after its first login", `${used.toFixed(1)} MB`);
  figure(
    "an empty compiled program",
    `${least.toFixed(1)} MB`,
    `duoproxy is ${(used / least).toFixed(2)} times it; wanted: 1.3`,
  );
  await printTalked(dir, binary, empty);
  return 0;
}

Deno.exit(await main(Deno.args));
