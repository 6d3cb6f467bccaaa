/**
 * The program as a process, under the rights of the binary: exit codes, closed pipes, full disks.
 *
 * @module
 */

import { assertEquals, assertNotMatch, assertStringIncludes } from "#std/assert";

const root = new URL("../../", import.meta.url).pathname;

/** Runs a line of sh in which `duoproxy` is the program, under `--permission-set=serve`. */
async function shell(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const prelude = `duoproxy() { "${Deno.execPath()}" run -P=serve main.ts "$@"; }`;
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", `${prelude}\n${line}`],
    cwd: root,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "main.ts ends with the command's exit code",
  ignore,
  async fn(): Promise<void> {
    const { code, stdout } = await shell("duoproxy version");
    assertEquals([code, stdout.startsWith("duoproxy ")], [0, true]);
    assertEquals((await shell("duoproxy nonsense")).code, 64);
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
