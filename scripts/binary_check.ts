/**
 * Starts a compiled binary as a user would and looks at what it does: `binary_check.ts BINARY`.
 *
 * The binary may be of an older runtime than the project is written for, so this is a subset of the tests: start, rights,
 * no prompt, logins on both versions of Duo's API, failmode, signals. Duo is simulated in this process.
 *
 * Ends with one line `N passed, N failed`, as scripts/test.ts does.
 *
 * @module
 */

import { certificateKinds } from "../lib/simulator/certificates.ts";
import type { FaultAction } from "../lib/simulator/faults.ts";
import { Lab } from "../tests/lab/support/lab.ts";
import { gatewayFor, TempDir } from "../tests/support/program.ts";
import { findProgram, type LabProgram, labPrograms, requireProgram } from "./lab/programs.ts";
import { countOpened, findForbiddenCalls, tracedCalls } from "./lab/system_calls.ts";
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
  /** A program that it needs: skipped without it. */
  readonly program?: LabProgram;
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

function expectEqual(actual: string, wanted: string, what: string): void {
  if (actual !== wanted) throw new Error(`${what}: ${actual} instead of ${wanted}`);
}

/** Versions of Duo's API and failmodes: what depends on Duo is looked at for each of the four. */
const worlds = ([1, 2] as const).flatMap((version) =>
  (["safe", "secure"] as const).map((failmode) => ({ version, failmode }))
);

type LabWorld = (typeof worlds)[number];

/** What runs now, so that a check that hangs can be ended. */
const running = new Set<Lab>();

async function startLab(
  binary: string,
  { version, failmode }: LabWorld,
  lines: readonly string[] = [],
  before: readonly string[] = [],
): Promise<Lab> {
  const lab = await Lab.start({
    version,
    lines: [`failmode=${failmode}`, ...lines],
    line: (...args) => [...before, binary, ...args],
    traced: before.length > 0,
  });
  running.add(lab);
  return lab;
}

/** Milliseconds that a check may take; each takes a small part of it. */
const checkLimit = 40_000;

/** Runs a check; one that takes too long loses its programs, which ends what it waits for. */
async function runCheck(check: BinaryCheck, binary: string): Promise<void> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    for (const lab of running) void lab.kill();
  }, checkLimit);
  try {
    await check.run(binary);
  } catch (error) {
    throw late ? new Error(`not done within ${checkLimit / 1_000} s`, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
    running.clear();
  }
}

/** One login: `accept`, `reject`, or `timeout` if there was no answer within half a minute. */
async function login(lab: Lab, user: string, password: string): Promise<string> {
  await using gateway = gatewayFor(lab.port);
  return (await gateway.login({ user, password })).kind;
}

/** How Duo fails at preauth, where failmode decides. */
const failures: readonly { readonly name: string; readonly fault: FaultAction }[] = [
  { name: "503", fault: { kind: "status", status: 503 } },
  { name: "half of a JSON", fault: { kind: "malformed-json" } },
  { name: "a captive portal's page", fault: { kind: "html-body" } },
  { name: "no HTTP", fault: { kind: "malformed-http" } },
  { name: "a connection that is cut", fault: { kind: "cut-after-read" } },
];

/** A world's answer when Duo fails. */
function byFailmode({ failmode }: LabWorld): string {
  return failmode === "safe" ? "accept" : "reject";
}

