/**
 * The accounting port of a running proxy: when it is open, and who finds it.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { allChecks } from "../../lib/check/all.ts";
import { systemMachine } from "../../lib/check/machine.ts";
import { runChecks } from "../../lib/check/runner.ts";
import { RadiusClient } from "../../lib/radius/client.ts";
import { systemClock } from "../../lib/clock.ts";
import { freePort, sharedSecret, World } from "../kit/world.ts";

function open(world: World): readonly string[] {
  return world.proxy.listening.map(({ serves }) => serves);
}

Deno.test("accounting=acknowledge opens its port, a reload opens and closes it, and connectivity-check knows it", async () => {
  const port = freePort();
  const lines = ["accounting=acknowledge", `accounting_port=${port}`];
  await using world = await World.start();
  assertEquals(open(world), ["logins"]);
  const [login] = world.proxy.listening;
  const own = `port=${login?.port}`;
  assertEquals(world.proxy.reload(await world.config([own, ...lines])).kind, "reloaded");
  assertEquals(open(world), ["logins", "accounting"]);
  {
    await using client = new RadiusClient({
      socket: Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
      server: { hostname: "127.0.0.1", port },
      secret: new TextEncoder().encode(sharedSecret),
      clock: systemClock,
    });
    assertEquals((await client.statusServer()).kind, "accept");
  }
  const results = await runChecks({
    findings: [],
    sections: [],
    servers: world.proxy.generation.config.servers,
  }, { machine: systemMachine, checks: allChecks.filter(({ name }) => name === "listen-port"), timeout: 60_000 });
  assertEquals(results.map(({ status }) => status), ["ok", "ok"]);
  assertMatch(results[1]?.message ?? "", new RegExp(`^UDP port ${port} \\(accounting\\) .* is in use by this proxy`));
  assertEquals(world.proxy.reload(await world.config([own])).kind, "reloaded");
  assertEquals(open(world), ["logins"]);
});

Deno.test("an accounting port that is taken is a failed port of its section", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const port = socket.addr.transport === "udp" ? socket.addr.port : 0;
    await using world = await World.start({ lines: ["accounting=acknowledge", `accounting_port=${port}`] });
    assertEquals(world.proxy.failed.map(({ sections }) => sections), [["radius_server_duo_only"]]);
    assertEquals(open(world), ["logins"]);
  } finally {
    socket.close();
  }
});
