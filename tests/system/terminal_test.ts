/**
 * The program on a real terminal: a question that is interrupted, and what is shown of waiting.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import * as v from "valibot";
import { radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { silentPeer } from "../kit/dead_peers.ts";
import { freePort } from "../kit/ports.ts";
import { processSecret, programLine, TempDir, writeConfig } from "../kit/program.ts";
import { findProgram } from "../kit/programs.ts";
import { screenLines } from "../kit/screen.ts";

/** Runs a program on a terminal of its own and, once that shows a text, types Ctrl-C, sends a signal, or neither. */
const driver = `
import fcntl, json, os, pty, select, signal, subprocess, sys, termios
master, slave = pty.openpty()
before = termios.tcgetattr(slave)
def own():
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
text, action, *line = sys.argv[1:]
child = subprocess.Popen(line, stdin=slave, stdout=slave, stderr=slave, preexec_fn=own)
shown = b""
def read(seconds):
    global shown
    ready = select.select([master], [], [], seconds)[0]
    if ready: shown += os.read(master, 65536)
    return ready
while text.encode() not in shown and child.poll() is None: read(0.1)
if action == "ctrl-c": os.write(master, b"hunt\\x03")
elif action == "SIGTERM": child.send_signal(signal.SIGTERM)
for _ in range(300):
    read(0.1)
    if child.poll() is not None: break
else: child.kill()
while read(0): pass
print(json.dumps({"code": child.wait(), "restored": termios.tcgetattr(slave) == before, "shown": shown.decode()}))
`;

const outcome = v.object({ code: v.number(), restored: v.boolean(), shown: v.string() });

async function onTerminal(
  until: string,
  action: "ctrl-c" | "SIGTERM" | "wait",
  ...words: string[]
): Promise<v.InferOutput<typeof outcome>> {
  const args = ["-c", driver, until, action, ...programLine(...words)];
  const { stdout } = await new Deno.Command("python3", { args, stdin: "null", stderr: "inherit" }).output();
  return v.parse(outcome, JSON.parse(new TextDecoder().decode(stdout)));
}

function terminalTest(name: string, fn: () => Promise<void>): void {
  const missing = Deno.build.os === "windows" || findProgram("python3") === undefined;
  Deno.test({ name: missing ? `${name} (skipped: python3 is missing)` : name, ignore: missing, fn });
}

for (const action of ["ctrl-c", "SIGTERM"] as const) {
  terminalTest(
    `${action} at a question ends the program with 130 and restores the terminal, and asks for no right`,
    async () => {
      using dir = new TempDir();
      const secret = dir.write("secret", processSecret);
      const key = dir.write("key", `duoproxy-key-v1:${new Uint8Array(32).toBase64()}\n`);
      const server = `127.0.0.1:${freePort()}`;
      const lines = [["login", "alice", "--server", server, "--secret-file", secret], ["encrypt", "--key-file", key]];
      for (const line of lines) {
        const { code, restored, shown } = await onTerminal(": ", action, ...line);
        assertEquals([code, restored], [130, true], shown);
        assertMatch(shown, /^[^\n]*: \r\n$/);
      }
    },
  );
}

terminalTest("connectivity-check shows how far it is, and then its checklist alone", async () => {
  using dir = new TempDir();
  await using peer = silentPeer();
  await using duo = await DuoSimulator.start();
  const { file } = writeConfig(dir, {
    host: peer.host,
    port: peer.port,
    caPem: duo.caPem,
    ikey: radiusIkey,
    skey: radiusSkey,
  });
  const words = ["connectivity-check", "--config", file, "--only", "tls", "--timeout", "1", "--color", "never"];
  const { code, shown } = await onTerminal("File:", "wait", ...words);
  assertEquals(code, 69, shown);
  assertMatch(shown, /\r\S \d of \d checks done, tls of \[radius_server_duo_only\] is under way/);
  const [first, ...others] = screenLines(shown);
  assertEquals(first, `File: ${file}`);
  assertStringIncludes(others.join("\n"), "[radius_server_duo_only]");
  assertEquals(shown.includes("\u001b"), false);
});
