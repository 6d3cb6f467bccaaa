/**
 * Starts a compiled binary as a user would and looks at what it does: `binary_check.ts BINARY`.
 *
 * Ends with one line `N passed, N failed`, as scripts/test.ts does.
 *
 * @module
 */

import { complain, print } from "./print.ts";

/** What a program did: everything it printed on both streams, and its exit code. */
interface Outcome {
  readonly code: number;
  readonly text: string;
}

/** One thing to look at; throws if it isn't as it should be. */
interface BinaryCheck {
  readonly name: string;
  /** The command that it needs: skipped as long as the binary doesn't have it. */
  readonly command: string;
  run(binary: string): Promise<void>;
}

/** What a runtime prints when it asks for a right. */
const promptPattern = /Deno requests|Allow\?|Run again with --allow/i;

/** A configuration that serves on a free port of loopback and reaches nobody. */
function sampleConfig(): string {
  const probe = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const port = probe.addr.transport === "udp" ? probe.addr.port : 0;
  probe.close();
  return [
    "[duo_only_client]",
    "[radius_server_duo_only]",
    "ikey=DIXXXXXXXXXXXXXXXXXX",
    "skey=0123456789012345678901234567890123456789",
    "api_host=127.0.0.1",
    "failmode=secure",
    "radius_ip_1=127.0.0.1",
    "radius_secret_1=a-long-enough-shared-secret",
    `port=${port}`,
    "interface=127.0.0.1",
    "",
  ].join("\n");
}

/** Calls `use` with the path of a configuration file of mode 0600, and removes it afterwards. */
async function withConfig<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "duoproxy-binary-check-" });
  try {
    const path = `${folder}/authproxy.cfg`;
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    return await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(binary: string, ...args: string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(binary, { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/**
 * Runs a command on a pseudo-terminal until what it prints matches, it ends, or the time is up; then it gets SIGTERM.
 *
 * @param limit milliseconds.
 */
async function runOnTerminal(binary: string, args: readonly string[], until: RegExp, limit: number): Promise<Outcome> {
  const quoted = [binary, ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
  // The pid comes first, since script(1) doesn't hand signals on.
  const child = new Deno.Command("script", {
    args: ["-qefc", `echo "pid=$$"; exec ${quoted}`, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let signalled = false;
  const stop = (): void => {
    const pid = Number(/pid=(\d+)/.exec(text)?.[1] ?? 0);
    if (signalled || pid === 0) return;
    signalled = true;
    try {
      Deno.kill(pid, "SIGTERM");
    } catch {
      // It has ended by itself.
    }
  };
  const timer = setTimeout(stop, limit);
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (until.test(text) || promptPattern.test(text)) stop();
  }
  clearTimeout(timer);
  await child.stdin.close().catch(() => {});
  return { code: (await child.status).code, text };
}

function expect(condition: boolean, what: string, outcome: Outcome): void {
  if (!condition) throw new Error(`${what}; ended with ${outcome.code} and printed:\n${outcome.text.slice(0, 2_000)}`);
}

const checks: readonly BinaryCheck[] = [
  {
    name: "version prints the project's version",
    command: "version",
    async run(binary): Promise<void> {
      const { version } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
      const outcome = await run(binary, "version");
      expect(outcome.code === 0 && outcome.text.startsWith(`duoproxy ${version} (`), "wrong version", outcome);
    },
  },
  {
    name: "help lists the commands, and an unknown one ends with 64",
    command: "help",
    async run(binary): Promise<void> {
      const help = await run(binary, "help");
      expect(help.code === 0 && help.text.includes("Exit codes:"), "no help", help);
      const unknown = await run(binary, "nonsense");
      expect(unknown.code === 64, "an unknown command must end with 64", unknown);
    },
  },
  {
    name: "check accepts a good file, refuses a bad one, and misses an absent one",
    command: "check",
    async run(binary): Promise<void> {
      const good = await withConfig(sampleConfig(), (path) => run(binary, "check", "--config", path));
      expect(good.code === 0, "a good file must end with 0", good);
      const text = sampleConfig().replace("failmode", "failmoed");
      const bad = await withConfig(text, (path) => run(binary, "check", "--config", path));
      expect(bad.code === 1 && bad.text.includes("failmode"), "a misspelt option must end with 1", bad);
      const absent = await run(binary, "check", "--config", "/nonexistent/authproxy.cfg");
      expect(absent.code === 66, "an absent file must end with 66", absent);
    },
  },
  {
    name: "serve starts on a terminal without asking for a right, and ends with 0 at SIGTERM",
    command: "serve",
    async run(binary): Promise<void> {
      const started = /listening|serving|ready/i;
      const outcome = await withConfig(
        sampleConfig(),
        (path) => runOnTerminal(binary, ["serve", "--config", path], started, 15_000),
      );
      expect(!promptPattern.test(outcome.text), "it asked for a right", outcome);
      expect(started.test(outcome.text), "it never said that it listens", outcome);
      expect(outcome.code === 0, "it must end with 0 at SIGTERM", outcome);
    },
  },
];

async function main(args: readonly string[]): Promise<number> {
  const [binary] = args;
  if (binary === undefined || args.length > 1) {
    complain("usage: deno run -A scripts/binary_check.ts BINARY");
    return 64;
  }
  const known = (await run(binary, "help")).text;
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const check of checks) {
    if (!new RegExp(`^  ${check.command} `, "m").test(known)) {
      count.skipped++;
      print(`skipped  ${check.name}: the binary has no command ${check.command}`);
      continue;
    }
    try {
      await check.run(binary);
      count.passed++;
      print(`ok       ${check.name}`);
    } catch (error) {
      count.failed++;
      print(`FAILED   ${check.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
  print(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
  return count.failed > 0 || count.passed === 0 ? 1 : 0;
}

Deno.exit(await main(Deno.args));
