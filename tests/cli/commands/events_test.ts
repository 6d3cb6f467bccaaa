/**
 * `duoproxy events` on files in memory.
 *
 * @module
 */

import { exit, UsageError } from "../../../lib/cli/command.ts";
import { runEvents } from "../../../lib/cli/commands/events.ts";
import { formatAuthEvent, formatDroppedEvents } from "../../../lib/log/auth_events.ts";
import type { AuthEvent } from "../../../lib/login/events.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { authEvent } from "../../kit/auth_event.ts";
import { FakeClock } from "../../kit/fake_clock.ts";
import { FakeFiles } from "../../kit/fake_files.ts";
import { FakeTerminal } from "../../kit/fake_terminal.ts";

const start = Date.UTC(2026, 10, 25, 1, 2, 3, 456);
const config = "/srv/duo/conf/authproxy.cfg";
const log = "/srv/duo/log/authevents.log";

function line(changes: Partial<AuthEvent> = {}, time = start): string {
  return `${formatAuthEvent(time, "vpn1", 1, authEvent(changes))}\n`;
}

interface Run {
  readonly terminal: FakeTerminal;
  readonly clock: FakeClock;
  readonly end: AbortController;
  readonly code: Promise<number>;
}

/** Runs the command with `--config` unless the options say otherwise. */
function run(files: FakeFiles, options: Record<string, string | true>, text = "[main]\n"): Run {
  const terminal = new FakeTerminal();
  const clock = new FakeClock(start);
  const end = new AbortController();
  const code = runEvents(
    { options: "file" in options ? options : { config, ...options }, positionals: [], terminal },
    {
      clock,
      host: {
        readFile: (path) =>
          path === config
            ? Promise.resolve(new TextEncoder().encode(text))
            : Promise.reject(new Deno.errors.NotFound(path)),
      },
      readPart: files.readPart,
      signal: end.signal,
    },
  );
  return { terminal, clock, end, code };
}

function filesWith(...lines: string[]): FakeFiles {
  const files = new FakeFiles();
  files.put(log, lines.join(""));
  return files;
}

Deno.test("each login is one line: time, user, result, factor, gateway, why and how long it took", async () => {
  const files = filesWith(
    line({ latency_ms: 3_210 }),
    line({ username: "bob", status: "Reject", reason: "denied", msg: "Login request denied." }, start + 60_000),
    line({
      username: null,
      status: "Error",
      reason: "summed-up",
      factor: null,
      latency_ms: 0,
      count: 12,
      msg: "12 more unsigned requests were refused",
    }),
  );
  const { terminal, code } = run(files, {});
  assertEquals(await code, exit.ok);
  assertEquals(terminal.stdout.split("\n"), [
    "2026-11-25 01:02:03Z  alice           allow      push      192.0.2.1        approved   3.2 s",
    "2026-11-25 01:03:03Z  bob             reject     push      192.0.2.1        denied     1.2 s  Login request denied.",
    "2026-11-25 01:02:03Z  (12 requests)   error      -         192.0.2.1        summed-up   0.0 s  12 more unsigned requests were refused",
    "",
  ]);
  assertEquals(terminal.stderr, "");
});

Deno.test("log_dir of the configuration says where the events are, else the directory of the installation", async () => {
  for (
    const [text, place] of [
      ["[main]\n", "/srv/duo/log/authevents.log"],
      ["[main]\nlog_dir=/var/log/duo\n", "/var/log/duo/authevents.log"],
      ["[main]\nlog_dir=other\n[broken", "/srv/duo/other/authevents.log"],
    ] as const
  ) {
    const files = new FakeFiles();
    files.put(place, line());
    const { terminal, code } = run(files, {}, text);
    assertEquals([await code, terminal.stdout.includes("alice"), terminal.stderr], [exit.ok, true, ""], place);
  }
});

Deno.test("a file that is not there ends with 66, says where it was looked for and how to name another", async () => {
  const absent = run(new FakeFiles(), {});
  assertEquals(await absent.code, exit.noInput);
  assertStringIncludes(absent.terminal.stderr, log);
  assertStringIncludes(absent.terminal.stderr, "--file");
  assertStringIncludes(absent.terminal.stderr, "--config");

  const named = run(new FakeFiles(), { file: "/tmp/other.log", format: "json" });
  assertEquals(await named.code, exit.noInput);
  assertStringIncludes(JSON.parse(named.terminal.stdout).problem, "/tmp/other.log");

  const noConfig = run(new FakeFiles(), { config: "/nowhere/authproxy.cfg" });
  assertEquals(await noConfig.code, exit.noInput);
  assertStringIncludes(noConfig.terminal.stderr, "/nowhere/authproxy.cfg does not exist");
});

