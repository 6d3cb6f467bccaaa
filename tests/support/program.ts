/**
 * The program as a process, with the rights of the binary: `main.ts` under the permission set `serve`.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";
import { RadiusClient } from "../../lib/radius/client.ts";
import { assertNoSecret, processSecret } from "./planted_secrets.ts";
import { freePort } from "./world.ts";

export { processSecret };

const main = new URL("../../main.ts", import.meta.url).pathname;

/** The words of a command line that starts the program. */
export function programLine(...args: string[]): string[] {
  return [Deno.execPath(), "run", "--quiet", "--permission-set=serve", main, ...args];
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
  #waiting: { readonly pattern: RegExp; readonly resolve: () => void }[] = [];

  constructor(stream: ReadableStream<Uint8Array>) {
    this.ended = this.#read(stream);
  }

  /** Resolves once the text matches; rejects if the stream ends first. */
  async matches(pattern: RegExp): Promise<void> {
    if (pattern.test(this.text)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ pattern, resolve });
    const ended = this.ended.then(() => {
      if (!pattern.test(this.text)) throw new Error(`The output ended without ${pattern}: ${this.text}`);
    });
    await Promise.race([promise, ended]);
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      this.text += part;
      this.#waiting = this.#waiting.filter(({ pattern, resolve }) => {
        if (!pattern.test(this.text)) return true;
        resolve();
        return false;
      });
    }
  }
}

/** A running `serve`. */
export class Serve implements AsyncDisposable {
  readonly stderr: Output;
  readonly stdout: Output | undefined;
  readonly child: Deno.ChildProcess;

  /** @param line the whole command line; what follows `--config` must lead to a file that is served. */
  constructor(line: readonly string[], stdout: "piped" | "null" = "piped") {
    const [command = "", ...args] = line;
    this.child = new Deno.Command(command, { args, stdin: "null", stdout, stderr: "piped" }).spawn();
    this.stderr = new Output(this.child.stderr);
    this.stdout = stdout === "piped" ? new Output(this.child.stdout) : undefined;
  }

  /** Resolves once it listens and has found out about Duo. */
  async ready(): Promise<void> {
    await this.stderr.matches(/Listening on/);
    await this.stderr.matches(/Duo accepts the keys|Duo could not be reached/);
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
