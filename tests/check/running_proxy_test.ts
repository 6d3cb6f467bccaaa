/**
 * The checks beside a proxy that is running: its own ports, and the checks at the start of `serve`.
 *
 * @module
 */

import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import { allChecks } from "../../lib/check/all.ts";
import { systemMachine } from "../../lib/check/machine.ts";
import { runChecks } from "../../lib/check/runner.ts";
import { logConnectivity } from "../../lib/check/startup.ts";
import { radiusSkey } from "../../lib/simulator/applications.ts";
import { World } from "../kit/world.ts";
import { Peer } from "./peers.ts";
import { Rig } from "./rig.ts";

for (const gateway of ["127.0.0.0/8", "192.0.2.1"]) {
  Deno.test(`the proxy's own port is recognised where its gateways are ${gateway}, and nobody else's`, async () => {
    await using world = await World.start({ lines: [`radius_ip_1=${gateway}`] });
    const { servers } = world.proxy.generation.config;
    const port = async (changed = servers): Promise<string> => {
      const [result] = await runChecks({ findings: [], sections: [], servers: changed }, {
        machine: systemMachine,
        checks: allChecks.filter(({ name }) => name === "listen-port"),
        timeout: 60_000,
      });
      return `${result?.status}: ${result?.message}`;
    };
    assertMatch(await port(), /^ok: UDP port \d+ on 127\.0\.0\.1 is in use by this proxy, which is running/);
    const other = await world.config([`radius_secret_1=another secret of that length`]);
    const [mine] = servers;
    const [its] = other.servers;
    assert(mine !== undefined && its !== undefined);
    assertMatch(await port([{ ...its, port: mine.port }]), /^failed: .* is taken by another program/);
    // Asking is no login, and a stranger who knows no secret is dropped.
    assertEquals(world.events.length, 0);
    assert(world.dropped.length > 0);
  });
}

Deno.test("the status port: free, taken by a running duoproxy, taken by something else", async () => {
  await using rig = await Rig.start();
  const state = async (port: number): Promise<string> => {
    const { checks } = await rig.check({ main: [`status_port=${port}`], options: { only: ["status-port"] } });
    return `${checks[0]?.status}: ${checks[0]?.message}`;
  };
  const free = await Peer.start(() => {});
  const { port } = free;
  await free[Symbol.asyncDispose]();
  assertMatch(await state(port), /^ok: .* is free$/);
  await using own = await Peer.answering(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\n  "schema": 1,\n  "program": "duoproxy"\n}\n',
  );
  assertMatch(await state(own.port), /^ok: .* in use by a running duoproxy$/);
  await using other = await Peer.answering("HTTP/1.1 404 Not Found\r\n\r\n");
  assertMatch(await state(other.port), /^failed: .* taken by another program$/);
});

Deno.test("test_connectivity_on_startup logs each result at its level, without secrets, and ends when told", async () => {
  await using world = await World.start();
  const { config } = world.proxy.generation;
  const log: { readonly level: string; readonly message: string }[] = [];
  const events = { log: (level: string, message: string): void => void log.push({ level, message }) };
  world.simulator.setSkew(600);
  await logConnectivity(config, events, new AbortController().signal);
  assertEquals(log.map(({ level, message }) => `${level} ${message.split(":")[0]}`), [
    "info Connectivity check name-resolution",
    "info Connectivity check tcp",
    "info Connectivity check tls",
    "info Connectivity check ping",
    "warning Connectivity check clock",
    "info Connectivity check keys",
    "info Connectivity check api-version",
  ]);
  assertFalse(log.some(({ message }) => message.includes(radiusSkey)));
  log.length = 0;
  await logConnectivity(config, events, AbortSignal.abort());
  assertEquals(log, []);
});
