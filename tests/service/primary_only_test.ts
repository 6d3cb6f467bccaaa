/**
 * Primary-only mode: who may switch it on, for how long, and what logins get.
 *
 * @module
 */

import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import type { LogLevel } from "../../lib/login/events.ts";
import {
  parseMinutes,
  PrimaryOnly,
  readSwitchFile,
  type SwitchFileInfo,
  type SwitchHost,
  systemSwitchHost,
} from "../../lib/service/primary_only.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { shown, versions, World } from "../kit/world.ts";

const now = Date.parse("2026-11-25T12:00:00Z");
const minute = 60_000;

/** A machine with one file at `conf/primary_only`, or none. */
class FakeHost implements SwitchHost {
  content: string | undefined;
  info: SwitchFileInfo = { kind: "file", uid: 0, mode: 0o100644, identity: "1 2" };
  /** What is found when the file is opened, if that is something else. */
  opened: SwitchFileInfo | undefined;
  /** How often the file was opened. */
  reads = 0;

  inspect(path: string): Promise<SwitchFileInfo> {
    if (this.content === undefined || path !== "conf/primary_only") {
      return Promise.reject(new Deno.errors.NotFound(path));
    }
    return Promise.resolve(this.info);
  }

  read(_path: string, limit: number): ReturnType<SwitchHost["read"]> {
    this.reads++;
    const content = new TextEncoder().encode(this.content).subarray(0, limit);
    return Promise.resolve({ info: this.opened ?? this.info, content });
  }
}

interface Running {
  readonly mode: PrimaryOnly;
  readonly clock: FakeClock;
  readonly host: FakeHost;
  readonly log: { readonly level: LogLevel; readonly message: string }[];
}

function run(): Running {
  const clock = new FakeClock(now);
  const host = new FakeHost();
  const log: { level: LogLevel; message: string }[] = [];
  const mode = new PrimaryOnly({
    clock,
    host,
    events: { log: (level, message) => void log.push({ level, message }) },
    configFile: "conf/authproxy.cfg",
  });
  return { mode, clock, host, log };
}

/** What the file says, read at `now`. */
async function read(content: string, info: Partial<SwitchFileInfo> = {}): Promise<string> {
  const host = new FakeHost();
  host.content = content;
  host.info = { ...host.info, ...info };
  const reading = await readSwitchFile(host, "conf/primary_only", now);
  return reading.kind === "until"
    ? new Date(reading.until).toISOString()
    : reading.kind === "refused"
    ? reading.problem
    : reading.kind;
}

Deno.test("parseMinutes() takes whole minutes from 1 to 240", () => {
  for (const minutes of [1, 30, 99, 240]) assertEquals(parseMinutes(String(minutes)), minutes);
  for (const text of ["", "0", "-1", "241", "1000", "1.5", "1e2", "0x10", " 5", "5 ", "5m", "٣", "007", "NaN"]) {
    assertEquals(parseMinutes(text), undefined, text);
  }
});

Deno.test("readSwitchFile() takes a time with its offset", async () => {
  const same = [
    "2026-11-25T13:30:00Z",
    "2026-11-25T13:30:00Z\n",
    " 2026-11-25T13:30Z \r\n",
    "2026-11-25t13:30:00z",
    "2026-11-25T14:30:00+01:00",
    "2026-11-25T14:30+0100",
    "2026-11-25T14:30+01",
    "2026-11-25T08:00:00-05:30",
    "2026-11-25T13:30:00.000000000Z",
    "2026-11-25T13:30:00,0+00:00",
  ];
  for (const text of same) assertEquals(await read(text), "2026-11-25T13:30:00.000Z", text);
});