function describe({ version, failmode }: LabWorld): string {
  return `version ${version}, failmode=${failmode}`;
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
  {
    name: "logins on both versions of Duo's API come out as Duo decides",
    command: "serve",
    async run(binary): Promise<void> {
      for (const version of [1, 2] as const) {
        const world: LabWorld = { version, failmode: "secure" };
        await using lab = await startLab(binary, world);
        for (
          const [user, typed, wanted] of [
            ["alice", "push", "accept"],
            ["alice", "push2", "accept"],
            ["alice", "phone", "accept"],
            ["alice", "123456", "accept"],
            ["bob", "push", "reject"],
            ["alice", "sms", "reject"],
            ["alice", "654321", "reject"],
            ["mallory", "push", "reject"],
          ] as const
        ) expectEqual(await login(lab, user, typed), wanted, `${describe(world)}, ${user} ${typed}`);
        const used = new Set(lab.simulator.findCalls({ path: "auth" }).map((call) => call.version));
        expectEqual([...used].join(), String(version), "the version that was used");
        expectEqual(String(lab.simulator.counters.brokenConnections), "0", "broken connections");
      }
    },
  },
  {
    name: "failmode decides when Duo refuses, answers 503 or nonsense, and the next login asks Duo again",
    command: "serve",
    async run(binary): Promise<void> {
      for (const world of worlds) {
        await using lab = await startLab(binary, world);
        for (const { name, fault } of failures) {
          lab.simulator.addFault({ match: { path: "preauth" }, do: fault });
          expectEqual(await login(lab, "alice", "push"), byFailmode(world), `${describe(world)}, ${name}`);
          lab.simulator.clearFaults();
          expectEqual(await login(lab, "bob", "push"), "reject", `${describe(world)}, after ${name}`);
        }
        await lab.simulator.setReachable(false);
        expectEqual(await login(lab, "alice", "push"), byFailmode(world), `${describe(world)}, refused`);
        await lab.simulator.setReachable(true);
        expectEqual(String(lab.asked("auth")), String(failures.length), `${describe(world)}, calls of auth`);
      }
    },
  },
  {
    name: "at auth every failure rejects in both failmodes, and nothing is sent twice",
    command: "serve",
    async run(binary): Promise<void> {
      for (const world of worlds) {
        await using lab = await startLab(binary, world);
        for (const [index, { name, fault }] of failures.entries()) {
          lab.simulator.addFault({ match: { path: "auth" }, do: fault });
          expectEqual(await login(lab, "alice", "push"), "reject", `${describe(world)}, ${name} at auth`);
          lab.simulator.clearFaults();
          expectEqual(String(lab.asked("auth")), String(index + 1), `${describe(world)}, calls of auth`);
        }
      }
    },
  },
  {
    name: "a Duo that never answers: failmode decides at preauth, a reject at auth, both within the deadline",
    command: "serve",
    async run(binary): Promise<void> {
      // Each waits for real seconds, so all wait at once.
      const outcomes = await Promise.allSettled(worlds.map(async (world): Promise<void> => {
        await using lab = await startLab(binary, world, ["login_timeout=10"]);
        lab.simulator.addFault({ match: { path: "preauth", user: "alice" }, do: { kind: "hang" } });
        lab.simulator.addFault({ match: { path: "auth", user: "grace" }, do: { kind: "hang" } });
        const [preauth, auth] = await Promise.all([login(lab, "alice", "push"), login(lab, "grace", "push")]);
        expectEqual(preauth, byFailmode(world), `${describe(world)}, silence at preauth`);
        expectEqual(auth, "reject", `${describe(world)}, silence at auth`);
      }));
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    },
  },
  {
    name: "a certificate that isn't Duo's never gets a request, and failmode decides",
    command: "serve",
    async run(binary): Promise<void> {
      for (const world of worlds) {
        await using lab = await startLab(binary, world);
        for (const kind of certificateKinds.filter((kind) => kind !== "good")) {
          await lab.simulator.setCertificate(kind);
          lab.simulator.clearCalls();
          const what = `${describe(world)}, certificate ${kind}`;
          expectEqual(await login(lab, "alice", "push"), byFailmode(world), what);
          expectEqual(String(lab.simulator.calls.length), "0", `${what}, calls`);
        }
        await lab.simulator.setCertificate("good");
        expectEqual(await login(lab, "alice", "push"), "accept", `${describe(world)}, certificate good again`);
      }
    },
  },
  {
    name: "SIGHUP reloads, or keeps what is in force when the file is bad; SIGTERM waits for a login and ends with 0",
    command: "serve",
    async run(binary): Promise<void> {
      await using lab = await startLab(binary, { version: 2, failmode: "secure" });
      await liveThrough(lab);
    },
  },
  {
    name: "serve writes no file and starts no program (strace)",
    command: "serve",
    program: labPrograms.strace,
    async run(binary): Promise<void> {
      using dir = new TempDir();
      const log = `${dir.path}/strace`;
      const strace = [requireProgram(labPrograms.strace), "-f", "-qq", "-e", `trace=${tracedCalls}`, "-o", log];
      {
        await using lab = await startLab(binary, { version: 1, failmode: "secure" }, [], strace);
        expectEqual(await login(lab, "alice", "push"), "accept", "a login");
        await liveThrough(lab);
      }
      const trace = await Deno.readTextFile(log);
      if (countOpened(trace) < 5 || !trace.includes("/authproxy.cfg")) throw new Error("the trace is not of serve");
      const found = findForbiddenCalls(trace);
      if (found.length > 0) throw new Error(found.map(({ line }) => line).join("\n"));
    },
  },
  {
    name: "demo --once goes through all its logins and ends with 0",
    command: "demo",
    async run(binary): Promise<void> {
      const outcome = await run(binary, "demo", "--once");
      expect(outcome.code === 0 && !/<- not as it should be/.test(outcome.text), "a login came out wrong", outcome);
    },
  },
];

/** A refused and a good reload, logins between them, and a shutdown with one login under way. */
async function liveThrough(lab: Lab): Promise<void> {
  const good = await Deno.readTextFile(lab.file);
  await Deno.writeTextFile(lab.file, "[radius_server_duo_only]\nfailmod=secure\n");
  await lab.reload();
  await lab.serve.stderr.matches(/not reloaded/);
  expectEqual(await login(lab, "alice", "123456"), "accept", "a login after a refused reload");
  await Deno.writeTextFile(lab.file, `${good}exempt_username_1=root\n`);
  await lab.reload();
  await lab.serve.stderr.matches(/Reloaded/);
  expectEqual(await login(lab, "root", "push"), "accept", "a user who is exempt since the reload");
  const underWay = login(lab, "heidi", "push");
  const [push] = await lab.simulator.whenPending();
  await lab.end();
  await lab.serve.stderr.matches(/no new logins/);
  lab.simulator.answer(push?.number ?? -1, "approve");
  expectEqual(await underWay, "accept", "a login under way at SIGTERM");
  expectEqual(String((await lab.serve.child.status).code), "0", "exit code at SIGTERM");
}

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
    if (check.program !== undefined && findProgram(check.program) === undefined) {
      count.skipped++;
      print(`skipped  ${check.name}: ${check.program.name} is missing (apt-get install ${check.program.package})`);
      continue;
    }
    try {
      await runCheck(check, binary);
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
