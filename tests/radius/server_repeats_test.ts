/**
 * Requests that come again: which are repeats, and what they get.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { attributeType, integerAttribute } from "../../lib/radius/attributes.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import { settle } from "../kit/fake_clock.ts";
import { accessRequest, octets } from "./packets.ts";
import { assertReply, Logins, proxyState, secret, served, ServerFixture } from "./server_fixture.ts";
import { FakeSocket, Gateway, peer } from "./sockets.ts";

Deno.test("a repeat of a login under way starts nothing and gets the one answer", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([served({ handler: logins.handler })]);
  using gateway = new Gateway(fixture.at(), secret);
  const request = accessRequest(secret, { user: "alice" });
  for (let count = 0; count < 5; count++) await gateway.send(request);
  await gateway.expectSilence();
  assertEquals(logins.requests.length, 1);
  assertEquals(fixture.observer.repeats, ["pending", "pending", "pending", "pending"]);
  logins.decide(0, { kind: "reject", message: "No" });
  assertReply(await gateway.receive(), request, packetCode.accessReject);
  await gateway.expectSilence();
});

for (const signature of ["first", "none"] as const) {
  const [what, after] = signature === "first" ? ["a signed", "it is rejected"] : ["an unsigned", "it is a new login"];
  Deno.test(`a repeat of ${what} request gets the answer's octets for 30 s, then ${after}`, async () => {
    const logins = new Logins();
    await using fixture = ServerFixture.onLoopback([served({ handler: logins.handler })]);
    using gateway = new Gateway(fixture.at(), secret);
    const request = accessRequest(secret, { user: "alice", signature });
    await gateway.send(request);
    await logins.begun(1);
    await fixture.clock.advance(50_000);
    logins.decide(0, { kind: "accept" });
    const reply = await gateway.receive();
    await fixture.clock.advance(29_999);
    assertEquals(await gateway.ask(request), reply);
    assertEquals([logins.requests.length, fixture.observer.repeats], [1, ["answered"]]);
    await fixture.clock.advance(1);
    await gateway.send(request);
    if (signature === "none") {
      await logins.begun(2);
      logins.decide(1, { kind: "accept" });
      assertReply(await gateway.receive(), request, packetCode.accessAccept);
    } else {
      assertReply(await gateway.receive(), request, packetCode.accessReject);
      assertEquals([logins.requests.length, fixture.observer.repeats], [1, ["answered", "replay"]]);
    }
  });
}

for (
  const [what, change] of [
    ["another Request Authenticator", { authenticator: new Uint8Array(16).fill(7) }],
    ["another user but the same Request Authenticator", { user: "bob" }],
    ["another password but the same Request Authenticator", { password: "123456" }],
    ["another Proxy-State", { attributes: [proxyState] }],
  ] as const
) {
  Deno.test(`a request with ${what} is a new login`, async () => {
    const logins = new Logins();
    await using fixture = ServerFixture.onLoopback([served({ handler: logins.handler })]);
    using gateway = new Gateway(fixture.at(), secret);
    const parts = { user: "alice", authenticator: new Uint8Array(16) };
    await gateway.send(accessRequest(secret, parts));
    const request = accessRequest(secret, { ...parts, ...change });
    await gateway.send(request);
    await logins.begun(2);
    logins.decide(1, { kind: "accept" });
    assertReply(await gateway.receive(), request, packetCode.accessAccept);
    logins.decide(0, { kind: "reject" });
  });
}

Deno.test("an unsigned request from another port of the gateway, or with another identifier, is a new login", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([served({ handler: logins.handler })]);
  using one = new Gateway(fixture.at(), secret);
  using other = new Gateway(fixture.at(), secret);
  const parts = { user: "alice", signature: "none", authenticator: new Uint8Array(16).fill(1) } as const;
  const request = accessRequest(secret, parts);
  const renumbered = accessRequest(secret, { ...parts, identifier: 2 });
  await one.send(request);
  await logins.begun(1);
  await other.send(request);
  await logins.begun(2);
  await one.send(renumbered);
  await logins.begun(3);
  for (const index of [0, 1, 2]) logins.decide(index, { kind: "accept" });
  assertReply(await one.receive(), request, packetCode.accessAccept);
  assertReply(await other.receive(), request, packetCode.accessAccept);
  assertReply(await one.receive(), renumbered, packetCode.accessAccept);
});

Deno.test("a repeat that only brings its time up to date is a repeat", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([served({ handler: logins.handler })]);
  using gateway = new Gateway(fixture.at(), secret);
  const sentAt = (time: number): Uint8Array =>
    accessRequest(secret, {
      user: "alice",
      authenticator: new Uint8Array(16),
      attributes: [integerAttribute(attributeType.eventTimestamp, time)],
    });
  await gateway.send(sentAt(1));
  await gateway.send(sentAt(2));
  await gateway.expectSilence();
  assertEquals(logins.requests.length, 1);
  logins.decide(0, { kind: "accept" });
  await gateway.receive();
});

Deno.test("a request that takes another's identifier takes its answer too", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([served({ handler: logins.handler })]);
  using gateway = new Gateway(fixture.at(), secret);
  await gateway.send(accessRequest(secret, { user: "alice" }));
  const second = accessRequest(secret, { user: "alice" });
  await gateway.send(second);
  await logins.begun(2);
  logins.decide(0, { kind: "accept" });
  await gateway.expectSilence();
  assertEquals(fixture.server.pending, 1);
  logins.decide(1, { kind: "reject" });
  assertReply(await gateway.receive(), second, packetCode.accessReject);
  await gateway.expectSilence();
});

for (const signature of ["first", "none"] as const) {
  const what = signature === "first" ? "signed" : "unsigned";
  Deno.test(`a forged datagram with port and identifier of a waiting ${what} login takes nothing from it`, async () => {
    const logins = new Logins();
    const own = served({ handler: logins.handler, requireMessageAuthenticator: "false", limitProxyState: "false" });
    await using fixture = ServerFixture.onLoopback([own]);
    using gateway = new Gateway(fixture.at(), secret);
    const request = accessRequest(secret, { user: "alice", signature });
    const forged = accessRequest(octets("guessed"), { user: "alice", signature: "none" });
    await gateway.send(request);
    await gateway.send(forged);
    await gateway.send(accessRequest(octets("guessed"), { user: "alice" }));
    await logins.begun(2);
    await gateway.send(request);
    await gateway.expectSilence();
    assertEquals(logins.requests.length, 2, "the gateway's own repeat is no new login");
    logins.decide(1, { kind: "reject" });
    assertReply(await gateway.receive(), forged, packetCode.accessReject);
    logins.decide(0, { kind: "accept" });
    const reply = await gateway.receive();
    assertReply(reply, request, packetCode.accessAccept);
    assertEquals(await gateway.ask(request), reply);
    assertEquals(logins.requests.length, 2);
  });
}

Deno.test("a reply that can't be sent is kept for the repeat", async () => {
  const socket = new FakeSocket();
  await using fixture = new ServerFixture(socket, [served({ network: "192.0.2.1" })]);
  socket.sendError = new Deno.errors.PermissionDenied("firewall");
  const request = accessRequest(secret, { user: "alice" });
  socket.deliver(request);
  await settle();
  assertEquals(fixture.server.pending, 0);
  assert(fixture.observer.lines.some(({ message }) => message.includes("firewall")));
  socket.sendError = undefined;
  socket.deliver(request);
  await settle();
  assertEquals(socket.sent.length, 1);
});

Deno.test("with debug each repeat is a line that names address, port, identifier and user; without it none is", async () => {
  for (const debug of [true, false]) {
    const logins = new Logins();
    const socket = new FakeSocket();
    const gateways = [served({ network: "192.0.2.1", handler: logins.handler, debug })];
    await using fixture = new ServerFixture(socket, gateways);
    const request = accessRequest(secret, { user: "alice", identifier: 9 });
    const send = async (port: number): Promise<void> => {
      socket.deliver(request, peer("192.0.2.1", port));
      await settle();
    };
    for (const port of [7, 7, 8]) await send(port);
    logins.decide(0, { kind: "accept" });
    await settle();
    await send(7);
    await fixture.clock.advance(30_000);
    await send(7);
    const lines = fixture.observer.lines.filter(({ level }) => level === "debug");
    assertEquals(fixture.observer.repeats, ["pending", "pending", "answered", "replay"]);
    assertEquals(lines.map(({ fields }) => fields["port"]), debug ? [7, 8, 7, 7] : []);
    for (const { fields: { address, identifier, user } } of lines) {
      assertEquals([address, identifier, user], ["192.0.2.1", 9, "alice"]);
    }
  }
});
