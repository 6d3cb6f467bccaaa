/**
 * Lines of the operational log and auth events as programs read them.
 *
 * @module
 */

import { createEvents, type EventLog, type LogSettings } from "../../lib/log/event_log.ts";
import { assertEquals, assertLess, assertMatch, assertNotMatch } from "@std/assert";
import { authEvent } from "../kit/auth_event.ts";
import { FakeClock, settle } from "../kit/fake_clock.ts";
import { FakeStream } from "../kit/fake_stream.ts";

const settings: LogSettings = {
  debug: false,
  logFormat: "text",
  logStdout: false,
  logAuthEvents: true,
  hostname: "vpn1",
};

const event = authEvent();

interface Opened {
  readonly clock: FakeClock;
  readonly log: EventLog;
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;
}

function open(changed: Partial<LogSettings> = {}, limits: { maxLines?: number } = {}): Opened {
  const stdout = new FakeStream();
  const stderr = new FakeStream();
  const clock = new FakeClock(Date.UTC(2026, 10, 25, 1, 2, 3, 456));
  return {
    log: createEvents({ stdout, stderr, clock, settings: { ...settings, ...changed }, ...limits }),
    stdout,
    stderr,
    clock,
  };
}

Deno.test("log() writes text to stderr: time, level, message and fields", async () => {
  const { log, stdout, stderr } = open();
  log.log("info", "Listening", { section: "radius_server_auto", port: 1812, ok: true, proxy: null });
  log.log("warning", "50% of {braces} stay");
  log.log("debug", "left out");
  await log[Symbol.asyncDispose]();
  assertEquals(stderr.lines, [
    "2026-11-25T01:02:03.456Z [info] Listening section=radius_server_auto port=1812 ok=true proxy=null",
    "2026-11-25T01:02:03.456Z [warning] 50% of {braces} stay",
  ]);
  assertEquals(stdout.text, "");
});

Deno.test("log() lets nobody forge a line, a field or a terminal's state", async () => {
  const { log, stderr } = open();
  const forged = 'a"b\n2026-11-25T01:02:03.456Z [info] forged\r\u001b[2J\u009b2J\u2028\u202e\ud800';
  log.log("error", `text ${forged}`, { user: forged, empty: "", pair: "x status=Allow", word: "null" });
  await log[Symbol.asyncDispose]();
  assertEquals(stderr.lines.length, 1);
  const [line = ""] = stderr.lines;
  assertNotMatch(line, /[\p{Cc}\p{Cs}\u2028\u202e\ufffd]/u);
  const [, user = ""] = / user=("(?:[^"\\]|\\.)*") /.exec(line) ?? [];
  assertEquals(JSON.parse(user), forged);
  assertMatch(line, / empty="" pair="x status=Allow" word="null"$/);
});

Deno.test("log() as JSON keeps its three own names whatever the fields are called", async () => {
  const { log, stderr } = open({ logFormat: "json" });
  log.log("fatal", "Line one\nline two", { level: "debug", user: "b\u0007ob", n: 1 });
  await log[Symbol.asyncDispose]();
  assertEquals(stderr.lines.map((line) => JSON.parse(line)), [{
    timestamp: "2026-11-25T01:02:03.456Z",
    level: "fatal",
    message: "Line one\nline two",
    user: "b\u0007ob",
    n: 1,
  }]);
});

Deno.test("log_stdout, debug and log_format take effect with the next line after configure()", async () => {
  const { log, stdout, stderr } = open();
  log.log("debug", "one");
  log.configure({ ...settings, debug: true, logFormat: "json", logStdout: true });
  log.log("debug", "two");
  await log[Symbol.asyncDispose]();
  assertEquals(stderr.lines, ['{"timestamp":"2026-11-25T01:02:03.456Z","level":"debug","message":"two"}']);
  assertEquals(stdout.lines, stderr.lines);
});

Deno.test("auth() writes one JSON line with the old names in their order", async () => {
  const { log, stdout, stderr } = open();
  log.auth(event);
  await log[Symbol.asyncDispose]();
  assertEquals(stderr.lines, [
    "2026-11-25T01:02:03.456Z [info] alice push approved in 1.2 s, radius_server_duo_only, gateway 192.0.2.1",
  ]);
  assertEquals(stdout.lines, [
    '{"timestamp":"2026-11-25T01:02:03.456Z","msg":"Success. Logging you in...","username":"alice",' +
    '"auth_stage":"Secondary authentication","status":"Allow","client_ip":"198.51.100.7",' +
    '"server_section":"radius_server_duo_only","server_section_ikey":"DIXXXXXXXXXXXXXXXXXX","factor":"push",' +
    '"request_id":"r-1","nas_ip":"192.0.2.1","latency_ms":1234,"txid":"tx","device":null,"failmode":null,' +
    '"reason":"approved","api_version":1,"signed":true,"joined":false,"seq":1,"hostname":"vpn1"}',
  ]);
});

