/**
 * The program as a process: signals, exit codes, streams, descriptors.
 *
 * @module
 */

import { assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import { radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { gatewayFor, Output, programLine, runProgram, Serve, TempDir, writeConfig } from "../kit/program.ts";

/** What leads a configuration to a simulator. */
function leadTo({ host, port, caPem }: DuoSimulator): Parameters<typeof writeConfig>[1] {
  return { host, port, caPem, ikey: radiusIkey, skey: radiusSkey };
}

Deno.test("serve answers, writes events to stdout and its log to stderr, reloads at SIGHUP and ends at SIGTERM with 0", async () => {
  using dir = new TempDir();
  await using simulator = await DuoSimulator.start();
  const { file, port } = writeConfig(dir, leadTo(simulator));
  await using serve = new Serve(programLine("serve", "--config", file));
  await serve.ready();
  await using gateway = gatewayFor(port);
  assertEquals((await gateway.login({ user: "alice", password: "push" })).kind, "accept");
  await serve.stdout?.matches(/"username":"alice".*\n/);
  const event = JSON.parse(serve.stdout?.text ?? "") as Record<string, unknown>;
  assertEquals([event["status"], event["factor"], event["api_version"]], ["Allow", "push", 1]);
  assertMatch(String(event["timestamp"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

  Deno.writeTextFileSync(file, "[radius_server_duo_only]\nfailmod=secure\n");
  serve.child.kill("SIGHUP");
  await serve.stderr.matches(/not reloaded/);
  assertStringIncludes(serve.stderr.text, "failmod");
  assertEquals((await gateway.login({ user: "alice", password: "123456" })).kind, "accept");

  writeConfig(dir, leadTo(simulator), [`port=${port}`, "exempt_username_1=root"]);
  serve.child.kill("SIGHUP");
  await serve.stderr.matches(/Reloaded/);
  assertEquals((await gateway.login({ user: "root", password: "push" })).kind, "accept");
  assertEquals(await serve.stop(), 0);
  assertEquals(simulator.findCalls({ user: "root" }).length, 0);
});

Deno.test("serve ends with 78 on a file with errors and 66 without one, and says why on stderr", async () => {
  using dir = new TempDir();
  for (
    const [file, code, words] of [
      [dir.write("bad.cfg", "[radius_server_duo_only]\nfailmod=secure\n"), 78, "failmod"],
      [`${dir.path}/none.cfg`, 66, "doesn't exist"],
    ] as const
  ) {
    const output = await runProgram("serve", "--config", file);
    assertEquals([output.code, output.stdout], [code, ""]);
    assertStringIncludes(output.stderr, words);
  }
});

Deno.test("serve ends with 69 if not one port can be opened, and serves the rest if one can't", async () => {
  using dir = new TempDir();
  await using simulator = await DuoSimulator.start();
  const taken = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const port = taken.addr.transport === "udp" ? taken.addr.port : 0;
    const { file } = writeConfig(dir, leadTo(simulator), [`port=${port}`]);
    const output = await runProgram("serve", "--config", file);
    assertEquals(output.code, 69);
    assertStringIncludes(output.stderr, `ss -ulpn 'sport = :${port}'`);
  } finally {
    taken.close();
  }
});

for (
  const [name, redirection] of [["a stdout that nobody reads", ""], [
    "a full disk behind stdout",
    " >/dev/full",
  ]] as const
) {
  Deno.test(`${name} changes no login's answer`, async () => {
    using dir = new TempDir();
    await using simulator = await DuoSimulator.start();
    const { file, port } = writeConfig(dir, leadTo(simulator));
    const line = programLine("serve", "--config", file).map((word) => `'${word}'`).join(" ");
    // With nobody reading, the pipe is full after some hundred events.
    await using serve = new UnreadServe(["sh", "-c", `exec ${line}${redirection}`]);
    await serve.stderr.matches(/Duo accepts the keys/);
    await using gateway = gatewayFor(port);
    for (let batch = 0; batch < 10; batch++) {
      const results = await Promise.all(
        Array.from({ length: 50 }, () => gateway.login({ user: "mallory", password: "push" })),
      );
      assertEquals(results.filter(({ kind }) => kind !== "reject"), []);
    }
    assertEquals((await gateway.login({ user: "alice", password: "123456" })).kind, "accept");
  });
}

/** A `serve` whose stdout is a pipe that nobody reads. */
class UnreadServe implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  readonly stderr: Output;
  constructor([command = "", ...args]: readonly string[]) {
    this.child = new Deno.Command(command, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    this.stderr = new Output(this.child.stderr);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.status;
    await this.stderr.ended;
    await this.child.stdout.cancel();
  }
}

Deno.test("with 256 descriptors and 1,000 logins at once under safe, failmode lets nobody in", async () => {
  using dir = new TempDir();
  await using simulator = await DuoSimulator.start();
  const { file, port } = writeConfig(dir, leadTo(simulator), ["failmode=safe", "api_host=localhost"]);
  const line = programLine("serve", "--config", file).map((word) => `'${word}'`).join(" ");
  await using serve = new Serve(["sh", "-c", `ulimit -n 256; exec ${line}`]);
  await serve.ready();
  assertMatch(serve.stderr.text, /too few files for 1000 logins/);
  const gateways = Array.from({ length: 10 }, () => gatewayFor(port));
  try {
    const results = await Promise.all(
      Array.from(
        { length: 1_000 },
        (_, index) => gateways[index % gateways.length]?.login({ user: "bob", password: "push" }),
      ),
    );
    // bob denies every push: an Accept could only come from failmode.
    assertEquals(results.filter((result) => result?.kind === "accept"), []);
    assertEquals(results.filter((result) => result?.kind === "reject").length, 1_000);
    assertEquals(serve.stdout?.text.includes('"failmode":"safe"'), false);
    assertStringIncludes(serve.stdout?.text ?? "", '"reason":"overloaded"');
  } finally {
    for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
  }
});

Deno.test("demo --once runs with net and read alone and ends with 0", async () => {
  const { code, stdout } = await runProgram("demo", "--once");
  assertEquals(code, 0, stdout);
  assertEquals(stdout.split("\n").filter((line) => /^v[12] /.test(line)).length, 20);
  assertStringIncludes(stdout, "radclient -x 127.0.0.1:");
});

Deno.test("serve on a terminal asks for no right, and ends at SIGTERM with 0", async () => {
  const script = await new Deno.Command("sh", { args: ["-c", "command -v script"], stdout: "null" }).output();
  assertEquals(script.code, 0, "this test needs the command script of util-linux");
  using dir = new TempDir();
  await using simulator = await DuoSimulator.start();
  const { file, port } = writeConfig(dir, leadTo(simulator));
  const line = programLine("serve", "--config", file).map((word) => `'${word}'`).join(" ");
  // Its process is named first, since script hands no signal on.
  const child = new Deno.Command("script", {
    args: ["-qefc", `echo "process $$"; exec ${line}`, "/dev/null"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = new Output(child.stdout);
  try {
    await output.matches(/Duo accepts the keys/);
    await using gateway = gatewayFor(port);
    assertEquals((await gateway.login({ user: "alice", password: "push" })).kind, "accept");
    assertEquals(/Allow\?|Deno requests/.test(output.text), false, output.text);
    const pid = Number(/process (\d+)/.exec(output.text)?.[1]);
    assertGreater(pid, 1);
    Deno.kill(pid, "SIGTERM");
    assertEquals((await child.status).code, 0);
  } finally {
    try {
      child.kill("SIGKILL");
    } catch { /* it has ended */ }
    await child.status;
    await output.ended;
  }
});
