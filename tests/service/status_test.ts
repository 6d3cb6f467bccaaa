/**
 * What the status port says about a proxy that really runs.
 *
 * @module
 */

import * as v from "valibot";
import { Metrics } from "../../lib/service/metrics.ts";
import { ServiceStatus, type ServiceStatusOptions, statusDocument } from "../../lib/service/status.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FakeClock } from "../kit/fake_clock.ts";
import { World } from "../kit/world.ts";

const wall = Date.UTC(2026, 10, 25, 1, 2, 3);

/** A status of a real proxy's generation, with what a test changes. */
function statusOf(
  world: World,
  changes: Partial<ServiceStatusOptions> = {},
): { readonly status: ServiceStatus; readonly clock: FakeClock } {
  const clock = new FakeClock(wall);
  const metrics = new Metrics(clock);
  const status = new ServiceStatus({
    clock,
    proxy: world.proxy,
    metrics,
    version: "1.2.3",
    platform: "deno",
    droppedLines: () => ({ forgeable: 4, log: 2, event: 1, allow: 0 }),
    primaryOnlyUntil: () => undefined,
    statusPortProblem: () => undefined,
    ...changes,
  });
  return { status, clock };
}

/** The page at a path. */
function page(status: ServiceStatus, path: string): { readonly status: number; readonly body: string } {
  const made = status.pages[path];
  assert(made !== undefined, path);
  return made();
}

function codes(status: ServiceStatus): readonly (readonly [string, string | null])[] {
  return status.problems().map(({ code, section }) => [code, section] as const);
}

Deno.test("a proxy that serves is alive, ready and without problems", async () => {
  await using world = await World.start();
  const { status, clock } = statusOf(world);
  await clock.advance(61_500);
  assertEquals([page(status, "/health").status, page(status, "/health").body], [200, "ok\n"]);
  assertEquals([page(status, "/ready").status, page(status, "/ready").body], [200, "ready\n"]);
  const { status: code, body } = page(status, "/status");
  const document = v.parse(statusDocument, JSON.parse(body));
  assertEquals([code, document], [200, status.document()]);
  assertEquals(document.problems, []);
  assertEquals([document.schema, document.program, document.version], [1, "duoproxy", "1.2.3"]);
  assertEquals([document.started, document.uptime_seconds], ["2026-11-25T01:02:03.000Z", 61]);
  assertEquals([document.ready, document.pending_logins, document.log_lines_dropped], [true, 0, 7]);
  assertEquals(document.log_lines_dropped_by_kind, { forgeable: 4, log: 2, event: 1, allow: 0 });
  assertEquals([document.last_reload, document.primary_only, document.last_duo_answer], [null, { until: null }, null]);
  const [listener] = world.proxy.listening;
  assertEquals(document.listeners, [
    { address: "127.0.0.1", port: listener?.port ?? 0, serves: "logins", sections: ["radius_server_duo_only"] },
  ]);
  const [section] = document.sections;
  assertEquals([section?.name, section?.failmode, section?.ready, section?.silent], [
    "radius_server_duo_only",
    "secure",
    true,
    false,
  ]);
  assertEquals(section?.api_host, world.simulator.host);
});

Deno.test("a gateway is unknown until it asks, and then it signs or doesn't", async () => {
  await using world = await World.start({ lines: ["radius_ip_1=127.0.0.0/8"] });
  const { status } = statusOf(world);
  const gateways = (): readonly (readonly [string, string])[] =>
    status.document().gateways.map(({ address, signing }) => [address, signing] as const);
  assertEquals(gateways(), [["127.0.0.0/8", "unknown"]]);
  await world.ask("alice", "hunter2");
  await world.gateway("127.0.0.2").login({ user: "alice", password: "hunter2", messageAuthenticator: false });
  assertEquals(gateways(), [["127.0.0.1", "signing"], ["127.0.0.2", "not-signing"]]);
});

