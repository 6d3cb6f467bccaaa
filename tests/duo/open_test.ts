/**
 * What is opened to speak to Duo, against the simulator.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import type { CallLimits } from "../../lib/duo/api.ts";
import { type DuoAccount, type DuoMeans, openApi, openService } from "../../lib/duo/open.ts";
import { OutageMemories } from "../../lib/duo/outage.ts";
import { Gate } from "../../lib/net/gate.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";

const means: DuoMeans = {
  clock: systemClock,
  random: { number: () => 0, octets: (length) => new Uint8Array(length) },
  userAgent: "duoproxy/test",
  openSocket: () => ({ close: () => {} }),
  handshakes: new Gate(8),
};

function accountAt(simulator: DuoSimulator, changes: Partial<DuoAccount> = {}): DuoAccount {
  const [application] = simulator.applications;
  if (application === undefined) throw new Error("The simulator has no application");
  return {
    ikey: application.ikey,
    skey: { reveal: () => application.skey },
    apiHost: simulator.host,
    apiPort: simulator.port,
    apiTimeout: 0,
    apiVersion: "auto",
    signature: "hmac-sha1",
    caCerts: simulator.caPem,
    httpProxy: undefined,
    ...changes,
  };
}

function soon(): CallLimits {
  return { deadline: systemClock.now() + 30_000, signal: new AbortController().signal };
}

Deno.test("openApi() opens no connection before the first call, tells of a move to version 1 once, and closes all", async () => {
  await using simulator = await DuoSimulator.start();
  const moved: string[] = [];
  {
    await using api = openApi(accountAt(simulator), means, { moved: ({ version }) => moved.push(`${version}`) });
    assertEquals(simulator.counters.connections, 0);
    assertEquals((await api.connection.ping(soon())).kind, "pong");
    assertEquals((await api.versions.check(soon())).kind, "valid");
    assertEquals((await api.versions.check(soon())).kind, "valid");
    assertEquals([api.versions.choice.version, moved], [1, ["1"]]);
  }
  const gone = openApi(accountAt(simulator), means);
  await gone[Symbol.asyncDispose]();
  assertEquals((await gone.connection.ping(soon())).kind, "aborted");
});

Deno.test("openApi() signs with the key as it is at the moment, and stays on the version that is set", async () => {
  await using simulator = await DuoSimulator.start();
  let key = "wrongKeyWrongKeyWrongKeyWrongKeyWrongKey";
  await using api = openApi(accountAt(simulator, { skey: { reveal: () => key }, apiVersion: 1 }), means);
  assertEquals((await api.versions.check(soon())).kind, "refused");
  key = simulator.applications[0]?.skey ?? "";
  assertEquals((await api.versions.check(soon())).kind, "valid");
  assertEquals(simulator.counters.endpoints, { "v1/check": 2 });
});

Deno.test("openService() tells how each call ended, and of a certificate that is not accepted", async () => {
  await using simulator = await DuoSimulator.start();
  const calls: string[] = [];
  await using opened = openService(
    accountAt(simulator),
    { ...means, outages: new OutageMemories(systemClock) },
    { log: () => {}, called: (path, _milliseconds, outcome) => calls.push(`${path} ${outcome}`) },
  );
  assertEquals((await opened.service.ping(soon())).kind, "pong");
  await simulator.setCertificate("other-ca");
  assertEquals((await opened.service.ping(soon())).kind, "unavailable");
  assertEquals(calls, ["/auth/v2/ping answer", "/auth/v2/ping untrusted"]);
});

Deno.test("accounts reached in one way share what is known of an outage, and no others", async () => {
  await using simulator = await DuoSimulator.start();
  const asked: string[] = [];
  const outages = new class extends OutageMemories {
    override of(way: string): ReturnType<OutageMemories["of"]> {
      asked.push(way);
      return super.of(way);
    }
  }(systemClock);
  const listeners = { log: () => {}, called: () => {} };
  const changes: readonly Partial<DuoAccount>[] = [
    {},
    { apiTimeout: 5, apiVersion: 1, skey: { reveal: () => "" } },
    { ikey: "DIXXXXXXXXXXXXXXXXXX" },
    { apiPort: 1 },
    { caCerts: undefined },
    { httpProxy: { host: "127.0.0.1", port: 3128 } },
  ];
  for (const change of changes) {
    await using _opened = openService(accountAt(simulator, change), { ...means, outages }, listeners);
  }
  assertEquals(asked.map((way) => asked.indexOf(way)), [0, 0, 2, 3, 4, 5]);
});
