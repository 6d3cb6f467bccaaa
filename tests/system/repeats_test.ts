/**
 * Repeats: what joins a login under way, and what must not.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Attribute, attributeType, encodeVendorAttributes } from "../../lib/radius/attributes.ts";
import type { Exchange, LoginResult } from "../../lib/radius/client.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import { integer, text, versions, World } from "../kit/process_world.ts";

const station = text(attributeType.callingStationId, "192.0.2.7");

function nasPort(port: number): Attribute {
  return integer(attributeType.nasPort, port);
}

function auditSession(id: string): Attribute {
  return encodeVendorAttributes(9, [{ type: 1, value: new TextEncoder().encode(`audit-session-id=${id}`) }]);
}

/** One login, after which the gateway's next values are its second ones: what it never changes tells no sessions apart. */
async function teach(world: World): Promise<void> {
  const attributes = [
    station,
    nasPort(6),
    text(attributeType.acctSessionId, "s0"),
    text(attributeType.nasPortId, "tunnel 4"),
  ];
  assertEquals((await world.ask("alice", "123456", attributes)).kind, "accept");
  world.events.length = 0;
  world.simulator.clearCalls();
}

/** Approves all pushes that wait, and gives the kinds of the answers. */
async function approveAll(world: World, exchanges: readonly Exchange[]): Promise<string[]> {
  for (const { number } of world.simulator.pending) world.simulator.answer(number, "approve");
  return (await Promise.all(exchanges.map(({ result }) => result))).map(({ kind }: LoginResult) => kind);
}

for (const { version, application } of versions) {
  Deno.test(`200 retransmissions, half of them with new identifiers and ports, are one push (version ${version})`, async () => {
    await using world = await World.start({ application });
    await teach(world);
    const attributes = [station, nasPort(7)];
    const first = await world.begin("heidi", "push", attributes);
    await world.simulator.whenPending();
    const others: Exchange[] = [];
    for (let count = 0; count < 100; count++) {
      await first.retransmit();
      others.push(await world.begin("heidi", "push", attributes));
    }
    await world.fence();
    assertEquals(world.simulator.pending.length, 1);
    assertEquals(await approveAll(world, [first, ...others]), Array(101).fill("accept"));
    assertEquals([world.asked("preauth"), world.asked("auth")], [1, 1]);
    assertEquals(await world.joined(), 100);
    // A repeat of what was answered gets the same octets, and asks nobody.
    await first.retransmit();
    await world.fence();
    assertEquals(world.asked("preauth"), 1);
    await world.settled();
    assertEquals(world.events.map(({ reason }) => reason), ["approved", ...Array(100).fill("joined")]);
  });
}

Deno.test("a repeat of an answered request gets the same octets again", async () => {
  await using world = await World.start();
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const model = await world.begin("alice", "123456");
    await model.result;
    const to = { transport: "udp" as const, hostname: "127.0.0.1", port: world.port };
    await socket.send(model.bytes, to);
    const [first] = await socket.receive();
    await socket.send(model.bytes, to);
    const [second] = await socket.receive();
    assertEquals(second, first);
    assertEquals(first[0], packetCode.accessAccept);
    // The request came from two ports, signed: it is the same login at both.
    assertEquals(world.asked("auth"), 1);
  } finally {
    socket.close();
  }
});

/** Two requests, as [attributes, attributes], that must be two pushes. */
const apart: readonly (readonly [why: string, first: Attribute[], second: Attribute[]])[] = [
  ["they differ only in NAS-Port", [station, nasPort(1)], [station, nasPort(2)]],
  ["nothing tells sessions apart", [station], [station]],
  ["NAS-Port is 0", [station, nasPort(0)], [station, nasPort(0)]],
  ["the sessions differ", [station, auditSession("0a1b")], [station, auditSession("0a1c")]],
  ["another attribute differs", [auditSession("0a1b"), text(77, "1")], [auditSession("0a1b"), text(77, "2")]],
];

for (const [why, first, second] of apart) {
  Deno.test(`two requests are two pushes where ${why}`, async () => {
    await using world = await World.start();
    await teach(world);
    const exchanges = [await world.begin("heidi", "push", first)];
    await world.simulator.whenPending(1);
    exchanges.push(await world.begin("heidi", "push", second));
    await world.simulator.whenPending(2);
    assertEquals(await approveAll(world, exchanges), ["accept", "accept"]);
    assertEquals([await world.joined(), world.asked("auth")], [0, 2]);
  });
}