Deno.test("of very many gateways the document lists a thousand", async () => {
  await using world = await World.start();
  const { generation, failed, listening, pendingLogins } = world.proxy;
  const gateways = Array.from({ length: 1_234 }, (_, index) => (
    { section: "radius_server_duo_only", address: `10.0.${index >> 8}.${index & 0xff}`, state: "signing" } as const
  ));
  const { status } = statusOf(world, { proxy: { generation, failed, listening, gateways, pendingLogins } });
  const document = status.document();
  assertEquals([document.gateways.length, document.gateways_unlisted], [1_000, 234]);
});

Deno.test("the version of Duo's API and why it is used are those that logins found out", async () => {
  await using world = await World.start({ application: "radius" });
  const { status } = statusOf(world);
  await world.ask("alice", "push");
  const [section] = status.document().sections;
  assertEquals(section?.api_version, 1);
  assertStringIncludes(section?.why ?? "", "40301");
});

Deno.test("logins through a proxy are counted by its metrics, and Duo's calls are timed", async () => {
  const metrics = new Metrics(new FakeClock(wall));
  const events: string[] = [];
  await using world = await World.start({
    application: "auth",
    proxy: {
      events: metrics.counting({ auth: ({ status }) => void events.push(status), log: () => {} }),
      observer: metrics,
    },
  });
  const { status } = statusOf(world, { metrics });
  await world.ask("alice", "push");
  await world.ask("bob", "push2");
  await world.ask("alice", "hunter2");
  const { body } = page(status, "/metrics");
  const series = 'duoproxy_logins_total{section="radius_server_duo_only",';
  assertStringIncludes(body, `${series}result="allow",factor="push"} 1\n`);
  assertStringIncludes(body, `${series}result="reject",factor="none"} 1\n`);
  assertStringIncludes(body, 'duoproxy_duo_request_duration_seconds_count{endpoint="preauth",outcome="answer"} 2\n');
  assertStringIncludes(body, 'duoproxy_section_ready{section="radius_server_duo_only"} 1\n');
  assert(!/alice|bob|hunter2/.test(body), body);
  assertEquals(events.length, 3);
  assertEquals(status.document().last_duo_answer, "2026-11-25T01:02:03.000Z");
});

Deno.test("a port that could not be opened: not ready, with section and reason, but alive", async () => {
  await using world = await World.start({
    proxy: {
      listen: (address) => {
        if (address.port !== 0) throw new Deno.errors.AddrInUse("taken");
        return Deno.listenDatagram({ transport: "udp", ...address });
      },
    },
  });
  const { status } = statusOf(world);
  const { status: code, body } = page(status, "/ready");
  assertEquals(code, 503);
  assertMatch(body, /^radius_server_duo_only: Cannot listen on 127\.0\.0\.1, UDP port \d+: the port is taken; .*\n$/);
  assertEquals([page(status, "/health").status, page(status, "/status").status], [200, 200]);
  assertEquals([status.document().ready, status.document().sections[0]?.ready], [false, false]);
  assertEquals(codes(status), [["port", "radius_server_duo_only"]]);
  assertStringIncludes(page(status, "/metrics").body, 'duoproxy_section_ready{section="radius_server_duo_only"} 0\n');
});

Deno.test("a proxy that is stopping is not ready, but alive", async () => {
  await using world = await World.start();
  const { status } = statusOf(world);
  status.drain();
  assertEquals([page(status, "/ready").status, page(status, "/health").status], [503, 200]);
  assertStringIncludes(page(status, "/ready").body, "stopping");
  assertEquals(codes(status), [["draining", null]]);
});

Deno.test("a refused reload keeps the proxy ready and is told; the next good one ends it", async () => {
  await using world = await World.start();
  const { status, clock } = statusOf(world);
  await clock.advance(1_000);
  status.reloaded({ result: "refused", findings: 3, reason: "the file has errors" });
  assertEquals(page(status, "/ready").status, 200);
  assertEquals(codes(status), [["reload-refused", null]]);
  assertEquals(status.document().last_reload, {
    time: "2026-11-25T01:02:04.000Z",
    result: "refused",
    findings: 3,
    reason: "the file has errors",
  });
  assertStringIncludes(page(status, "/metrics").body, "\nduoproxy_config_last_reload_successful 0\n");
  status.reloaded({ result: "reloaded", findings: 0 });
  assertEquals([codes(status), status.document().last_reload?.reason], [[], null]);
});

