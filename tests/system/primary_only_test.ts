/**
 * Primary-only mode of a running program: by its command line, and by root's file at SIGHUP.
 *
 * @module
 */

import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { gatewayFor, programLine, runProgram, Serve, TempDir, writeConfig } from "../kit/program.ts";

function leadTo({ host, port, caPem }: DuoSimulator): Parameters<typeof writeConfig>[1] {
  return { host, port, caPem, ikey: radiusIkey, skey: radiusSkey };
}

Deno.test("serve --primary-only lets in without asking Duo, and says so in log and events", async () => {
  using dir = new TempDir();
  await using simulator = await DuoSimulator.start();
  const { file, port } = writeConfig(dir, leadTo(simulator), ["failmode=safe"]);
  await using serve = new Serve(programLine("serve", "--config", file, "--primary-only", "240"));
  await serve.ready();
  assertStringIncludes(serve.stderr.text, "PRIMARY-ONLY MODE until ");
  await using gateway = gatewayFor(port);
  // bob denies every push.
  assertEquals((await gateway.login({ user: "bob", password: "push" })).kind, "accept");
  await serve.stdout?.matches(/"reason":"primary-only"/);
  assertStringIncludes(serve.stdout?.text ?? "", '"failmode":"safe"');
  assertEquals(simulator.findCalls({ user: "bob" }).length, 0);
  assertEquals(await serve.stop(), 0);
});

Deno.test("serve refuses other times with 64", async () => {
  for (const minutes of ["0", "241", "-5", "1.5", "an hour"]) {
    const output = await runProgram("serve", `--primary-only=${minutes}`, "--config", "/nowhere");
    assertEquals(output.code, 64, minutes);
    assertStringIncludes(output.stderr, "from 1 to 240");
  }
});

const root = Deno.build.os !== "windows" && Deno.uid() === 0;

Deno.test({
  name: `root's file switches the mode at SIGHUP, on and off${root ? "" : " (skipped: not root)"}`,
  ignore: !root,
  async fn(): Promise<void> {
    using dir = new TempDir();
    await using simulator = await DuoSimulator.start();
    const { file, port } = writeConfig(dir, leadTo(simulator), ["failmode=safe"]);
    await using serve = new Serve(programLine("serve", "--config", file));
    await serve.ready();
    await using gateway = gatewayFor(port);
    const bob = async (): Promise<string> => (await gateway.login({ user: "bob", password: "push" })).kind;
    assertEquals(await bob(), "reject");

    const path = dir.write("primary_only", new Date(Date.now() + 3_600_000).toISOString());
    Deno.chmodSync(path, 0o666);
    serve.child.kill("SIGHUP");
    await serve.stderr.matches(/primary_only can be written by others than root[^]*Reloaded/);
    assertEquals(await bob(), "reject");

    Deno.chmodSync(path, 0o644);
    // A file with errors doesn't keep the mode from being switched.
    const good = Deno.readTextFileSync(file);
    Deno.writeTextFileSync(file, "[nonsense]\n");
    serve.child.kill("SIGHUP");
    await serve.stderr.matches(/PRIMARY-ONLY MODE until [^]*not reloaded/);
    assertEquals(await bob(), "accept");

    Deno.writeTextFileSync(file, good);
    Deno.removeSync(path);
    serve.child.kill("SIGHUP");
    await serve.stderr.matches(/Primary-only mode has ended[^]*Reloaded/);
    assertEquals(await bob(), "reject");
    assertFalse(serve.stderr.text.includes("Internal error"));
    assertEquals(await serve.stop(), 0);
  },
});
