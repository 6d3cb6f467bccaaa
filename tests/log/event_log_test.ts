/**
 * Lines of the operational log and auth events as programs read them.
 *
 * @module
 */

import { createEvents, type EventLog, type LogSettings } from "../../lib/log/event_log.ts";
import { assertEquals, assertMatch, assertNotMatch } from "#std/assert";
import { authEvent } from "../support/auth_event.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeStream } from "../support/fake_stream.ts";

const settings: LogSettings = {
  debug: false,
  logFormat: "text",
  logStdout: false,
  logAuthEvents: true,
  hostname: "vpn1",
};

const event = authEvent();

interface Opened {
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
  assertEquals(stderr.text, "");
  assertEquals(stdout.lines, [
    '{"timestamp":"2026-11-25T01:02:03.456Z","msg":"Success. Logging you in...","username":"alice",' +
    '"auth_stage":"Secondary authentication","status":"Allow","client_ip":"198.51.100.7",' +
    '"server_section":"radius_server_duo_only","server_section_ikey":"DIXXXXXXXXXXXXXXXXXX","factor":"push",' +
    '"request_id":"r-1","nas_ip":"192.0.2.1","latency_ms":1234,"txid":"tx","device":null,"failmode":null,' +
    '"reason":"approved","api_version":1,"signed":true,"joined":false,"seq":1,"hostname":"vpn1"}',
  ]);
});

Deno.test("auth() writes nothing with log_auth_events=false", async () => {
  const { log, stdout } = open({ logAuthEvents: false });
  log.auth(event);
  await log[Symbol.asyncDispose]();
  assertEquals(stdout.text, "");
});

Deno.test("drops are counted over both streams, and each says so in its own format", async () => {
  const { log, stdout, stderr } = open({}, { maxLines: 2 });
  stdout.hold();
  stderr.hold();
  for (let count = 0; count < 5; count++) {
    log.auth(event);
    log.log("info", "line");
  }
  assertEquals(log.droppedLines, 6);
  stdout.release();
  stderr.release();
  await settle();
  await log[Symbol.asyncDispose]();
  assertEquals(JSON.parse(stdout.lines.at(-1) ?? ""), {
    timestamp: "2026-11-25T01:02:03.456Z",
    msg: "3 lines dropped: standard output did not take them in time",
    lines_dropped: 3,
    hostname: "vpn1",
  });
  assertEquals(
    stderr.lines.at(-1),
    "2026-11-25T01:02:03.456Z [warning] 3 lines dropped: standard error did not take them in time",
  );
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
