/**
 * `duoproxy status` against real ports: a proxy's, another program's, and none.
 *
 * @module
 */

import { exit } from "../../../lib/cli/command.ts";
import { runStatus } from "../../../lib/cli/commands/status.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import type { StatusDocument } from "../../../lib/service/status.ts";
import { StatusServer } from "../../../lib/service/status_server.ts";
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { FakeClock, settle } from "../../kit/fake_clock.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../../kit/fake_terminal.ts";

const healthy: StatusDocument = {
  schema: 1,
  program: "duoproxy",
  version: "1.2.3",
  platform: "deno 2.9.6",
  config: "/opt/duoauthproxy/conf/authproxy.cfg",
  started: "2026-11-25T01:02:03.000Z",
  uptime_seconds: 90_061,
  ready: true,
  problems: [],
  listeners: [{ address: "::", port: 1812, serves: "logins", sections: ["radius_server_auto"] }],
  sections: [{
    name: "radius_server_auto",
    mode: "auto",
    port: 1812,
    ready: true,
    failmode: "safe",
    api_host: "api-12345678.duosecurity.com",
    api_version: 1,
    why: "version 2 refused the application's type (40301)",
    silent: false,
    pending: 2,
    limit: 1_000,
  }],
  gateways: [
    { section: "radius_server_auto", address: "192.0.2.1", signing: "signing" },
    { section: "radius_server_auto", address: "192.0.2.2", signing: "not-signing" },
    { section: "radius_server_auto", address: "198.51.100.0/24", signing: "unknown" },
  ],
  gateways_unlisted: 0,
  pending_logins: 2,
  last_duo_answer: "2026-11-25T01:02:04.000Z",
  last_reload: { time: "2026-11-25T02:00:00.000Z", result: "reloaded", findings: 1, reason: null },
  primary_only: { until: null },
  log_lines_dropped: 0,
  log_lines_dropped_by_kind: { forgeable: 0, log: 0, event: 0, allow: 0 },
};

function serve(body: string): StatusServer {
  return new StatusServer(Deno.listen({ hostname: "127.0.0.1", port: 0 }), {
    clock: systemClock,
    pages: { "/status": () => ({ status: 200, type: "application/json", body }) },
    log: () => {},
  });
}

async function run(
  config: string,
  format: "text" | "json" = "text",
  clock: Clock = systemClock,
  options: FakeTerminalOptions = {},
): Promise<FakeTerminal & { code: number }> {
  const terminal = new FakeTerminal(options);
  const bytes = new TextEncoder().encode(config);
  const code = await runStatus(
    { options: { config: "authproxy.cfg", format }, positionals: [], terminal },
    {
      clock,
      host: {
        readFile: () => Promise.resolve(bytes),
        stat: () =>
          config === ""
            ? Promise.reject(new Deno.errors.NotFound())
            : Promise.resolve({ kind: "file", size: bytes.length, mode: 0o640 }),
        wallNow: () => 0,
        runtime: "2.9.6",
      },
    },
  );
  return Object.assign(terminal, { code });
}

function configFor({ address }: StatusServer): string {
  return `[main]\nstatus_port=${address.port}\n`;
}

Deno.test("a healthy proxy: a table on stdout, and 0", async () => {
  await using server = serve(JSON.stringify(healthy));
  const { code, stdout, stderr } = await run(configFor(server));
  assertEquals([code, stderr], [exit.ok, ""]);
  for (const text of ["1.2.3", "1 d 1 h", "2 under way", "radius_server_auto", "safe", "40301", "1 finding"]) {
    assertStringIncludes(stdout, text);
  }
  assertNotMatch(stdout, /attention/);
});

Deno.test("each gateway is listed as signing, not signing or unknown", async () => {
  await using server = serve(JSON.stringify({ ...healthy, gateways_unlisted: 5 }));
  const { stdout } = await run(configFor(server));
  const lines = stdout.slice(stdout.indexOf("Gateways")).split("\n");
  assertMatch(lines[2] ?? "", /^ {2}192\.0\.2\.1 +radius_server_auto +signing$/);
  assertMatch(lines[3] ?? "", /^ {2}192\.0\.2\.2 +radius_server_auto +not signing$/);
  assertMatch(lines[4] ?? "", /^ {2}198\.51\.100\.0\/24 +radius_server_auto +unknown$/);
  assertEquals(lines[5], "  and 5 more");
});

Deno.test("problems come first, with their sections, and end with 1", async () => {
  const problems: StatusDocument["problems"] = [
    { code: "port", section: "radius_server_auto", message: "Cannot listen on 192.0.2.1, UDP port 1812" },
    { code: "reload-refused", section: null, message: "The reload was refused" },
  ];
  await using server = serve(JSON.stringify({ ...healthy, ready: false, problems }));
  const { code, stdout } = await run(configFor(server));
  assertEquals(code, exit.failed);
  assertEquals(stdout.split("\n").slice(0, 3), [
    "Needs attention:",
    "  ! [radius_server_auto] Cannot listen on 192.0.2.1, UDP port 1812",
    "  ! The reload was refused",
  ]);
});

