/**
 * Real streams that nobody reads, that nobody can read, and a full disk: the process works on and ends by itself.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./chatty_program.ts", import.meta.url));
const onLinux = Deno.build.os === "linux";

/** Starts the program through a shell, so that the shell can redirect its streams. */
function start(redirect: string, report: "stdout" | "stderr"): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", `exec "$0" run -A "$1" "$2" ${redirect}`, Deno.execPath(), program, report],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function lastLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const text = await new Response(stream).text();
  return text.trimEnd().split("\n").at(-1) ?? "";
}

Deno.test({
  name: "a stdout that nobody reads holds up nothing",
  ignore: !onLinux,
  async fn(): Promise<void> {
    const child = start("", "stderr");
    assertEquals(await lastLine(child.stderr), "alive dropped=true flushed=false");
    assertEquals((await child.status).code, 0);
    await child.stdout.cancel();
  },
});

Deno.test({
  name: "a stderr that nobody reads holds up nothing",
  ignore: !onLinux,
  async fn(): Promise<void> {
    const child = start("", "stdout");
    assertEquals(await lastLine(child.stdout), "alive dropped=true flushed=false");
    assertEquals((await child.status).code, 0);
    await child.stderr.cancel();
  },
});

for (const report of ["stderr", "stdout"] as const) {
  const victim = report === "stderr" ? "stdout" : "stderr";
  Deno.test({
    name: `a full disk behind ${victim} holds up nothing`,
    ignore: !onLinux,
    async fn(): Promise<void> {
      const child = start(victim === "stdout" ? ">/dev/full" : "2>/dev/full", report);
      const [stdout, stderr] = await Promise.all([lastLine(child.stdout), lastLine(child.stderr)]);
      assertEquals(report === "stdout" ? stdout : stderr, "alive dropped=true flushed=false");
      assertEquals((await child.status).code, 0);
    },
  });
}

Deno.test({
  name: "a reader of stdout that went away holds up nothing",
  ignore: !onLinux,
  async fn(): Promise<void> {
    const child = start("", "stderr");
    await child.stdout.cancel();
    assertEquals(await lastLine(child.stderr), "alive dropped=true flushed=false");
    assertEquals((await child.status).code, 0);
  },
});
