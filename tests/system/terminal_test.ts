/**
 * The program on a real terminal: a question that is interrupted.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import * as v from "valibot";
import { freePort } from "../kit/ports.ts";
import { processSecret, programLine, TempDir } from "../kit/program.ts";
import { findProgram } from "../kit/programs.ts";

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
