/**
 * What serve touches, by strace and by the runtime's own audit.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { findOtherRights, readAudit } from "../../scripts/lab/permission_audit.ts";
import { labPrograms, requireProgram } from "../../scripts/lab/programs.ts";
import { countOpened, findForbiddenCalls, tracedCalls } from "../../scripts/lab/system_calls.ts";
import { gatewayFor, TempDir } from "../kit/program.ts";
import { Lab, labTest } from "./support/lab.ts";

/** Start, logins on one version of the API, a refused and a good reload, logins, and a shutdown with one under way. */
async function liveThrough(lab: Lab, version: 1 | 2): Promise<void> {
  await using gateway = gatewayFor(lab.port);
  const login = async (user: string, password: string): Promise<string> =>
    (await gateway.login({ user, password })).kind;
  assertEquals(await login("alice", "push"), "accept");
  assertEquals(await login("alice", "phone2"), "accept");
  assertEquals(await login("alice", "123456"), "accept");
  assertEquals(await login("bob", "push"), "reject");
  await lab.simulator.setReachable(false);
  assertEquals(await login("alice", "push"), "reject");
  await lab.simulator.setReachable(true);

  const good = Deno.readTextFileSync(lab.file);
  Deno.writeTextFileSync(lab.file, "[radius_server_duo_only]\nfailmod=secure\n");
  await lab.reload();
  await lab.serve.stderr.matches(/not reloaded/);
  Deno.writeTextFileSync(lab.file, `${good}exempt_username_1=root\n`);
  await lab.reload();
  await lab.serve.stderr.matches(/Reloaded/);
  assertEquals(await login("root", "push"), "accept");
  assertEquals(await login("alice", "123456"), "accept");
  assertEquals([...new Set(lab.simulator.findCalls({ path: "auth" }).map((call) => call.version))], [version]);

  const underWay = gateway.login({ user: "heidi", password: "push" });
  const [push] = await lab.simulator.whenPending();
  await lab.end();
  await lab.serve.stderr.matches(/no new logins/);
  lab.simulator.answer(push?.number ?? -1, "approve");
  assertEquals((await underWay).kind, "accept");
  await lab.serve.child.status;
  await lab.serve.stderr.matches(/duoproxy ends/);
}

for (const version of [1, 2] as const) {
  labTest(
    [labPrograms.strace],
    `strace sees serve write no file and start no program (version ${version})`,
    async (program) => {
      using dir = new TempDir();
      const log = `${dir.path}/strace`;
      const strace = [requireProgram(labPrograms.strace), "-f", "-qq", "--seccomp-bpf", "-e", `trace=${tracedCalls}`];
      {
        await using lab = await Lab.start({
          program,
          version,
          wrap: (line) => [...strace, "-o", log, ...line],
          traced: true,
        });
        await liveThrough(lab, version);
      }
      const trace = Deno.readTextFileSync(log);
      assert(countOpened(trace) > 20, "the trace shows what was read");
      assert(trace.includes("/authproxy.cfg"), "the trace is of serve");
      // The command `deno` keeps compiled scripts; a compiled program has no such folder.
      const caches = await cacheFolder();
      assertEquals(findForbiddenCalls(trace).filter(({ path }) => !path.startsWith(`${caches}/`)), []);
    },
  );

  labTest(
    [],
    `Deno's record of rights shows serve ask for nothing but network and reading (version ${version})`,
    async (program) => {
      using dir = new TempDir();
      const record = `${dir.path}/rights.jsonl`;
      {
        await using lab = await Lab.start({
          program,
          version,
          wrap: (line) => ["env", `DENO_AUDIT_PERMISSIONS=${record}`, ...line],
        });
        await liveThrough(lab, version);
      }
      const entries = readAudit(Deno.readTextFileSync(record));
      assert(entries.some(({ permission }) => permission === "net"), "the record is of serve");
      assertEquals(findOtherRights(entries), []);
    },
    "the runtime in a binary keeps no record",
  );
}

Deno.test("the record would show a write, a library and a look at the environment, and the trace a write and a program", async () => {
  using dir = new TempDir();
  const script = dir.write(
    "greedy.ts",
    `const attempts = [
       () => Deno.env.get("HOME"),
       () => Deno.hostname(),
       () => Deno.writeTextFileSync("/nonexistent/file", ""),
       () => Deno.dlopen("/nonexistent/library.so", {}),
     ];
     for (const attempt of attempts) {
       try { attempt(); } catch { /* refused */ }
     }`,
  );
  const record = `${dir.path}/rights.jsonl`;
  await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--ignore-env", script],
    env: { DENO_AUDIT_PERMISSIONS: record },
  }).output();
  const asked = findOtherRights(readAudit(Deno.readTextFileSync(record))).map(({ permission }) => permission);
  assertEquals(asked, ["env", "sys", "write", "ffi"]);
  const trace = [
    '10 execve("/bin/deno", ["deno"], 0x1 /* 3 vars */) = 0',
    '10 openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 3',
    '11 openat(AT_FDCWD, "/tmp/a", O_RDWR|O_CREAT, 0644 <unfinished ...>',
    '11 unlink("/tmp/b") = -1 ENOENT (No such file or directory)',
    '12 execve("/bin/true", ["true"], 0x1 /* 3 vars */) = 0',
    '12 stat("/tmp/O_RDWR", 0x1) = 0',
  ].join("\n");
  assertEquals(findForbiddenCalls(trace).map(({ path }) => path), ["/tmp/a", "/tmp/b", "/bin/true"]);
});

/** Where the command `deno` keeps what it downloads and compiles. */
async function cacheFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const info: unknown = JSON.parse(new TextDecoder().decode(stdout));
  if (typeof info !== "object" || info === null || !("denoDir" in info)) throw new Error("deno info names no denoDir");
  return String(info.denoDir);
}
