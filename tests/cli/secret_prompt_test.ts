/**
 * Questions whose answer isn't shown, on a terminal that a test types into, and on a real one.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { Interrupted, promptSecret, type PromptTerminal } from "../../lib/cli/secret_prompt.ts";

/** A terminal into which `typed` is typed; then it ends, or goes silent. */
class Typed implements PromptTerminal {
  readonly #rest: number[];
  readonly #ends: boolean;
  /** All that happened, in order. */
  readonly happened: string[] = [];
  signal: (() => void) | undefined;

  constructor(typed: string | readonly number[], ends = true) {
    this.#rest = [...(typeof typed === "string" ? new TextEncoder().encode(typed) : typed)];
    this.#ends = ends;
  }

  get rest(): string {
    return new TextDecoder().decode(new Uint8Array(this.#rest));
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const taken = this.#rest.splice(0, buffer.length);
    buffer.set(taken);
    if (taken.length > 0) return Promise.resolve(taken.length);
    return this.#ends ? Promise.resolve(null) : new Promise(() => {});
  }

  setRaw(mode: boolean): void {
    this.happened.push(mode ? "raw" : "cooked");
  }

  print(text: string): Promise<void> {
    this.happened.push(`print ${JSON.stringify(text)}`);
    return Promise.resolve();
  }

  onSignal(action: () => void): () => void {
    this.signal = action;
    return () => this.signal = undefined;
  }
}

async function answer(typed: string | readonly number[]): Promise<string> {
  return await promptSecret("Secret: ", new Typed(typed));
}

Deno.test("promptSecret() shows nothing of what is typed, and leaves the terminal as it was", async () => {
  const terminal = new Typed("hunter2\rnext line\r");
  assertEquals(await promptSecret("Secret: ", terminal), "hunter2");
  assertEquals(terminal.happened, ["raw", 'print "Secret: "', "cooked", 'print "\\n"']);
  assertEquals(terminal.signal, undefined);
  // What was typed ahead is for the next question.
  assertEquals(terminal.rest, "next line\r");
});

Deno.test("promptSecret() ends a line at Enter, at the end of input, and at Ctrl-D on an empty line", async () => {
  assertEquals(await answer("a b\tc\n"), "a b\tc");
  assertEquals(await answer("no end"), "no end");
  assertEquals(await answer("\x04more\r"), "");
  assertEquals(await answer("mo\x04re\r"), "more");
  assertEquals(await answer("\r"), "");
});

Deno.test("Backspace takes a whole character away, of whatever length", async () => {
  assertEquals(await answer("aé\x7fb\r"), "ab");
  assertEquals(await answer("a€\x08b\r"), "ab");
  assertEquals(await answer("a😀\x7f\x7fb\r"), "b");
  assertEquals(await answer("\x7f\x7fb\r"), "b");
  assertEquals(await answer("all of it\x15b\r"), "b");
});

Deno.test("keys that move a cursor, and other control characters, are no part of the answer", async () => {
  assertEquals(await answer("a\x1b[Ab\x1bOCc\x1b[1;5Dd\x1b[3~e\x1bfg\x00\x01h\r"), "abcdegh");
  assertEquals(await answer("a\x1b["), "a");
});

Deno.test("Ctrl-C restores the terminal and ends the question", async () => {
  const terminal = new Typed("hunt\x03er2\r");
  await assertRejects(() => promptSecret("Secret: ", terminal), Interrupted);
  assertEquals(terminal.happened, ["raw", 'print "Secret: "', "cooked", 'print "\\n"']);
  assertEquals(terminal.signal, undefined);
});

Deno.test("a signal restores the terminal and ends the question, with nobody listening to it any more", async () => {
  const terminal = new Typed("hunt", false);
  const asked = promptSecret("Secret: ", terminal);
  terminal.signal?.();
  await assertRejects(() => asked, Interrupted);
  assertEquals(terminal.signal, undefined);
  assertEquals(terminal.happened.slice(-2), ["cooked", 'print "\\n"']);
});

Deno.test("octets that aren't UTF-8 are no error", async () => {
  assertEquals(await answer([0x61, 0xe9, 0x0d]), "a\ufffd");
});

const python = `
import os, pty, sys, termios, time, signal
def echo(fd): return bool(termios.tcgetattr(fd)[3] & termios.ECHO)
master, slave = pty.openpty()
before = termios.tcgetattr(slave)
out_read, out_write = os.pipe()
pid = os.fork()
if pid == 0:
    os.setsid()
    os.dup2(slave, 0); os.dup2(out_write, 1); os.dup2(slave, 2)
    os.execvp(sys.argv[2], sys.argv[2:])
os.close(out_write)
shown = b""
while b": " not in shown: shown += os.read(master, 1000)
hidden = not echo(slave)
if sys.argv[1] == "type": os.write(master, "h\\u00e9\\x7funter2\\r".encode())
elif sys.argv[1] == "ctrl-c": os.write(master, b"hunt\\x03")
else: os.kill(pid, signal.SIGTERM)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
os.write(slave, b"*")
while not shown.endswith(b"*"): shown += os.read(master, 1000)
out = os.read(out_read, 1000)
print(status, hidden, termios.tcgetattr(slave) == before, shown.replace(b"\\r", b"")[:-1], out)
`;

const hasPython = await new Deno.Command("python3", { args: ["-c", "import pty"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);

Deno.test({
  name: "on a real terminal the question is on stderr, the answer isn't shown, and the mode comes back" +
    (hasPython ? "" : " (skipped: python3 is missing)"),
  ignore: !hasPython || Deno.build.os === "windows",
  async fn(t): Promise<void> {
    const directory = await Deno.makeTempDir();
    const program = `${directory}/ask.ts`;
    const terminal = new URL("../../lib/cli/terminal.ts", import.meta.url);
    await Deno.writeTextFile(
      program,
      `import { createTerminal } from "${terminal}";
const terminal = createTerminal("never");
const answer = await terminal.promptSecret("Secret: ").catch(({ name }) => Deno.exit(name === "Interrupted" ? 130 : 1));
await terminal.write(String(answer));
`,
    );
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const run = async (how: string): Promise<string> => {
      const args = ["-c", python, how, Deno.execPath(), "run", "--config", config, "--no-check", "-P=serve", program];
      const { stdout, stderr } = await new Deno.Command("python3", { args }).output();
      return new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr);
    };
    try {
      for (
        const [how, expected] of [
          ["type", `0 True True b'Secret: \\n' b'hunter2'`],
          ["ctrl-c", `130 True True b'Secret: \\n' b''`],
          ["SIGTERM", `130 True True b'Secret: \\n' b''`],
        ] as const
      ) {
        await t.step(how, async () => {
          // A warning about permission sets precedes the question.
          assertEquals((await run(how)).replace(/b'.*?Secret/, "b'Secret"), expected);
        });
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