Deno.test("readSwitchFile() refuses what isn't one time with its offset", async () => {
  const wrong = [
    "",
    "\n",
    "true",
    "60",
    "2026-11-25",
    "2026-11-25T13:30:00",
    "2026-11-25 13:30:00Z",
    "2026-11-25T13:30:00Z # until the outage ends",
    "2026-11-25T13:30:00Z\n2026-11-25T14:30:00Z",
    "2026-13-25T13:30:00Z",
    "2026-11-31T00:00:00Z",
    "2026-11-25T25:00:00Z",
    "2026-11-25T13:60:00Z",
    "2026-11-25T13:30:00+99:00",
    "1795612200000",
    "Wed Nov 25 13:30:00 UTC 2026",
    `2026-11-25T13:30:00Z${" ".repeat(10_000)}`,
    "\0",
  ];
  for (const text of wrong) assertMatch(await read(text), /^doesn't hold a time such as /, text.slice(0, 60));
});

Deno.test("readSwitchFile() takes no time that is past, or more than 240 minutes ahead", async () => {
  assertEquals(await read("2026-11-25T16:00:00Z"), "2026-11-25T16:00:00.000Z");
  assertStringIncludes(await read("2026-11-25T16:00:01Z"), "more than 240 minutes ahead");
  assertStringIncludes(await read("9999-12-31T23:59:59Z"), "more than 240 minutes ahead");
  assertEquals(await read("2026-11-25T12:00:01Z"), "2026-11-25T12:00:01.000Z");
  assertEquals(await read("2026-11-25T12:00:00Z"), "ended at 2026-11-25T12:00:00Z; remove it");
  assertStringIncludes(await read("1970-01-01T00:00:00Z"), "ended at");
});

Deno.test("readSwitchFile() trusts a file of root's that nobody else can write, and opens no other", async () => {
  const good = "2026-11-25T13:30:00Z";
  for (const mode of [0o100644, 0o100600, 0o100444, 0o100755, 0o104644]) {
    assertEquals(await read(good, { mode }), "2026-11-25T13:30:00.000Z");
  }
  assertStringIncludes(await read(good, { uid: 1000 }), "belongs to user 1000");
  for (const mode of [0o100664, 0o100646, 0o100666, 0o100622]) {
    assertStringIncludes(await read(good, { mode }), "can be written by others");
  }
  assertStringIncludes(await read(good, { kind: "link" }), "is a link");
  assertStringIncludes(await read(good, { kind: "other" }), "is no file");
  assertStringIncludes(await read(good, { uid: null }), "--primary-only");
  assertStringIncludes(await read(good, { mode: null }), "--primary-only");
  const host = new FakeHost();
  host.content = good;
  host.info = { ...host.info, kind: "other" };
  await readSwitchFile(host, "conf/primary_only", now);
  assertEquals(host.reads, 0);
});

Deno.test("readSwitchFile() judges the file that it opened, not the one that was there before", async () => {
  for (const opened of [{ identity: "1 3" }, { uid: 1000 }, { mode: 0o100666 }]) {
    const host = new FakeHost();
    host.content = "2026-11-25T13:30:00Z";
    host.opened = { ...host.info, ...opened };
    assertEquals((await readSwitchFile(host, "conf/primary_only", now)).kind, "refused");
  }
});

Deno.test("readSwitchFile() tells an absent file from one that it may not read", async () => {
  const host = new FakeHost();
  assertEquals(await readSwitchFile(host, "conf/primary_only", now), { kind: "absent" });
  host.content = "2026-11-25T13:30:00Z";
  host.read = () => Promise.reject(new Deno.errors.PermissionDenied("no"));
  const reading = await readSwitchFile(host, "conf/primary_only", now);
  assert(reading.kind === "refused");
  assertStringIncludes(reading.problem, "chmod o+r");
});

Deno.test({
  name: "readSwitchFile() on real files: links, pipes, directories, other owners" +
    (Deno.build.os === "windows" || Deno.uid() !== 0 ? " (skipped: not root)" : ""),
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn(): Promise<void> {
    const directory = await Deno.makeTempDir();
    try {
      const path = `${directory}/primary_only`;
      const kind = async (): Promise<string> => {
        const reading = await readSwitchFile(systemSwitchHost, path, now);
        return reading.kind === "refused" ? reading.problem : reading.kind;
      };
      assertEquals(await kind(), "absent");
      await Deno.writeTextFile(path, "2026-11-25T13:30:00Z\n", { mode: 0o644 });
      assertEquals(await kind(), "until");
      await Deno.chmod(path, 0o664);
      assertStringIncludes(await kind(), "written by others");
      await Deno.chmod(path, 0o644);
      await Deno.chown(path, 65_534, 0);
      assertStringIncludes(await kind(), "belongs to user 65534");
      await Deno.chown(path, 0, 0);
      await Deno.rename(path, `${path}.real`);
      await Deno.symlink(`${path}.real`, path);
      assertStringIncludes(await kind(), "is a link");
      await Deno.remove(path);
      await Deno.mkdir(path);
      assertStringIncludes(await kind(), "is no file");
      await Deno.remove(path);
      // A pipe that nobody writes to would block whoever opens it.
      await new Deno.Command("mkfifo", { args: [path] }).output();
      assertStringIncludes(await kind(), "is no file");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("the command line's minutes end by themselves, and the log says so at start, each minute, and at the end", async () => {
  const { mode, clock, log } = run();
  assertFalse(mode.active);
  assertEquals(mode.state, { until: null, source: null });
  mode.start(3);
  assert(mode.active);
  assertEquals(mode.state, { until: new Date(now + 3 * minute), source: "command-line" });
  await clock.advance(3 * minute - 1);
  assert(mode.active);
  await clock.advance(1);
  assertFalse(mode.active);
  assertEquals(mode.state, { until: null, source: null });
  const messages = log.map(({ message }) => message);
  assertEquals(messages.length, 4);
  assertMatch(messages[0] ?? "", /^PRIMARY-ONLY MODE until 2026-11-25T12:03:00Z, by --primary-only: /);
  for (const reminder of messages.slice(1, 3)) assertMatch(reminder, /^PRIMARY-ONLY MODE is on until /);
  assertEquals(messages[3], "Primary-only mode has ended: Duo is asked again");
  assertEquals(new Set(log.map(({ level }) => level)), new Set(["warning"]));
  assertEquals(clock.pending, 0);
  mode[Symbol.dispose]();
});

Deno.test("the file switches on at reading, and off when it is gone", async () => {
  const { mode, clock, host, log } = run();
  await mode.readFile();
  assertEquals([mode.active, log.length, clock.pending], [false, 0, 0]);
  host.content = "2026-11-25T13:00:00Z";
  await mode.readFile();
  assertEquals(mode.state, { until: new Date("2026-11-25T13:00:00Z"), source: "file" });
  assertStringIncludes(log[0]?.message ?? "", "by the file conf/primary_only");
  // Read again, at a reload for another reason: no news.
  await mode.readFile();
  assertEquals(log.length, 1);
  host.content = "2026-11-25T12:30:00Z";
  await mode.readFile();
  assertEquals(mode.state.until, new Date("2026-11-25T12:30:00Z"));
  host.content = undefined;
  await mode.readFile();
  assertFalse(mode.active);
  assertEquals(log.at(-1)?.message, "Primary-only mode has ended: Duo is asked again");
  assertEquals(clock.pending, 0);
});

Deno.test("a file that went bad ends what it began, with the reason in the log", async () => {
  const { mode, host, log } = run();
  host.content = "2026-11-25T13:00:00Z";
  await mode.readFile();
  host.info = { ...host.info, mode: 0o100666 };
  await mode.readFile();
  assertFalse(mode.active);
  const refusal = log.find(({ level }) => level === "error");
  assertStringIncludes(refusal?.message ?? "", "the file conf/primary_only can be written by others than root");
  mode[Symbol.dispose]();
});

Deno.test("a bad file switches nothing on, and is refused each time it is read", async () => {
  const { mode, host, log } = run();
  host.content = "forever";
  await mode.readFile();
  await mode.readFile();
  assertEquals([mode.active, log.map(({ level }) => level)], [false, ["error", "error"]]);
});

Deno.test("of command line and file the later end counts, and neither ends the other", async () => {
  const { mode, clock, host, log } = run();
  mode.start(10);
  host.content = "2026-11-25T13:00:00Z";
  await mode.readFile();
  assertEquals(mode.state.source, "file");
  host.content = undefined;
  await mode.readFile();
  assertEquals(mode.state, { until: new Date(now + 10 * minute), source: "command-line" });
  assertStringIncludes(log.at(-1)?.message ?? "", "by --primary-only");
  host.content = "2026-11-25T12:02:00Z";
  await mode.readFile();
  assertEquals(mode.state.source, "command-line");
  await clock.advance(10 * minute);
  assertFalse(mode.active);
  assertEquals(clock.pending, 0);
});

Deno.test("setting the date back prolongs nothing, setting it forward ends it", async () => {
  const back = run();
  back.host.content = "2026-11-25T13:00:00Z";
  await back.mode.readFile();
  back.clock.setWall(now - 30 * minute);
  await back.mode.readFile();
  await back.clock.advance(60 * minute - 1);
  assert(back.mode.active);
  await back.clock.advance(1);
  assertFalse(back.mode.active);

  const forward = run();
  forward.mode.start(60);
  forward.clock.setWall(now + 61 * minute);
  assertFalse(forward.mode.active);
  await forward.clock.advance(minute);
  assertEquals(forward.log.at(-1)?.message, "Primary-only mode has ended: Duo is asked again");
  assertEquals(forward.clock.pending, 0);
});

Deno.test("closed, it is off and leaves no timer", async () => {
  const { mode, clock, host } = run();
  mode.start(10);
  host.content = "2026-11-25T13:00:00Z";
  const reading = mode.readFile();
  mode[Symbol.dispose]();
  await reading;
  assertEquals([mode.active, clock.pending], [false, 0]);
});

Deno.test("in primary-only mode safe lets in and secure rejects, and Duo is not asked about anybody", async (t) => {
  for (const { version, application } of versions) {
    for (const [failmode, kind] of [["safe", "accept"], ["secure", "reject"]] as const) {
      await t.step(`version ${version}, failmode ${failmode}`, async () => {
        let on = true;
        await using world = await World.start({
          application,
          lines: [`failmode=${failmode}`, "exempt_username_1=root"],
          proxy: { primaryOnly: () => on },
        });
        const result = await world.ask("bob", "push");
        assertEquals(result.kind, kind);
        assert(shown(result) !== "");
        const [event] = world.events;
        assertEquals(
          [event?.reason, event?.failmode, event?.status],
          ["primary-only", failmode, failmode === "safe" ? "Allow" : "Reject"],
        );
        assertEquals((await world.ask("root", "push")).kind, "accept");
        assertEquals((await world.ask("bob", "no factor")).kind, kind, "the field is not looked at");
        assertEquals([world.asked("preauth"), world.asked("auth")], [0, 0]);
        on = false;
        assertEquals((await world.ask("bob", "push")).kind, "reject");
        assertEquals(world.asked("auth") > 0, true);
      });
    }
  }
});
