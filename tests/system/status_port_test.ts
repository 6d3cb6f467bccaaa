/**
 * The status port of the program as a process: at start, through reloads, to the end.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { freePort, freeTcpPort } from "../kit/ports.ts";
import { programLine } from "../kit/program.ts";

function command(words: string[]): Deno.Command {
  const [program = "", ...args] = programLine(...words);
  return new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped" });
}

/** A file with two sections on ports of their own. Duo is a port of this machine where nothing listens. */
function configText(statusPort: number | undefined, ports: readonly [number, number], extra = ""): string {
  const section = (name: string, port: number): string =>
    `[${name}]
ikey=DI9876543210ABCDEFGH
skey=abcdefghij0123456789abcdefghij0123456789
api_host=localhost
api_port=${freeTcpPort()}
failmode=secure
interface=127.0.0.1
port=${port}
radius_ip_1=127.0.0.1
radius_secret_1=a long shared secret
`;
  return `[main]
${statusPort === undefined ? "" : `status_port=${statusPort}\n`}${extra}[duo_only_client]
${section("radius_server_duo_only", ports[0])}${section("radius_server_duo_only2", ports[1])}`;
}

/** Lines of a stream, awaited by what they contain. */
class Lines {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  async until(part: string): Promise<void> {
    for (;;) {
      const lines = this.#text.split("\n");
      const index = lines.findIndex((line) => line.includes(part));
      if (index >= 0 && index < lines.length - 1) {
        this.#text = lines.slice(index + 1).join("\n");
        return;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`No line with "${part}" came:\n${this.#text}`);
      this.#text += value;
    }
  }

  async rest(): Promise<void> {
    while (!(await this.#reader.read()).done);
  }
}

async function get(port: number, path: string): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.text() };
}

Deno.test({
  name: "serve opens the status port, moves it at a reload, tells a refused one, and closes it at the end",
  ignore: Deno.build.os === "windows",
  async fn(): Promise<void> {
    const directory = await Deno.makeTempDir();
    const file = `${directory}/authproxy.cfg`;
    const taken = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    assert(taken.addr.transport === "udp");
    const ports = [freePort(), taken.addr.port] as const;
    const [first, second] = [freeTcpPort(), freeTcpPort()];
    await Deno.writeTextFile(file, configText(first, ports), { mode: 0o600 });
    const child = command(["serve", "--config", file]).spawn();
    const log = new Lines(child.stderr);
    const events = child.stdout.cancel();
    try {
      await log.until(`Status port: http://127.0.0.1:${first}/status`);
      assertEquals(await get(first, "/health"), { status: 200, body: "ok\n" });
      const ready = await get(first, "/ready");
      assertEquals(ready.status, 503);
      assertStringIncludes(ready.body, "radius_server_duo_only2: Cannot listen on 127.0.0.1");
      assertStringIncludes(
        (await get(first, "/metrics")).body,
        'duoproxy_logins_total{section="radius_server_duo_only2",result="allow",factor="push"} 0\n',
      );
      const sick = await command(["status", "--config", file]).output();
      assertEquals(sick.code, 1);
      assertStringIncludes(new TextDecoder().decode(sick.stdout), "! [radius_server_duo_only2] Cannot listen");

      taken.close();
      await Deno.writeTextFile(file, configText(second, ports));
      child.kill("SIGHUP");
      await log.until(`Status port: http://127.0.0.1:${second}/status`);
      await log.until("Reloaded");
      assertEquals(await get(second, "/ready"), { status: 200, body: "ready\n" });
      const healthy = await command(["status", "--config", file, "--format", "json"]).output();
      const document = JSON.parse(new TextDecoder().decode(healthy.stdout));
      assertEquals([healthy.code, document.running, document.last_reload.result], [0, true, "reloaded"]);

      // The file has an error now, and still says where to ask.
      await Deno.writeTextFile(file, configText(second, ports, "fips_mode=true\n"));
      child.kill("SIGHUP");
      await log.until("was not reloaded");
      assertEquals((await get(second, "/ready")).status, 200);
      const refused = await command(["status", "--config", file]).output();
      assertEquals(refused.code, 1);
      assertStringIncludes(new TextDecoder().decode(refused.stdout), "was refused");

      child.kill("SIGTERM");
      await log.rest();
      assertEquals((await child.status).code, 0);
      const stopped = await command(["status", "--config", file]).output();
      assertEquals([stopped.code, stopped.stdout.length], [69, 0]);
    } finally {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
      await events;
      await Deno.remove(directory, { recursive: true });
    }
  },
});
