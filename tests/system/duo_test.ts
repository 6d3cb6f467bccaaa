/**
 * The way to Duo: what is repeated and what is not, which version is used, and how a login that nobody answers ends.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { tunnelProxy } from "../kit/http_proxies.ts";
import { shown, versions, World } from "../kit/process_world.ts";

for (const { version, application } of versions) {
  Deno.test(`a connection cut while a push is waited for does not lose the login (version ${version})`, async () => {
    await using world = await World.start({ application });
    world.simulator.addFault({ match: { path: "auth_status" }, do: { kind: "cut-in-status-poll" }, times: 3 });
    const exchange = await world.begin("heidi", "push");
    const [push] = await world.simulator.whenPending();
    await world.simulator.whenCalled({ path: "auth_status" }, 4);
    world.simulator.answer(push?.number ?? -1, "approve");
    assertEquals((await exchange.result).kind, "accept");
    assertEquals(world.asked("auth"), 1);
  });

  Deno.test(`a kept connection that died costs preauth one more try, and auth nothing twice (version ${version})`, async () => {
    await using world = await World.start({ application, lines: ["failmode=safe"] });
    assertEquals((await world.ask("alice", "123456")).kind, "accept");
    world.simulator.addFault({ match: { path: "preauth", reused: true }, do: { kind: "cut-after-read" } });
    const before = world.asked("preauth");
    assertEquals((await world.ask("alice", "123456")).kind, "accept");
    assertEquals(world.asked("preauth") - before, 2);
    world.simulator.clearFaults();
    world.simulator.addFault({ match: { path: "auth", reused: true }, do: { kind: "cut-after-read" } });
    const sent = world.asked("auth");
    assertEquals((await world.ask("alice", "push")).kind, "reject");
    assertEquals(world.asked("auth") - sent, 1);
  });

  Deno.test(`429 is waited out within the deadline (version ${version})`, async () => {
    await using world = await World.start({ application });
    const busy = { kind: "status", status: 429, code: 42901 } as const;
    world.simulator.addFault({ match: { path: "preauth" }, do: busy, times: 1 });
    world.simulator.addFault({ match: { path: "preauth" }, do: { ...busy, retryAfter: "1" }, times: 1 });
    assertEquals((await world.ask("alice", "123456")).kind, "accept");
    assertEquals(world.asked("preauth"), 3);
  });

  Deno.test(`a push that nobody answers ends as a timeout, and the event names Duo's transaction (version ${version})`, async () => {
    await using world = await World.start({ application, lines: ["login_timeout=5"] });
    const result = await world.ask("heidi", "push");
    assertEquals([result.kind, shown(result)], ["reject", "Login timed out"]);
    const [event] = world.events;
    assertEquals([event?.reason, event?.factor], ["timeout", "push"]);
    assertEquals(event?.txid, world.simulator.findCalls({ path: "auth" })[0]?.txid);
    assertEquals((await world.status()).pending_logins, 0);
  });

  Deno.test(`a clock that is off by ten minutes is corrected, and no login is lost (version ${version})`, async () => {
    await using world = await World.start({ application, simulator: { skew: 600 } });
    assertEquals((await world.ask("alice", "push")).kind, "accept");
    await world.logged(/600 s behind/);
  });
}

Deno.test("an HTTP proxy that lets us through is used for everything", async () => {
  await using relay = tunnelProxy();
  await using world = await World.start({ lines: ["http_proxy_host=127.0.0.1", `http_proxy_port=${relay.port}`] });
  assertEquals((await world.ask("alice", "push")).kind, "accept");
  assertEquals([...relay.targets], [`127.0.0.1:${world.simulator.port}`]);
});

Deno.test("api_version=2 with an application of another type rejects, and the log names 40301 and the type", async () => {
  await using world = await World.start({ application: "radius", lines: ["api_version=2", "failmode=safe"] });
  assertEquals((await world.ask("alice", "push")).kind, "reject");
  await world.logged(/\[error\].*40301.*application type/);
  assertEquals(world.simulator.calls.filter(({ version }) => version === 1).length, 0);
});

Deno.test("api_version=1 calls nothing of version 2 but ping", async () => {
  await using world = await World.start({ application: "auth", lines: ["api_version=1"] });
  assertEquals((await world.ask("alice", "push")).kind, "accept");
  const paths = new Set(world.simulator.calls.filter(({ version }) => version === 2).map(({ path }) => path));
  assertEquals([...paths], ["/auth/v2/ping"]);
});

Deno.test("a 40301 that comes only at auth is finished on version 1 with one push", async () => {
  const application = {
    name: "Half open",
    ikey: "DIHALFOPENAPPLICATIO",
    skey: "halfOpenApplicationNotASecret00000000001",
    v1: { refused: "none", code: 40301 },
    v2: { refused: ["auth"], code: 40301 },
  } as const;
  await using world = await World.start({ application, simulator: { applications: [application] } });
  assertEquals((await world.ask("alice", "push")).kind, "accept");
  assertEquals([world.asked("auth", 2), world.asked("auth", 1)], [1, 1]);
  assertEquals(world.simulator.counters.pushes, 1);
  assertEquals((await world.ask("alice", "push")).kind, "accept");
  assertEquals([world.asked("auth", 2), world.asked("auth", 1)], [1, 2]);
});

Deno.test("twenty first logins at once with a RADIUS-type ikey cost one refused call to version 2", async () => {
  await using world = await World.start({ application: "radius" });
  const results = await Promise.all(Array.from({ length: 20 }, () => world.ask("alice", "push")));
  assertEquals(results.map(({ kind }) => kind), Array(20).fill("accept"));
  const refused = world.simulator.calls.filter(({ version, code }) => version === 2 && code === 40301);
  assertEquals(refused.length, 1);
  assertStringIncludes(world.log, "version 1");
});
