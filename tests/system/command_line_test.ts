/**
 * The command line of the program as a process: exit codes, closed pipes, full disks, and the commands that need no Duo.
 *
 * @module
 */

import { assertEquals, assertNotMatch, assertStringIncludes } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { processSecret, programLine, runProgram, TempDir, writeConfig } from "../kit/program.ts";

/** Runs a line of sh in which `duoproxy` is the program. */
async function shell(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const words = programLine().map((word) => `'${word}'`).join(" ");
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", `duoproxy() { ${words} "$@"; }\n${line}`],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "the program ends with the command's exit code",
  ignore,
  async fn(): Promise<void> {
    const { code, stdout } = await shell("duoproxy version");
    assertEquals([code, stdout.startsWith(`duoproxy ${project.version} (`)], [0, true]);
    assertEquals((await shell("duoproxy nonsense")).code, 64);
    const help = await shell("duoproxy help");
    assertEquals(help.code, 0);
    assertStringIncludes(help.stdout, "Exit codes:");
  },
});

Deno.test({
  name: "a reader that closes the pipe early sees no error",
  ignore,
  async fn(): Promise<void> {
    const { stdout, stderr } = await shell("{ duoproxy help; echo $? >&2; } | true");
    assertEquals(stdout, "");
    assertEquals(stderr.trimEnd().split("\n").at(-1), "0");
    assertNotMatch(stderr, /Internal error|os error/);
  },
});

Deno.test({
  name: "a full disk behind stdout is told and is a failure",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    const { code, stderr } = await shell("duoproxy help >/dev/full");
    assertEquals(code, 1);
    assertStringIncludes(stderr, "Can't write to standard output");
  },
});

Deno.test("check accepts a good file, refuses a bad one, and misses an absent one", async () => {
  using dir = new TempDir();
  const duo = { host: "127.0.0.1", port: 443, caPem: "", ikey: radiusIkey, skey: radiusSkey };
  const { file } = writeConfig(dir, duo, ["http_ca_certs_file=", `radius_secret_1=${processSecret}`]);
  const good = await runProgram("check", "--config", file);
  assertEquals(good.code, 0, good.stdout + good.stderr);
  Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace("failmode", "failmoed"));
  const bad = await runProgram("check", "--config", file);
  assertEquals(bad.code, 1);
  assertStringIncludes(bad.stdout + bad.stderr, "failmode");
  assertEquals((await runProgram("check", "--config", `${dir.path}/none.cfg`)).code, 66);
});
