/**
 * Signed requests that come again, sent by the gateway or by whoever has captured them.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { attributeType, textAttribute } from "../../lib/radius/attributes.ts";
import { verifyMessageAuthenticator, verifyResponseAuthenticator } from "../../lib/radius/authenticator.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import { Replays } from "../../lib/radius/replays.ts";
import type { ServedGateway } from "../../lib/radius/request.ts";
import type { ServerLimits } from "../../lib/radius/server.ts";
import { settle } from "../kit/fake_clock.ts";
import { accessRequest, octets } from "./packets.ts";
import { Logins, secret, served, ServerFixture } from "./server_fixture.ts";
import { FakeSocket, peer } from "./sockets.ts";

const gateway = "192.0.2.1";
const day = 24 * 60 * 60 * 1_000;

/** A server whose sockets are a test's, and whose logins wait for it. */
class Rig implements AsyncDisposable {
  readonly socket = new FakeSocket();
  readonly logins = new Logins();
  readonly fixture: ServerFixture;

  constructor(
    { gateways, limits, replays }: {
      readonly gateways?: readonly ServedGateway[];
      readonly limits?: Partial<ServerLimits>;
      readonly replays?: Replays;
    } = {},
  ) {
    const usual = [served({ network: "192.0.2.0/24", handler: this.logins.handler })];
    this.fixture = new ServerFixture(this.socket, gateways ?? usual, limits, replays && { replays });
  }

  /** What the server sends when this comes: `port code` of each datagram. */
  async send(bytes: Uint8Array, port = 40_000, hostname = gateway): Promise<readonly string[]> {
    this.socket.deliver(bytes, peer(hostname, port));
    return await this.sent();
  }

  /** What the server has sent since the last call. */
  async sent(): Promise<readonly string[]> {
    await settle();
    return this.socket.sent.splice(0).map(({ bytes, to }) => {
      assert(to.transport === "udp");
      return `${to.port} ${bytes[0]}`;
    });
  }

  /** Decides a login, and gives what the server sends then. */
  async decide(index: number, kind: "accept" | "reject" = "accept"): Promise<readonly string[]> {
    this.logins.decide(index, { kind });
    return await this.sent();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
  }
}

Deno.test("a captured request sent from other ports while its login is under way begins none, and all are answered", async () => {
  await using rig = new Rig();
  const request = accessRequest(secret, { user: "alice" });
  for (const port of [1, 2, 3, 2]) assertEquals(await rig.send(request, port), []);
  assertEquals(rig.logins.requests.length, 1);
  assertEquals((await rig.decide(0)).toSorted(), ["1 2", "2 2", "3 2"]);
  assertEquals(await rig.send(request, 4), ["4 2"]);
  assertEquals(rig.logins.requests.length, 1);
  assertEquals(rig.fixture.observer.repeats, ["pending", "pending", "pending", "answered"]);
  assertEquals([rig.fixture.server.pending, rig.fixture.server.remembered.requests], [0, 1]);
});

Deno.test("a request that is signed again with another identifier gets the same verdict, encoded for it", async () => {
  await using rig = new Rig();
  const parts = { user: "alice", authenticator: new Uint8Array(16).fill(5), attributes: [textAttribute(33, "state")] };
  await rig.send(accessRequest(secret, { ...parts, identifier: 1 }));
  const again = accessRequest(secret, { ...parts, identifier: 2 });
  await rig.send(again);
  rig.logins.decide(0, { kind: "accept", message: "Welcome" });
  await settle();
  assertEquals(rig.logins.requests.length, 1);
  const reply = rig.socket.sent.find(({ bytes }) => bytes[1] === 2)?.bytes ?? new Uint8Array(20);
  assertEquals(reply[0], packetCode.accessAccept);
  assert(verifyResponseAuthenticator(reply, parts.authenticator, secret));
  assertEquals(verifyMessageAuthenticator(reply, parts.authenticator, secret), "valid");
});

Deno.test("from other ports as many wait as may, and the first is answered in any case", async () => {
  await using rig = new Rig();
  const request = accessRequest(secret, { user: "alice" });
  for (let port = 1; port <= 1_000; port++) await rig.socket.deliver(request, peer(gateway, port));
  await settle();
  assertEquals(rig.fixture.server.pending, 1);
  const sent = await rig.decide(0);
  assertEquals(sent.length, 17);
  assert(sent.includes("1 2"));
  assertEquals(await rig.send(request, 1_000), ["1000 2"], "and later the others, too");
});