Deno.test("--user takes a name without case, and any domain where it has none; --since a time", async () => {
  const names = ["alice", "CORP\\Alice", "alice@corp.example", "malice", "bob"];
  const files = filesWith(...names.map((username, index) => line({ username }, start + index * 60_000)));
  const shown = async (options: Record<string, string>): Promise<(string | undefined)[]> => {
    const { terminal, code, clock } = run(files, options);
    clock.setWall(start);
    assertEquals(await code, exit.ok);
    return terminal.stdout.split("\n").slice(0, -1).map((row) => row.split(/ +/)[2]);
  };
  assertEquals(await shown({ user: "ALICE" }), names.slice(0, 3));
  assertEquals(await shown({ user: "corp\\alice" }), ["CORP\\Alice"]);
  assertEquals(await shown({ since: "2026-11-25T01:04" }), names.slice(2));
  assertEquals(await shown({ since: "2026-11-25T01:04", user: "alice" }), ["alice@corp.example"]);
  assertEquals(await shown({ since: "1d" }), names);
  await assertRejects(() => run(files, { since: "yesterday" }).code, UsageError, "yesterday");
  await assertRejects(() => run(files, { file: log, config }).code, UsageError, "not both");
});

Deno.test("what is no event is counted, what was dropped is shown, what the old proxy wrote is read", async () => {
  const old = JSON.stringify({
    timestamp: "2023-01-11T13:25:24.393624Z",
    msg: "Success. Logging you in...",
    username: "alice",
    auth_stage: "Secondary authentication",
    status: "Allow",
    client_ip: "198.51.100.7",
    server_section: "radius_server_auto",
    server_section_ikey: "DIXXXXXXXXXXXXXXXXXX",
    factor: "push",
    hostname: "old",
    log_level: "info",
  });
  const files = filesWith(
    `${old}\n`,
    "2026-11-25T01:02:03.456Z [info] a line of the operational log\n",
    `${formatDroppedEvents(start, "vpn1", { forgeable: 3, log: 0, event: 1, allow: 0 })}\n`,
    '{"status":"Allow"}\n',
    "\n",
    line().slice(0, 40),
  );
  const { terminal, code } = run(files, { user: "alice" });
  assertEquals(await code, exit.ok);
  const [first = "", gap = ""] = terminal.stdout.split("\n");
  assertStringIncludes(first, "2023-01-11 13:25:24Z  alice           allow      push");
  assertStringIncludes(gap, "4 lines dropped");
  assertEquals(terminal.stderr, "3 lines are no events and were left out\n");
});

Deno.test("--format json is one object a line with all fields, and nothing steers the terminal", async () => {
  const username = "al\u001b[2J\u202eice";
  const files = filesWith(line({ username }));
  const json = run(files, { format: "json" });
  await json.code;
  const [only = "", ...rest] = json.terminal.stdout.split("\n");
  assertEquals(rest, [""]);
  assertEquals(JSON.parse(only), { schema: 1, ...JSON.parse(line({ username })) });
  const text = run(files, {});
  await text.code;
  for (const output of [json.terminal.stdout, text.terminal.stdout]) {
    assertEquals(["\u001b", "\u202e"].filter((character) => output.includes(character)), []);
  }
});

Deno.test("--follow begins with the last ten and goes on over a rotation with copytruncate", async () => {
  const files = filesWith(...Array.from({ length: 15 }, (_, index) => line({ username: `user${index}` })));
  const { terminal, clock, end, code } = run(files, { follow: true });
  const users = (): (string | undefined)[] => terminal.stdout.split("\n").slice(0, -1).map((row) => row.split(/ +/)[2]);
  await clock.advance(0);
  assertEquals(users(), Array.from({ length: 10 }, (_, index) => `user${index + 5}`));
  files.append(log, line({ username: "new" }));
  await clock.advance(500);
  files.append(log, line({ username: "before" }));
  files.rotate(log);
  files.append(log, line({ username: "after" }));
  await clock.advance(500);
  assertEquals(users().slice(10), ["new", "before", "after"]);
  end.abort();
  assertEquals([await code, clock.pending], [exit.ok, 0]);
});

Deno.test("--follow ends when nobody takes what it prints", async () => {
  const files = filesWith(line());
  const { terminal, clock, code } = run(files, { follow: true, since: "1h" });
  await clock.advance(0);
  terminal.outputClosed = true;
  await clock.advance(500);
  assertEquals([await code, clock.pending], [exit.ok, 0]);
});
