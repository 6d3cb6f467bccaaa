/**
 * Whatever can happen to Duo, for each failmode and each version of its API, on a clock that is moved.
 *
 * @module
 */

import { assertEquals, assertGreaterOrEqual, assertLessOrEqual, assertMatch, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { maxHandshakes, witnessHandshakes } from "../../lib/duo/open.ts";
import { Metrics } from "../../lib/service/metrics.ts";
import type { FaultAction } from "../../lib/simulator/faults.ts";
import { silentPeer } from "../kit/dead_peers.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { shown, versions, World, type WorldOptions } from "../kit/world.ts";

/** How Duo can fail. */
interface Failure {
  readonly name: string;
  readonly fault: FaultAction;
  /** Whether it is an outage, where ping and check fail in the same way. */
  readonly theirs: boolean;
  /** What the login comes to where only preauth fails; also elsewhere if it is no outage. */
  readonly reason?: string;
  /** It ends by a time limit. */
  readonly hangs?: boolean;
}

const failures: readonly Failure[] = [
  { name: "cut before it has read", fault: { kind: "cut-before-read" }, theirs: true },
  { name: "cut after it has read", fault: { kind: "cut-after-read" }, theirs: true },
  { name: "503", fault: { kind: "status", status: 503 }, theirs: true },
  { name: "500 without Duo's envelope", fault: { kind: "html-body", status: 500 }, theirs: true },
  { name: "half of a JSON", fault: { kind: "malformed-json" }, theirs: true },
  { name: "an empty body", fault: { kind: "empty-body" }, theirs: true },
  { name: "a captive portal's page", fault: { kind: "html-body" }, theirs: true },
  { name: "no HTTP", fault: { kind: "malformed-http" }, theirs: true },
  { name: "half of a body", fault: { kind: "truncated-body" }, theirs: true },
  {
    name: "an answer of another shape",
    fault: { kind: "response", response: { result: "perhaps" } },
    theirs: false,
    reason: "duo-error",
  },
  { name: "silence", fault: { kind: "hang" }, theirs: true, hangs: true },
  {
    name: "401 wrong signature",
    fault: { kind: "status", status: 401, code: 40103 },
    theirs: false,
    reason: "duo-refused",
  },
  { name: "400", fault: { kind: "status", status: 400, code: 40002 }, theirs: false, reason: "duo-refused" },
  { name: "403 of a box in between", fault: { kind: "html-body", status: 403 }, theirs: false, reason: "duo-refused" },
  {
    name: "429 for an hour",
    fault: { kind: "status", status: 429, code: 42901, retryAfter: "3600" },
    theirs: false,
    reason: "rate-limited",
  },
];

async function start(options: WorldOptions): Promise<{ world: World; clock: FakeClock }> {
  const clock = new FakeClock(Date.now());
  const world = await World.start({ clock, ...options });
  await world.simulator.whenCalled({ path: "check", outcome: "answered" }, options.application === "auth" ? 1 : 2);
  await world.simulator.whenCalled({ path: "ping", outcome: "answered" });
  return { world, clock };
}

for (const { version, application } of versions) {
  for (const failmode of ["safe", "secure"] as const) {
    for (const { name, fault, theirs, reason, hangs } of failures) {
      const allowed = theirs && failmode === "safe";
      Deno.test(`everywhere, ${name}: failmode=${failmode} ${allowed ? "allows" : "rejects"} (version ${version})`, async () => {
        const { world, clock } = await start({ application, lines: [`failmode=${failmode}`] });
        await using _ = world;
        const { simulator } = world;
        const asked = { ping: world.asked("ping"), check: world.asked("check") };
        simulator.addFault({ do: fault });
        const login = world.ask("alice", "push");
        if (hangs) {
          await simulator.whenCalled({ path: "preauth" });
          await clock.advance(6_000);
          await simulator.whenCalled({ path: "ping" }, asked.ping + 1);
          await simulator.whenCalled({ path: "check" }, asked.check + 1);
          await clock.advance(3_000);
        }
        const result = await login;
        assertEquals(result.kind, allowed ? "accept" : "reject", shown(result));
        const [event] = world.events;
        assertEquals(event?.failmode, theirs ? failmode : null);
        assertEquals(event?.reason, theirs ? (allowed ? "failmode" : "duo-unavailable") : reason);
        if (theirs) assertMatch(event?.msg ?? "", /preauth: .*; (?:ping|check): /);
        const log = world.log.map(({ message }) => message).join("\n");
        if (theirs) {
          const said = allowed ? "let in without a second factor" : "refused";
          assertMatch(
            log,
            new RegExp(`alice was ${said} .*because Duo is out: preauth: .*; (?:ping|check): .*so for \\d`),
          );
        }
        assertEquals(world.asked("auth"), 0);
      });

      if (theirs) {
        Deno.test(`preauth alone, ${name}: tried once more, and failmode=${failmode} rejects (version ${version})`, async () => {
          const { world, clock } = await start({ application, lines: [`failmode=${failmode}`] });
          await using _ = world;
          const { simulator } = world;
          simulator.addFault({ match: { path: "preauth" }, do: fault });
          const login = world.ask("alice", "push");
          if (hangs) {
            await simulator.whenCalled({ path: "preauth" });
            await clock.advance(6_000);
            await simulator.whenCalled({ path: "preauth" }, 2);
            await clock.advance(5_000);
          }
          assertEquals((await login).kind, "reject");
          assertEquals(world.events.map(({ reason, failmode }) => [reason, failmode]), [["duo-error", null]]);
          // One that was cut on a kept connection is repeated on a fresh one before it counts.
          const dies = /cut|half of a body/.test(name);
          const tries = simulator.findCalls({ path: "preauth", version })
            .filter(({ onConnection }) => !dies || onConnection === 1);
          assertEquals([tries.length, world.asked("auth")], [2, 0]);
        });
      }

      Deno.test(`auth, ${name}: failmode=${failmode} rejects, and nothing is sent twice (version ${version})`, async () => {
        const { world, clock } = await start({ application, lines: [`failmode=${failmode}`] });
        await using _ = world;
        world.simulator.addFault({ match: { path: "auth" }, do: fault });
        const login = world.ask("alice", "push");
        if (hangs) {
          await world.simulator.whenCalled({ path: "auth" });
          await clock.advance(58_000);
        }
        const result = await login;
        assertEquals(result.kind, "reject", shown(result));
        assertEquals(world.events[0]?.failmode, null);
        assertEquals(world.asked("auth"), 1);
        if (hangs) assertEquals(shown(result), "Login timed out");
      });
    }
  }

  Deno.test(`a connection cut while a push is waited for does not lose the login (version ${version})`, async () => {
    const { world, clock } = await start({ application });
    await using _ = world;
    world.simulator.addFault({ match: { path: "auth_status" }, do: { kind: "cut-in-status-poll" }, times: 3 });
    const exchange = await world.begin("heidi", "push");
    const [push] = await world.simulator.whenPending();
    await pumpUntil(clock, world.simulator.whenCalled({ path: "auth_status" }, 4));
    world.simulator.answer(push?.number ?? -1, "approve");
    assertEquals((await pumpUntil(clock, exchange.result)).kind, "accept");
    assertEquals(world.asked("auth"), 1);
  });

  Deno.test(`429 is waited out within the deadline (version ${version})`, async () => {
    const { world, clock } = await start({ application });
    await using _ = world;
    world.simulator.addFault({
      match: { path: "preauth" },
      do: { kind: "status", status: 429, code: 42901 },
      times: 1,
    });
    world.simulator.addFault({
      match: { path: "preauth" },
      do: { kind: "status", status: 429, code: 42901, retryAfter: "2" },
      times: 1,
    });
    const login = world.ask("alice", "123456");
    assertEquals((await pumpUntil(clock, login)).kind, "accept");
    assertEquals(world.asked("preauth"), 3);
  });
}

Deno.test("a push that nobody answers ends as a timeout, and the event names Duo's transaction", async () => {
  for (const { application } of versions) {
    const { world, clock } = await start({ application, lines: ["login_timeout=20"] });
    await using _ = world;
    const login = world.ask("heidi", "push");
    await world.simulator.whenPending();
    const result = await pumpUntil(clock, login);
    assertEquals([result.kind, shown(result)], ["reject", "Login timed out"]);
    const [event] = world.events;
    assertEquals([event?.reason, event?.factor], ["timeout", "push"]);
    assertEquals(event?.txid, world.simulator.findCalls({ path: "auth" })[0]?.txid);
  }
});

Deno.test("after three users that met an outage nobody waits, until a pair of probes is answered", async () => {
  const { world, clock } = await start({ application: "auth", lines: ["failmode=secure"] });
  await using _ = world;
  const { simulator } = world;
  // Version 2 is known to take preauth: nobody waits for another's first call.
  assertEquals((await world.ask("alice", "123456")).kind, "accept");
  const pings = world.asked("ping");
  simulator.addFault({ do: { kind: "hang" } });
  const first = ["alice", "bob", "carol"].map((user) => world.ask(user, "push"));
  await simulator.whenCalled({ path: "preauth" }, 4);
  await clock.advance(6_000);
  await simulator.whenCalled({ path: "ping" }, pings + 1);
  await clock.advance(500);
  await simulator.whenCalled({ path: "ping" }, pings + 2);
  await clock.advance(3_000);
  assertEquals((await Promise.all(first)).map(({ kind }) => kind), ["reject", "reject", "reject"]);
  const asked = simulator.calls.length;
  assertEquals((await world.ask("dave", "push")).kind, "reject");
  assertEquals(simulator.calls.length, asked);
  assertEquals(world.events.slice(1).map(({ failmode }) => failmode), Array(4).fill("secure"));
  simulator.clearFaults();
  await clock.advance(5_000);
  await simulator.whenCalled({ path: "check", outcome: "answered" }, 2);
  // The proxy has to read the answers to its probes.
  while (world.proxy.generation.sections[0]?.duo.silent) await clock.advance(0);
  assertEquals((await world.ask("alice", "push")).kind, "accept");
});

/** Remembers how calls to Duo ended. */
class Outcomes extends Metrics {
  readonly seen: string[] = [];

  override duoCall(path: string, milliseconds: number, outcome: string): void {
    this.seen.push(outcome);
    super.duoCall(path, milliseconds, outcome);
  }
}

Deno.test("at most 64 connections to Duo are being opened at one time", async () => {
  await using silent = silentPeer();
  const clock = new FakeClock();
  await using world = await World.start({ clock, lines: [`api_port=${silent.port}`, "api_version=1"] });
  const logins = Array.from({ length: 100 }, (_, index) => world.ask(`user${index}`, "push"));
  // Probes have places of their own among them.
  while ((silent.connections ?? 0) < maxHandshakes - witnessHandshakes) await clock.advance(0);
  for (let count = 0; count < 20; count++) await clock.advance(0);
  assertLessOrEqual(silent.connections ?? 0, 64);
  assertEquals(world.proxy.pendingLogins, 100);
  await world.proxy[Symbol.asyncDispose]();
  await Promise.all(logins);
});

Deno.test("one line at the start says which version of the API is used, and why", async () => {
  for (const { version, application } of versions) {
    const { world, clock } = await start({ application });
    await using _ = world;
    while (!world.log.some(({ message }) => message.includes("accepts the keys"))) await clock.advance(0);
    const lines = world.log.filter(({ message }) => /version [12]/.test(message));
    assertEquals(lines.length, 1);
    const why = version === 1 ? "version 2 refused the application's type (40301)" : "tried first (api_version=auto)";
    assertStringIncludes(lines[0]?.message ?? "", `using version ${version} of its API: ${why}`);
  }
});

Deno.test("a certificate that is not trusted has a reason of its own", async () => {
  for (const failmode of ["safe", "secure"] as const) {
    const observer = new Outcomes(systemClock);
    const { world } = await start({ lines: [`failmode=${failmode}`], proxy: { observer } });
    await using _ = world;
    await world.simulator.setCertificate("self-signed");
    assertEquals((await world.ask("alice", "push")).kind, failmode === "safe" ? "accept" : "reject");
    assertEquals(world.events.map(({ reason, failmode }) => [reason, failmode]), [["duo-untrusted", failmode]]);
    assertStringIncludes(world.events[0]?.msg ?? "", "certificate is not trusted");
    assertGreaterOrEqual(observer.seen.filter((outcome) => outcome === "untrusted").length, 2);
  }
});

Deno.test("twenty first logins at once with a RADIUS-type ikey cost one refused call to version 2", async () => {
  await using world = await World.start({ application: "radius" });
  const results = await Promise.all(Array.from({ length: 20 }, () => world.ask("alice", "push")));
  assertEquals(results.map(({ kind }) => kind), Array(20).fill("accept"));
  const refused = world.simulator.calls.filter(({ version, code }) => version === 2 && code === 40301);
  assertEquals(refused.length, 1);
});

/** Lets simulated time pass until something real has happened. */
async function pumpUntil<Result>(clock: FakeClock, goal: Promise<Result>): Promise<Result> {
  let over = false;
  const done = goal.finally(() => over = true);
  while (!over) {
    await clock.advance(20);
    // Sockets are only looked at between timers of the runtime itself.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return await done;
}
