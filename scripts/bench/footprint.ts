/**
 * `deno run -A scripts/bench/footprint.ts [BINARY]`: the compiled binary beside an empty program that binds one UDP port,
 * compiled by the same toolchain with the same rights: size, time to the first answer, idle memory. What scripts/compile.ts
 * tells V8 is the binary's own: told the same, the empty program takes 1 MB less.
 *
 * `DENO` and `DENORT_BIN` are honoured as in scripts/compile.ts, and have to be those that the binary was compiled with.
 * Without an argument the binary is the one that `deno task compile` left in dist. Nothing here passes or fails; what is
 * wanted stands beside each figure.
 *
 * @module
 */

import { processSecret, TempDir } from "../../tests/support/program.ts";
import { freePort } from "../../tests/support/world.ts";
import { complain, print } from "../print.ts";
import { median, settledMegabytes } from "./process_stats.ts";
import { firstAnswer, loginPacket } from "./start_up.ts";
import { figure, heading } from "./table.ts";

/** What a program needs at least: it binds a port and answers every datagram with itself. */
const emptyProgram = `
const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: Number(Deno.args[0]) });
for await (const [bytes, from] of socket) await socket.send(bytes, from);
`;

/** Starts of each program. */
const runs = 7;

/** Milliseconds that memory may take to settle. */
const patience = 6_000;

/** What was measured of a program. */
interface Footprint {
  readonly size: number;
  readonly starts: readonly number[];
  readonly memory: readonly number[];
}

async function compileEmpty(dir: TempDir): Promise<string> {
  const script = dir.write("empty.ts", emptyProgram);
  dir.write("deno.json", '{ "unstable": ["net"] }');
  const output = `${dir.path}/empty`;
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
  if (!success) throw new Error(`The empty program can't be compiled: ${new TextDecoder().decode(stderr)}`);
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
  const empty = await compileEmpty(dir);
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
  return 0;
}

Deno.exit(await main(Deno.args));