/** Two requests that are one login. */
const same: readonly (readonly [why: string, first: Attribute[], second: Attribute[]])[] = [
  ["Cisco's audit-session-id is the same", [auditSession("0a1b")], [auditSession("0a1b")]],
  ["Acct-Session-Id is the same", [text(attributeType.acctSessionId, "s1")], [text(attributeType.acctSessionId, "s1")]],
  ["NAS-Port-Id is the same", [station, text(attributeType.nasPortId, "tunnel 5")], [
    station,
    text(attributeType.nasPortId, "tunnel 5"),
  ]],
  [
    "only Proxy-State, Event-Timestamp and Acct-Delay-Time differ",
    [
      station,
      nasPort(9),
      text(attributeType.proxyState, "1"),
      integer(attributeType.eventTimestamp, 1),
      integer(attributeType.acctDelayTime, 0),
    ],
    [
      station,
      nasPort(9),
      text(attributeType.proxyState, "2"),
      integer(attributeType.eventTimestamp, 2),
      integer(attributeType.acctDelayTime, 5),
    ],
  ],
];

for (const [why, first, second] of same) {
  Deno.test(`two requests are one push where ${why}`, async () => {
    await using world = await World.start();
    await teach(world);
    const exchanges = [await world.begin("heidi", "push", first)];
    await world.simulator.whenPending();
    exchanges.push(await world.begin("heidi", "push", second));
    await world.fence();
    assertEquals(await approveAll(world, exchanges), ["accept", "accept"]);
    assertEquals([await world.joined(), world.asked("auth")], [1, 1]);
  });
}

Deno.test("a NAS-Port that two logins of the gateway carry tells nothing", async () => {
  await using world = await World.start();
  await teach(world);
  const exchanges = [await world.begin("heidi", "push", [station, nasPort(5)])];
  await world.simulator.whenPending(1);
  exchanges.push(await world.begin("oscar", "push", [station, nasPort(5)]));
  await world.simulator.whenCalled({ path: "auth" }, 2);
  const third = await world.begin("heidi", "push", [station, nasPort(5)]);
  await world.simulator.whenCalled({ path: "auth" }, 3);
  assertEquals(await world.joined(), 0);
  for (const { number } of world.simulator.pending) world.simulator.answer(number, "deny");
  assertEquals((await third.result).kind, "reject");
});

Deno.test("a thief's pending push is not joined by the owner's login", async () => {
  // Both come through one gateway behind one address, as in an office, with the same password: only the session differs.
  await using world = await World.start();
  await teach(world);
  const thief = await world.begin("heidi", "push", [station, nasPort(101)]);
  const [thiefsPush] = await world.simulator.whenPending(1);
  const owner = await world.begin("heidi", "push", [station, nasPort(102)]);
  const pushes = await world.simulator.whenPending(2);
  const ownersPush = pushes.find(({ number }) => number !== thiefsPush?.number);
  world.simulator.answer(ownersPush?.number ?? -1, "approve");
  assertEquals((await owner.result).kind, "accept");
  world.simulator.answer(thiefsPush?.number ?? -1, "deny");
  assertEquals((await thief.result).kind, "reject");
});

Deno.test("a repeated passcode is not burnt twice", async () => {
  await using world = await World.start({ application: "auth" });
  world.simulator.addFault({ match: { path: "auth" }, do: { kind: "delay", ms: 50 } });
  const exchanges = await Promise.all([1, 2, 3].map(() => world.begin("alice", "100001", [auditSession("77")])));
  const results = await Promise.all(exchanges.map(({ result }) => result));
  assertEquals(results.map(({ kind }) => kind), ["accept", "accept", "accept"]);
  assertEquals(world.asked("auth"), 1);
});

Deno.test("join_repeats=off makes each request a login", async () => {
  await using world = await World.start({ lines: ["join_repeats=off"] });
  await teach(world);
  const exchanges = [
    await world.begin("heidi", "push", [station, nasPort(7)]),
    await world.begin("heidi", "push", [station, nasPort(7)]),
  ];
  await world.simulator.whenPending(2);
  assertEquals(await approveAll(world, exchanges), ["accept", "accept"]);
});

Deno.test("another gateway is another login", async () => {
  await using world = await World.start();
  await teach(world);
  const first = await world.gateway("127.0.0.1").begin({
    user: "heidi",
    password: "push",
    attributes: [station, nasPort(7)],
  });
  await world.simulator.whenPending(1);
  const second = await world.gateway("127.0.0.2").begin({
    user: "heidi",
    password: "push",
    attributes: [station, nasPort(7)],
  });
  await world.simulator.whenPending(2);
  assertEquals(await approveAll(world, [first, second]), ["accept", "accept"]);
});