Deno.test("status stays within the columns of a terminal, loses no word, and leaves JSON alone", async () => {
  const name = "radius_server_duo_only_of_a_long_name";
  const message = "Cannot listen on 192.0.2.1, UDP port 1812, and much is to be said about why that is so ".repeat(4)
    .trim();
  const [section] = healthy.sections;
  const crowded = {
    ...healthy,
    config: "/opt/duoauthproxy/conf/authproxy.cfg",
    problems: [{ code: "port", section: name, message }],
    listeners: [{
      address: "2001:db8::1",
      port: 1812,
      serves: "logins",
      sections: ["radius_server_auto", name, `${name}2`],
    }],
    sections: [section, { ...section, name, why: message }],
  };
  await using server = serve(JSON.stringify(crowded));
  const shown = async (options: FakeTerminalOptions): Promise<string> =>
    (await run(configFor(server), "text", systemClock, options)).stdout;
  const plain = await shown({});
  assert(plain.split("\n").some((line) => line.length > 250));
  // In columns or not, the same is said, but for the headings of the first ones.
  const heads = new Set(["address", "section"]);
  const words = (text: string): ReadonlySet<string> => new Set(text.split(/[\s:;]+/).filter((word) => word !== ""));
  for (const columns of [60, 80, 200]) {
    const wrapped = await shown({ wraps: true, columns });
    assertEquals(wrapped.split("\n").filter((line) => line.length > columns), []);
    assertEquals([...words(plain)].filter((word) => !words(wrapped).has(word) && !heads.has(word)), []);
    const styled = await shown({ wraps: true, columns, styled: true });
    assertEquals(styled.replaceAll(/<\/?(?:red|bold)>/g, ""), wrapped);
  }
  const wide = await run(configFor(server), "json", systemClock, { wraps: true, columns: 60 });
  assertEquals(JSON.parse(wide.stdout).problems, crowded.problems);
});

Deno.test("--format json prints one document and nothing else, whether or not a proxy runs", async () => {
  await using server = serve(JSON.stringify({ ...healthy, added_by_a_later_version: 1 }));
  const running = await run(configFor(server), "json");
  assertEquals([running.code, running.stderr], [exit.ok, ""]);
  assertEquals(JSON.parse(running.stdout), { running: true, ...healthy });
  const config = configFor(server);
  await server[Symbol.asyncDispose]();
  const stopped = await run(config, "json");
  assertEquals([stopped.code, stopped.stderr], [exit.unavailable, ""]);
  const document = JSON.parse(stopped.stdout);
  assertEquals([document.schema, document.running], [1, false]);
});

Deno.test("no proxy: 69, nothing on stdout, and where it was looked for", async () => {
  const server = serve("");
  const { port } = server.address;
  await server[Symbol.asyncDispose]();
  const { code, stdout, stderr } = await run(`[main]\nstatus_port=${port}\n`);
  assertEquals([code, stdout], [exit.unavailable, ""]);
  assertStringIncludes(stderr, `No proxy is running: nothing listens at 127.0.0.1:${port}`);
});

Deno.test("no status_port: 69, and how to switch it on", async () => {
  const { code, stdout, stderr } = await run("[main]\n");
  assertEquals([code, stdout], [exit.unavailable, ""]);
  assertStringIncludes(stderr, "authproxy.cfg names no status port");
  assertStringIncludes(stderr, "status_port=8812");
});

Deno.test("no file: 66", async () => {
  const { code, stderr } = await run("");
  assertEquals(code, exit.noInput);
  assertStringIncludes(stderr, "authproxy.cfg doesn't exist");
});

for (
  const body of ["hello", "{}", JSON.stringify({ ...healthy, schema: 2 }), JSON.stringify({ ...healthy, program: "x" })]
) {
  Deno.test(`another program at the port is not taken for a proxy: ${body.slice(0, 30)}`, async () => {
    await using server = serve(body);
    const { code, stdout, stderr } = await run(configFor(server));
    assertEquals([code, stdout], [exit.unavailable, ""]);
    assertStringIncludes(stderr, "is not the status port of this version of duoproxy");
  });
}

Deno.test("what another program sends can't steer the terminal", async () => {
  await using server = serve(JSON.stringify({ ...healthy, config: "a\u001b[2Jb\nc", version: "1\u202e2" }));
  const { stdout } = await run(configFor(server));
  assertNotMatch(stdout, /[^\n\P{C}]/u);
});

Deno.test("a port that accepts and stays silent is given up", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new FakeClock();
  const accepted = listener.accept();
  const running = run(`[main]\nstatus_port=${listener.addr.port}\n`, "text", clock);
  using connection = await accepted;
  const buffer = new Uint8Array(1_000);
  assert(await connection.read(buffer) !== null);
  await settle();
  await clock.advance(5_000);
  const { code, stderr } = await running;
  assertEquals(code, exit.unavailable);
  assertStringIncludes(stderr, "did not answer within 5 s");
  assertEquals(clock.pending, 0);
  listener.close();
});
