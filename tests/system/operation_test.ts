/**
 * Reload, shutdown, overload, and what may leave the proxy.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "#std/assert";
import fc from "fast-check";
import { systemClock } from "../../lib/clock.ts";
import { RadiusClient } from "../../lib/radius/client.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { freePort, sharedSecret, shown, versions, World } from "../support/world.ts";

Deno.test("a reload exchanges sections and secrets and loses no login under way", async () => {
  await using world = await World.start();
  const underWay = await world.begin("heidi", "push");
  const [push] = await world.simulator.whenPending();
  const config = await world.config([`port=${freePort()}`, "radius_secret_1=another secret of the gateways"]);
  assertEquals(world.proxy.reload(config).kind, "reloaded");
  const [address] = world.proxy.listening;
  assertEquals(address?.port, config.servers[0]?.port);
  world.simulator.answer(push?.number ?? -1, "approve");
  assertEquals((await underWay.result).kind, "accept");
  await using gateway = new RadiusClient({
    socket: Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
    server: { hostname: "127.0.0.1", port: address?.port ?? 0 },
    secret: new TextEncoder().encode("another secret of the gateways"),
    clock: systemClock,
  });
  assertEquals((await gateway.login({ user: "alice", password: "push" })).kind, "accept");
});

Deno.test("a reload that keeps the port keeps the memory of what was answered", async () => {
  await using world = await World.start();
  const port = world.proxy.listening[0]?.port;
  const first = await world.begin("alice", "123456");
  assertEquals((await first.result).kind, "accept");
  const asked = world.asked("auth");
  assertEquals(world.proxy.reload(await world.config([`port=${port}`])).kind, "reloaded");
  await first.repeat();
  await world.gateway().statusServer();
  assertEquals(world.asked("auth"), asked);
});

Deno.test("a reload whose new port is taken changes nothing", async () => {
  await using world = await World.start();
  const taken = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  using _ = { [Symbol.dispose]: () => taken.close() };
  const port = taken.addr.transport === "udp" ? taken.addr.port : 0;
  const before = world.proxy.listening;
  const result = world.proxy.reload(await world.config([`port=${port}`]));
  assertEquals(result.kind, "refused");
  assertStringIncludes(result.kind === "refused" && result.failed[0]?.reason || "", `ss -ulpn 'sport = :${port}'`);
  assertEquals(world.proxy.listening, before);
  assertEquals((await world.ask("alice", "push")).kind, "accept");
});

Deno.test("a reload that moves a port to another interface is refused with the reason, and nothing is lost", async () => {
  await using world = await World.start();
  const port = world.proxy.listening[0]?.port;
  const result = world.proxy.reload(await world.config([`port=${port}`, "interface=0.0.0.0"]));
  assertStringIncludes(result.kind === "refused" && result.failed[0]?.reason || "", "needs a restart");
  assertEquals((await world.ask("alice", "push")).kind, "accept");
});

Deno.test("max_pending raised by a reload is said to wait for the next start", async () => {
  await using world = await World.start({ lines: ["max_pending=2"] });
  const port = world.proxy.listening[0]?.port;
  assertEquals(world.proxy.reload(await world.config([`port=${port}`, "max_pending=5"])).kind, "reloaded");
  assertStringIncludes(world.log.map(({ message }) => message).join("\n"), "beyond 2 logins");
});

Deno.test("a shutdown waits for logins under way and rejects those that take too long", async () => {
  const clock = new FakeClock(Date.now());
  await using world = await World.start({ clock });
  const quick = await world.begin("heidi", "push");
  const [push] = await world.simulator.whenPending(1);
  const slow = await world.begin("heidi", "push");
  await world.simulator.whenPending(2);
  const stopped = world.proxy.stop(10_000);
  world.simulator.answer(push?.number ?? -1, "approve");
  assertEquals((await quick.result).kind, "accept");
  await clock.advance(10_000);
  const rejected = await slow.result;
  assertEquals([rejected.kind, shown(rejected)], ["reject", "Login refused: the proxy is stopping"]);
  await stopped;
  assertEquals(clock.pending, 0);
});

Deno.test("logins beyond max_pending are rejected as overloaded, whatever the failmode", async () => {
  await using world = await World.start({ lines: ["max_pending=2", "failmode=safe"] });
  await world.begin("heidi", "push");
  await world.begin("heidi", "push");
  const pushes = await world.simulator.whenPending(2);
  const third = await world.ask("alice", "push");
  assertEquals([third.kind, world.events[0]?.reason, world.events[0]?.failmode], ["reject", "overloaded", null]);
  for (const { number } of pushes) world.simulator.answer(number, "deny");
});

for (const { version, application } of versions) {
  Deno.test(`nothing but a factor or a passcode is ever sent to Duo (version ${version})`, async () => {
    await using world = await World.start({ application, lines: ["join_repeats=off"] });
    const gateway = world.gateway();
    const piece = fc.oneof(
      fc.constantFrom(
        "push",
        "phone",
        "sms",
        "auto",
        "push2",
        "PUSH",
        "passcode",
        ",",
        " ",
        "123456",
        "12 34",
        "\u0000",
        "é",
      ),
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.stringMatching(/^[cbdefghijklnrtuv]{30,66}$/),
    );
    const typed = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join("").toWellFormed())
      .filter((text) => new TextEncoder().encode(text).length <= 128);
    await fc.assert(
      fc.asyncProperty(typed, async (password) => {
        const result = await gateway.login({ user: "oliver", password });
        assertEquals(result.kind, "reject");
      }),
      { numRuns: 300, seed: 20_261_125 },
    );
    // oliver is unknown to Duo, so auth is reached by nobody above; alice's attempts reach it.
    await fc.assert(
      fc.asyncProperty(typed, async (password) => {
        await gateway.login({ user: "alice", password });
      }),
      { numRuns: 300, seed: 20_261_126 },
    );
    const allowed = /^(push|phone|sms)([1-9][0-9]?)?$|^auto$|^[0-9]+$|^[cbdefghijklnrtuv]{32,64}$/;
    const sent = world.simulator.findCalls({ path: "auth" }).flatMap(({ params }) =>
      version === 1 ? [params["auto"] ?? ""] : [params["passcode"] ?? params["factor"] ?? ""]
    );
    assertEquals(sent.filter((text) => !allowed.test(text)), []);
    assertEquals(sent.length > 50, true);
    const others = world.simulator.calls.flatMap(({ params }) => Object.keys(params));
    assertEquals([...new Set(others)].sort().every((name) => knownParams.has(name)), true);
  });
}

const knownParams = new Set(["username", "user", "factor", "auto", "passcode", "device", "async", "ipaddr", "txid"]);

Deno.test("debug=true shows packets and calls, and no secret, password or passcode", async () => {
  for (const { application } of versions) {
    await using world = await World.start({ application, main: ["debug=true"] });
    for (const typed of ["hunter2hunter2", "push", "987654321", "cccccccbcjdifctrndncchkftchjlnbhvhtugdljibej"]) {
      await world.ask("alice", typed);
    }
    const log = [...world.log.map(({ message }) => message), ...world.events.map((event) => JSON.stringify(event))]
      .join("\n");
    assertStringIncludes(log, "Access-Request: Message-Authenticator=");
    assertStringIncludes(log, "User-Name=alice User-Password=*****");
    assertStringIncludes(log, "/preauth user");
    for (const secret of ["hunter2", "987654321", "cccccccbcjdi", sharedSecret, "NotASecret"]) {
      assertEquals(log.includes(secret), false, secret);
    }
  }
});