Deno.test("after half a minute a captured request is rejected without a login, never met with silence, for a day", async () => {
  await using rig = new Rig();
  const request = accessRequest(secret, { user: "alice" });
  await rig.send(request);
  await rig.decide(0);
  for (const pass of [30_000, 60_000, day - 91_000]) {
    await rig.fixture.clock.advance(pass);
    for (const port of [40_000, 7]) assertEquals(await rig.send(request, port), [`${port} 3`]);
  }
  assertEquals(rig.logins.requests.length, 1);
  await rig.fixture.clock.advance(2_000);
  await rig.send(request);
  assertEquals(rig.logins.requests.length, 2, "what a day ago was sent is forgotten");
  await rig.decide(1);
});

Deno.test("an event about replays comes once a minute and address", async () => {
  const reported: string[] = [];
  const own = served({
    network: "192.0.2.0/24",
    rejectReplay: ({ source }, report) => {
      if (report) reported.push(source.address);
      return { kind: "reject" };
    },
  });
  await using rig = new Rig({ gateways: [own] });
  const request = accessRequest(secret, { user: "alice" });
  await rig.send(request);
  await rig.fixture.clock.advance(30_000);
  for (let count = 0; count < 100; count++) await rig.send(request, count + 1);
  await rig.send(request, 1, "192.0.2.2");
  assertEquals(reported, [gateway, "192.0.2.2"]);
  await rig.fixture.clock.advance(60_000);
  await rig.send(request);
  assertEquals(reported, [gateway, "192.0.2.2", gateway]);
  assertEquals(rig.fixture.observer.repeats.length, 102);
});

Deno.test("another address of the gateways gets no new login by it", async () => {
  await using rig = new Rig();
  const request = accessRequest(secret, { user: "alice" });
  await rig.send(request);
  await rig.send(request, 1, "192.0.2.2");
  assertEquals(rig.logins.requests.length, 1);
  await rig.decide(0);
  await rig.fixture.clock.advance(30_000);
  assertEquals(await rig.send(request, 1, "192.0.2.3"), ["1 3"]);
  assertEquals(rig.logins.requests.length, 1);
});

Deno.test("what came before is known over a reload, and at every port of the process", async () => {
  const replays = new Replays(0);
  await using rig = new Rig({ replays });
  await using other = new Rig({ replays });
  const request = accessRequest(secret, { user: "alice" });
  await rig.send(request);
  await rig.decide(0);
  await rig.fixture.clock.advance(30_000);
  await other.fixture.clock.advance(30_000);
  rig.fixture.server.setGateways([served({ network: "192.0.2.0/24", handler: rig.logins.handler })]);
  assertEquals(await rig.send(request, 1), ["1 3"]);
  assertEquals(await other.send(request, 1), ["1 3"]);
  assertEquals([rig.logins.requests.length, other.logins.requests.length], [1, 0]);
});

Deno.test("a section never gives out another one's verdict", async () => {
  const replays = new Replays(0);
  await using rig = new Rig({ replays });
  const second = new Logins();
  const gateways = [served({ network: "192.0.2.0/24", section: "radius_server_duo_only", handler: second.handler })];
  await using other = new Rig({ replays, gateways });
  const request = accessRequest(secret, { user: "alice" });
  await rig.send(request);
  assertEquals(await other.send(request), ["40000 3"]);
  await rig.decide(0);
  assertEquals(await other.send(request), ["40000 3"]);
  assertEquals(second.requests.length, 0);
});

Deno.test("a request that was turned away for want of room is no replay when it comes again", async () => {
  await using rig = new Rig({ limits: { maxPending: 1 } });
  await rig.send(accessRequest(secret, { user: "alice" }));
  const request = accessRequest(secret, { user: "bob", identifier: 2 });
  assertEquals(await rig.send(request), []);
  await rig.decide(0);
  await rig.send(request);
  assertEquals(await rig.decide(1), ["40000 2"]);
});

Deno.test("a captured request with port and identifier of a waiting login takes nothing from it", async () => {
  await using rig = new Rig();
  const captured = accessRequest(secret, { user: "alice" });
  await rig.send(captured);
  await rig.decide(0);
  await rig.fixture.clock.advance(40_000);
  const waiting = accessRequest(secret, { user: "alice" });
  await rig.send(waiting);
  assertEquals(await rig.send(captured), ["40000 3"]);
  await rig.send(waiting);
  assertEquals(rig.logins.requests.length, 2);
  assertEquals(await rig.decide(1), ["40000 2"]);
});