Deno.test("with log_auth_events=false a login is still one readable line", async () => {
  const { log, stdout, stderr } = open({ logAuthEvents: false });
  log.auth(event);
  await log[Symbol.asyncDispose]();
  assertEquals([stdout.text, stderr.lines.length], ["", 1]);
});

Deno.test("events are counted up, so that a gap shows what was dropped", async () => {
  const { log, stdout } = open({}, { maxLines: 2 });
  stdout.hold();
  const denied = authEvent({ status: "Reject", reason: "denied" });
  for (const one of [denied, denied, denied, event]) log.auth(one);
  stdout.release();
  await log[Symbol.asyncDispose]();
  assertEquals(stdout.lines.map((line) => JSON.parse(line).seq ?? "gap"), [1, "gap", 4]);
});

Deno.test("drops are counted over both streams, and each says so in its own format", async () => {
  const { log, stdout, stderr } = open({}, { maxLines: 2 });
  stdout.hold();
  stderr.hold();
  for (let count = 0; count < 5; count++) {
    log.auth(event);
    log.log("info", "line");
  }
  assertEquals(log.droppedLines, { forgeable: 0, log: 5, event: 0, allow: 6 });
  stdout.release();
  stderr.release();
  await settle();
  await log[Symbol.asyncDispose]();
  assertEquals(JSON.parse(stdout.lines.at(-1) ?? ""), {
    timestamp: "2026-11-25T01:02:03.456Z",
    msg: "3 lines dropped: standard output did not take them in time",
    lines_dropped: 3,
    lines_dropped_by_kind: { forgeable: 0, log: 0, event: 0, allow: 3 },
    hostname: "vpn1",
  });
  const approved =
    "2026-11-25T01:02:03.456Z [info] alice push approved in 1.2 s, radius_server_duo_only, gateway 192.0.2.1";
  assertEquals(stderr.lines, [
    approved,
    "2026-11-25T01:02:03.456Z [warning] 8 lines dropped: standard error did not take them in time " +
    "forgeable=0 log=5 event=0 allow=3",
    approved,
  ]);
});

Deno.test("two logs in one process share nothing", async () => {
  const one = open();
  const two = open({ logFormat: "json" });
  one.log.log("info", "one");
  two.log.log("info", "two");
  await one.log[Symbol.asyncDispose]();
  await two.log[Symbol.asyncDispose]();
  assertEquals(one.stderr.lines, ["2026-11-25T01:02:03.456Z [info] one"]);
  assertEquals(two.stderr.lines, ['{"timestamp":"2026-11-25T01:02:03.456Z","level":"info","message":"two"}']);
});

/** What an unsigned request leaves that anybody can send. */
const forged = authEvent({
  msg: "Cannot decode password",
  username: "root",
  auth_stage: "Unknown",
  status: "Error",
  factor: null,
  txid: null,
  reason: "undecodable-password",
  api_version: null,
  signed: false,
});

Deno.test("a stalled stdout loses no Allow as long as anything else can be dropped", async () => {
  const { log, stdout } = open({ logStdout: true }, { maxLines: 20 });
  stdout.hold();
  for (let round = 0; round < 50; round++) {
    log.auth(authEvent({ status: "Reject", reason: "denied", nas_ip: `192.0.2.${round}` }));
    log.auth({ ...forged, nas_ip: `192.0.2.${round}` });
    log.log("info", "line");
  }
  for (let login = 0; login < 8; login++) log.auth(authEvent({ request_id: `allow-${login}` }));
  for (let round = 0; round < 50; round++) log.auth({ ...forged, nas_ip: `192.0.2.${round}` });
  assertEquals(log.droppedLines.allow, 0);
  stdout.release();
  await log[Symbol.asyncDispose]();
  const events = stdout.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  assertEquals(
    events.filter(({ status }) => status === "Allow").map(({ request_id }) => request_id),
    Array.from({ length: 8 }, (_, login) => `allow-${login}`),
  );
});

Deno.test("36,000 forged requests in 14 s leave well under 1 MB, and their number", async () => {
  for (const sources of [1, 500]) {
    const { log, stdout, stderr, clock } = open();
    for (let packet = 0; packet < 36_000; packet++) {
      if (packet % 3_600 === 0) await clock.advance(1_400);
      log.auth({ ...forged, nas_ip: `10.0.${packet % sources >> 8}.${packet % sources & 0xff}` });
    }
    await clock.advance(60_000);
    await log[Symbol.asyncDispose]();
    assertLess(stdout.text.length + stderr.text.length, sources === 1 ? 20_000 : 700_000);

    const events = stdout.lines.map((line) => JSON.parse(line));
    const plain = events.filter(({ count }) => count === undefined).length;
    assertEquals(plain + events.reduce((sum, { count = 0 }) => sum + count, 0), 36_000);
    assertEquals(clock.pending, 0);
  }
});