Deno.test("primary-only mode, and a status port that is not where it should be, are problems, but don't matter to /ready", async () => {
  await using world = await World.start();
  const { status } = statusOf(world, {
    primaryOnlyUntil: () => wall + 60_000,
    statusPortProblem: () => "Cannot open the status port",
  });
  assertEquals(codes(status), [["primary-only", null], ["status-port", null]]);
  assertEquals(page(status, "/ready").status, 200);
  assertEquals(status.document().primary_only, { until: "2026-11-25T01:03:03.000Z" });
  assertStringIncludes(page(status, "/metrics").body, "\nduoproxy_primary_only 1\n");
});

Deno.test("a silent Duo is a problem of its section that names the failmode in force", async () => {
  await using world = await World.start();
  const { generation, listening, pendingLogins } = world.proxy;
  const [section] = generation.sections;
  assert(section !== undefined);
  const silent = Object.create(section.duo, { silent: { value: true }, choice: { value: section.duo.choice } });
  const proxy = {
    generation: Object.create(generation, { sections: { value: [{ ...section, duo: silent }] } }),
    failed: [],
    listening,
    gateways: [],
    pendingLogins,
  };
  const { status } = statusOf(world, { proxy });
  assertEquals(codes(status), [["duo-silent", "radius_server_duo_only"]]);
  assertStringIncludes(status.problems()[0]?.message ?? "", "failmode=secure keeps users out");
  assertEquals([status.document().sections[0]?.silent, status.document().ready], [true, true]);
});

Deno.test("/ready, /status and /metrics count the slots that logins take", async () => {
  await using world = await World.start({ lines: ["max_pending=2"] });
  const { status } = statusOf(world);
  const taken = (): readonly unknown[] => {
    const [section] = status.document().sections;
    const { body } = page(status, "/metrics");
    const slots = ["taken", "limit"].map((name) =>
      new RegExp(`^duoproxy_slots_${name}\\{section="radius_server_duo_only"\\} (\\d+)$`, "m").exec(body)?.[1]
    );
    return [page(status, "/ready").status, section?.pending, section?.limit, section?.ready, ...slots];
  };
  assertEquals(taken(), [200, 0, 2, true, "0", "2"]);
  const first = await world.begin("heidi", "push");
  await world.simulator.whenPending(1);
  assertEquals(taken(), [200, 1, 2, true, "1", "2"]);
  const second = await world.begin("heidi", "push");
  await world.simulator.whenPending(2);
  assertEquals(taken(), [503, 2, 2, false, "2", "2"]);
  assertEquals(codes(status), [["overloaded", "radius_server_duo_only"]]);
  assertStringIncludes(page(status, "/ready").body, "max_pending");
  assertEquals((await world.ask("alice", "push")).kind, "reject");
  assertEquals(
    world.log.filter(({ level, message }) => level === "error" && message.includes("max_pending")).length,
    1,
  );
  for (const { number } of world.simulator.pending) world.simulator.answer(number, "approve");
  await Promise.all([first.result, second.result]);
  assertEquals(taken(), [200, 0, 2, true, "0", "2"]);
  assertEquals(codes(status), []);
});

Deno.test("where the process may open too few files, its slots are fewer than max_pending, and the limit of files is named", async () => {
  await using world = await World.start({
    lines: ["max_pending=5"],
    proxy: {
      openDescriptor: () => {
        throw Object.assign(new Error("Too many open files"), { code: "EMFILE" });
      },
    },
  });
  const { status } = statusOf(world);
  const login = await world.begin("heidi", "push");
  await world.simulator.whenPending(1);
  const [section] = status.document().sections;
  assertEquals([section?.pending, section?.limit, page(status, "/ready").status], [1, 1, 503]);
  assertStringIncludes(page(status, "/ready").body, "LimitNOFILE");
  for (const { number } of world.simulator.pending) world.simulator.answer(number, "approve");
  await login.result;
});