Deno.test("a gateway that signs different requests with one Request Authenticator repeats itself: it is served, and the log says so once", async () => {
  await using rig = new Rig();
  const authenticator = new Uint8Array(16).fill(1);
  const logins = ["alice", "bob", "carol"].map((user) => accessRequest(secret, { user, authenticator }));
  for (const [index, request] of logins.entries()) {
    await rig.send(request);
    assertEquals(await rig.decide(index), ["40000 2"]);
  }
  const other = accessRequest(secret, { user: "dora" });
  await rig.send(other, 1, "192.0.2.2");
  await rig.decide(3);
  // Within the half minute it is protected as any other.
  assertEquals(await rig.send(logins[1] ?? other, 9), ["9 2"]);
  assertEquals(rig.logins.requests.length, 4);
  await rig.fixture.clock.advance(30_000);
  for (const [index, request] of logins.entries()) {
    await rig.send(request);
    assertEquals(await rig.decide(4 + index), ["40000 2"]);
  }
  assertEquals(await rig.send(other, 1, "192.0.2.2"), ["1 3"], "other gateways keep their memory");
  const lines = rig.fixture.observer.lines.filter(({ level }) => level === "warning");
  assertEquals(lines.length, 1);
  assertMatch(lines[0]?.message ?? "", /192\.0\.2\.1.*one Request Authenticator/);
});

Deno.test("through a gateway that repeats itself nobody rides on a login under way: another identifier is another login", async () => {
  await using rig = new Rig();
  const authenticator = new Uint8Array(16).fill(1);
  for (const [index, user] of ["alice", "bob"].entries()) {
    await rig.send(accessRequest(secret, { user, authenticator, identifier: index }));
    await rig.decide(index);
  }
  const own = accessRequest(secret, { user: "carol", authenticator, identifier: 2 });
  await rig.send(own);
  assertEquals(await rig.send(accessRequest(secret, { user: "carol", authenticator, identifier: 3 })), []);
  assertEquals(await rig.send(own, 9), []);
  assertEquals(rig.logins.requests.length, 4);
  assertEquals((await rig.decide(2)).toSorted(), ["40000 2", "9 2"]);
  assertEquals(await rig.decide(3, "reject"), ["40000 3"]);
});

Deno.test("nobody can make a gateway seem to repeat itself, or fill its memory, without the secret", async () => {
  const replays = new Replays(0);
  const own = served({ network: "192.0.2.0/24", requireMessageAuthenticator: "false" });
  await using rig = new Rig({ replays, gateways: [own] });
  const authenticator = new Uint8Array(16).fill(1);
  await rig.send(accessRequest(secret, { user: "alice", authenticator }));
  await rig.send(accessRequest(octets("guessed"), { user: "alice", authenticator }));
  for (let identifier = 0; identifier < 200; identifier++) {
    await rig.send(accessRequest(octets("guessed"), { user: "bob", authenticator, identifier, signature: "none" }));
  }
  assertEquals(replays.remembered.requests, 1);
  assertEquals(rig.fixture.observer.lines.filter(({ message }) => message.includes("one Request Authenticator")), []);
});

Deno.test("Status-Server is never in the memory for replays", async () => {
  const replays = new Replays(0);
  await using rig = new Rig({ replays });
  const request = accessRequest(secret, { code: packetCode.statusServer });
  for (const pass of [0, 40_000, 40_000]) {
    await rig.fixture.clock.advance(pass);
    assertEquals(await rig.send(request), ["40000 2"]);
  }
  assertEquals(replays.remembered, { logins: 0, octets: 0, requests: 0 });
});

Deno.test("verdicts are kept within their limits, and what goes early is rejected", async () => {
  const requests = { keep: day, requestsPerGateway: 1_000, requests: 1_000, gateways: 10 };
  const replays = new Replays(0, { responses: { keep: 30_000, maxAnswers: 10, maxOctets: 1e9 }, requests });
  await using rig = new Rig({ replays, gateways: [served({ network: "192.0.2.0/24" })] });
  const list = Array.from({ length: 50 }, () => accessRequest(secret, { user: "alice" }));
  for (const request of list) {
    await rig.send(request);
    assert(replays.remembered.logins <= 10);
  }
  assertEquals(await rig.send(list[0] ?? new Uint8Array(0), 1), ["1 3"]);
  assertEquals(await rig.send(list[49] ?? new Uint8Array(0), 1), ["1 2"]);
});

Deno.test("a gateway's EAP requests are known again as well", async () => {
  await using rig = new Rig();
  const eap = { type: attributeType.eapMessage, value: Uint8Array.of(2, 1, 0, 5, 1) };
  const request = accessRequest(secret, { user: "alice", attributes: [eap] });
  await rig.send(request);
  await rig.decide(0, "reject");
  await rig.fixture.clock.advance(30_000);
  assertEquals(await rig.send(request, 1), ["1 3"]);
  assertEquals(rig.logins.requests.length, 1);
});
