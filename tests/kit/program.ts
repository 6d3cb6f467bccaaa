/**
 * The program as a process: compiled where `DUOPROXY_BINARY` names a file, else `main.ts` with the rights of the binary.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { systemClock } from "../../lib/clock.ts";
import { RadiusClient } from "../../lib/radius/client.ts";
import { assertNoSecret, processSecret } from "./planted_secrets.ts";
import { freePort } from "./ports.ts";

export { processSecret };

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** Path of the compiled program that is tested; undefined if the source is. `scripts/test.ts --binary` names it. */
export const binary: string | undefined = Deno.env.get("DUOPROXY_BINARY");

/** The words of a command line that starts the program under test. */
export function programLine(...args: string[]): string[] {
  return binary === undefined ? sourceLine(...args) : [binary, ...args];
}

/** The words of a command line that starts the program from its source. */
export function sourceLine(...args: string[]): string[] {
  return [Deno.execPath(), "run", "--quiet", "--permission-set=serve", main, ...args];
}

/** What a program printed, and its exit code. */
export interface RunOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the program under test to its end. */
export async function runProgram(...words: string[]): Promise<RunOutput> {
  const [command = "", ...args] = programLine(...words);
  const { code, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A temporary folder that goes away with its scope. */
export class TempDir implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "duoproxy-test-" });

  /** Writes a file that only its owner can read, and gives its path. */
  write(name: string, text: string): string {
    const path = `${this.path}/${name}`;
    Deno.writeTextFileSync(path, text, { mode: 0o600 });
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A stream's text as it comes. */
export class Output {
  text = "";
  readonly ended: Promise<void>;
  #waiting: { readonly pattern: RegExp; readonly from: number; readonly resolve: () => void }[] = [];

  /** @param onLine gets each line, without its end, once it is whole. */
  constructor(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void = () => {}) {
    this.ended = this.#read(stream, onLine);
  }

  /**
   * Resolves once the text matches; rejects if the stream ends first.
   *
   * @param from how much of the text is not looked at: what was there before.
   * @returns where the match ends.
   */
  async matches(pattern: RegExp, from = 0): Promise<number> {
    const found = (): boolean => pattern.test(this.text.slice(from));
    if (!found()) await this.#wait(pattern, from, found);
    const match = pattern.exec(this.text.slice(from));
    return from + (match?.index ?? 0) + (match?.[0].length ?? 0);
  }

  async #wait(pattern: RegExp, from: number, found: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ pattern, from, resolve });
    const ended = this.ended.then(() => {
      if (!found()) throw new Error(`The output ended without ${pattern}: ${this.text}`);
    });
    await Promise.race([promise, ended]);
  }

  async #read(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
    let rest = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      this.text += part;
      const lines = (rest + part).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
      this.#waiting = this.#waiting.filter(({ pattern, from, resolve }) => {
        if (!pattern.test(this.text.slice(from))) return true;
        resolve();
        return false;
      });
    }
  }
}

/** What the log says when the program has found out about a pair of keys, one way or the other. */
const foundOut = /Duo accepts the keys|Duo could not be reached|Duo answered \d/;

/** A running `serve`. */
export class Serve implements AsyncDisposable {
  readonly stderr: Output;
  readonly stdout: Output | undefined;
  readonly child: Deno.ChildProcess;

  /**
   * @param line the whole command line; what follows `--config` must lead to a file that is served.
   * @param onEvent gets each line of its stdout.
   */
  constructor(line: readonly string[], stdout: "piped" | "null" = "piped", onEvent?: (line: string) => void) {
    const [command = "", ...args] = line;
    this.child = new Deno.Command(command, { args, stdin: "null", stdout, stderr: "piped" }).spawn();
    this.stderr = new Output(this.child.stderr);
    this.stdout = stdout === "piped" ? new Output(this.child.stdout, onEvent) : undefined;
  }

  /**
   * Resolves once it listens and has found out about Duo.
   *
   * @param applications how many pairs of keys it has to find out about.
   */
  async ready(applications = 1): Promise<void> {
    await this.stderr.matches(/Listening on/);
    for (let place = 0, count = 0; count < applications; count++) place = await this.stderr.matches(foundOut, place);
  }

  /** Ends it with a signal and gives its exit code. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.child.kill(signal);
    const { code } = await this.child.status;
    await Promise.all([this.stderr.ended, this.stdout?.ended]);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch { /* it has ended */ }
    await this.child.status;
    await Promise.all([this.stderr.ended, this.stdout?.ended]);
    assertNoSecret(this.stderr.text, "The log of serve");
    assertNoSecret(this.stdout?.text ?? "", "The events of serve");
  }
}

/** A configuration file for one section, and the port that it serves. */
export function writeConfig(
  dir: TempDir,
  duo: {
    readonly host: string;
    readonly port: number;
    readonly caPem: string;
    readonly ikey: string;
    readonly skey: string;
  },
  lines: readonly string[] = [],
): { readonly file: string; readonly port: number } {
  const port = freePort();
  const ca = dir.write("ca.pem", duo.caPem);
  const given = new Set(lines.map((line) => line.split("=")[0]));
  const usual = [
    `ikey=${duo.ikey}`,
    `skey=${duo.skey}`,
    `api_host=${duo.host}`,
    `api_port=${duo.port}`,
    `http_ca_certs_file=${ca}`,
    "failmode=secure",
    "interface=127.0.0.1",
    `port=${port}`,
    "radius_ip_1=127.0.0.0/8",
    `radius_secret_1=${processSecret}`,
  ].filter((line) => !given.has(line.split("=")[0]));
  return { file: dir.write("authproxy.cfg", ["[radius_server_duo_only]", ...usual, ...lines, ""].join("\n")), port };
}

/** A gateway for {@link writeConfig}. */
export function gatewayFor(port: number): RadiusClient {
  return new RadiusClient({
    socket: Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
    server: { hostname: "127.0.0.1", port },
    secret: new TextEncoder().encode(processSecret),
    clock: systemClock,
    requireMessageAuthenticator: true,
  });
}
