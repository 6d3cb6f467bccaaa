/**
 * Protected secrets through the whole program: made by `encrypt`, served by `serve`.
 *
 * @module
 */

import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { keyText } from "../config/fixture.ts";
import { gatewayFor, processSecret, programLine, runProgram, Serve, TempDir, writeConfig } from "../kit/program.ts";

Deno.test("a file that encrypt --whole-config made is served with its key, and refused without", async () => {
  using dir = new TempDir();
  await using simulator = await DuoSimulator.start();
  const { host, port: apiPort, caPem } = simulator;
  const { file, port } = writeConfig(dir, { host, port: apiPort, caPem, ikey: radiusIkey, skey: radiusSkey });
  assertEquals((await runProgram("encrypt", "--whole-config", "--config", file)).code, 66);
  const key = dir.write("duoproxy.key", keyText);
  const made = await runProgram("encrypt", "--whole-config", "--config", file);
  assertEquals([made.code, made.stderr], [0, ""]);
  for (const secret of [radiusSkey, processSecret]) assertFalse(made.stdout.includes(secret));
  Deno.writeTextFileSync(file, made.stdout);

  await using serve = new Serve(programLine("serve", "--config", file));
  await serve.ready();
  await using gateway = gatewayFor(port);
  assertEquals((await gateway.login({ user: "alice", password: "push" })).kind, "accept");
  assertEquals(await serve.stop(), 0);
  for (const secret of [radiusSkey, processSecret, keyText.slice(16, -1)]) {
    assertFalse(serve.stderr.text.includes(secret));
  }

  Deno.renameSync(key, `${dir.path}/elsewhere.key`);
  const refused = await runProgram("serve", "--config", file);
  assertEquals(refused.code, 78);
  assertStringIncludes(refused.stderr, "[protection-key]");
  const elsewhere = await runProgram("check", "--config", file, "--key-file", `${dir.path}/elsewhere.key`);
  assertEquals(elsewhere.code, 0, elsewhere.stdout);
});
