import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  type Attribute,
  attributeType,
  getAllAttributes,
  getText,
  textAttribute,
} from "../../lib/radius/attributes.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import { settle } from "../kit/fake_clock.ts";
import { accessRequest, mustDecode, octets } from "./packets.ts";
import { assertReply, Logins, proxyState, secret, served, ServerFixture } from "./server_fixture.ts";
import { FakeSocket, Gateway, peer } from "./sockets.ts";

Deno.test("a login gets its verdict, with the user's text and attributes", async () => {
  const handler = (): Promise<{ kind: "accept"; message: string; attributes: readonly Attribute[] }> =>
    Promise.resolve({
      kind: "accept",
      message: "Welcome",
      attributes: [textAttribute(attributeType.class, "OU=Staff;")],
    });
  await using fixture = ServerFixture.onLoopback([served({ handler })]);
  using gateway = new Gateway(fixture.at(), secret);
  const request = accessRequest(secret, { user: "alice", attributes: [proxyState] });
  const reply = await gateway.ask(request);
  assertReply(reply, request, packetCode.accessAccept);
  assertEquals(mustDecode(reply).attributes.map(({ type }) => type), [80, 25, 18, 33]);
  assertEquals(getText(mustDecode(reply), attributeType.replyMessage), "Welcome");
});

Deno.test("the handler gets the request, who sent it, and an identity of its own", async () => {
  const logins = new Logins();
  const own = served({ handler: logins.handler });
  await using fixture = ServerFixture.onLoopback([own]);
  using gateway = new Gateway(fixture.at(), secret);
  await gateway.send(accessRequest(secret, { user: "alice", identifier: 1 }));
  await gateway.send(accessRequest(secret, { user: "bob", identifier: 2 }));
  await logins.begun(2);
  const [first, second] = logins.requests;
  assertEquals(first && getText(first.packet, attributeType.userName), "alice");
  assertEquals(second && getText(second.packet, attributeType.userName), "bob");
  assertEquals(first?.source.address, "127.0.0.1");
  assertEquals(first?.gateway, own);
  assertNotEquals(first?.id, second?.id);
  assertEquals(fixture.server.pending, 2);
  logins.decide(0, { kind: "reject" });
  logins.decide(1, { kind: "reject" });
  await fixture.server.idle();
});

Deno.test("a request with padding, and one of 4096 octets, are answered", async () => {
  await using fixture = ServerFixture.onLoopback([served()]);
  using gateway = new Gateway(fixture.at(), secret);
  const request = accessRequest(secret, { user: "alice" });
  assertReply(await gateway.ask(Uint8Array.of(...request, ...new Uint8Array(500))), request, packetCode.accessAccept);
  // 20 of the header, 18 of Message-Authenticator, 15 times 255, 233.
  const filling = Array.from({ length: 16 }, (_, index) => textAttribute(77, "x".repeat(index < 15 ? 253 : 231)));
  const full = accessRequest(secret, { attributes: filling, identifier: 2 });
  assertEquals(full.length, 4_096);
  assertReply(await gateway.ask(full), full, packetCode.accessAccept);
});

Deno.test("Status-Server is answered by an Access-Accept with Message-Authenticator alone, never by a login", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([served({ handler: logins.handler })]);
  using gateway = new Gateway(fixture.at(), secret);
  const request = accessRequest(secret, { code: packetCode.statusServer, attributes: [textAttribute(1, "alice")] });
  const reply = await gateway.ask(request);
  assertReply(reply, request, packetCode.accessAccept);
  assertEquals(mustDecode(reply).attributes.map(({ type }) => type), [80]);
  assertEquals(logins.requests.length, 0);
});

Deno.test("the most specific gateway's secret, section and handler count", async () => {
  const verdict = (message: string) => () => Promise.resolve({ kind: "accept", message } as const);
  const narrow = octets("narrow");
  await using fixture = ServerFixture.onLoopback([
    served({ network: "127.0.0.0/8", handler: verdict("wide") }),
    served({ network: "127.0.0.2", secret: narrow, handler: verdict("narrow") }),
    served({ network: "0.0.0.0/0", secret: octets("all"), handler: verdict("all") }),
  ]);
  for (const [hostname, key, text] of [["127.0.0.1", secret, "wide"], ["127.0.0.2", narrow, "narrow"]] as const) {
    using gateway = new Gateway(fixture.at(), key, hostname);
    const request = accessRequest(key, { user: "alice" });
    const reply = await gateway.ask(request);
    assertReply(reply, request, packetCode.accessAccept, key);
    assertEquals(getText(mustDecode(reply), attributeType.replyMessage), text);
  }
});

Deno.test("on a socket for all addresses IPv4 gateways are known by their own address, and IPv6 ones too", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([
    served({ network: "127.0.0.1", handler: logins.handler }),
    served({ network: "::1", handler: logins.handler }),
  ], "::");
  using four = new Gateway(fixture.at("127.0.0.1"), secret);
  using six = new Gateway(fixture.at("::1"), secret, "::1");
  const requests = [accessRequest(secret, { user: "alice" }), accessRequest(secret, { user: "alice" })] as const;
  await four.send(requests[0]);
  await logins.begun(1);
  await six.send(requests[1]);
  await logins.begun(2);
  assertEquals(logins.requests.map(({ source }) => source.address), ["127.0.0.1", "::1"]);
  logins.decide(0, { kind: "accept" });
  assertReply(await four.receive(), requests[0], packetCode.accessAccept);
  logins.decide(1, { kind: "accept" });
  assertReply(await six.receive(), requests[1], packetCode.accessAccept);
});

Deno.test("Proxy-State comes back unchanged and in order", async () => {
  await using fixture = ServerFixture.onLoopback([served()]);
  using gateway = new Gateway(fixture.at(), secret);
  const states = ["b", "a", "b", "\u0000"].map((text) => textAttribute(attributeType.proxyState, text));
  const attributes = [states[0], textAttribute(32, "nas"), ...states.slice(1)].filter((one) => one !== undefined);
  const reply = await gateway.ask(accessRequest(secret, { user: "alice", attributes }));
  assertEquals(getAllAttributes(mustDecode(reply), attributeType.proxyState), states.map(({ value }) => value));
});

Deno.test("a handler that throws, or makes a reply that is none, ends in a reject and a line in the log", async () => {
  const large = Array.from({ length: 16 }, () => ({ type: attributeType.class, value: new Uint8Array(253) }));
  const handlers = [
    () => Promise.reject(new Error("planted")),
    () => {
      throw new Error("planted");
    },
    () => Promise.resolve({ kind: "accept", attributes: [{ type: 25, value: new Uint8Array(254) }] } as const),
    () => Promise.resolve({ kind: "accept", attributes: large } as const),
  ];
  for (const handler of handlers) {
    await using fixture = ServerFixture.onLoopback([served({ handler })]);
    using gateway = new Gateway(fixture.at(), secret);
    const request = accessRequest(secret, { user: "alice", attributes: [proxyState] });
    const reply = await gateway.ask(request);
    assertReply(reply, request, packetCode.accessReject);
    assertEquals(getAllAttributes(mustDecode(reply), attributeType.proxyState).length, 1);
    assertEquals(fixture.observer.lines.filter(({ level }) => level === "error").length, 1);
    assertEquals(await gateway.ask(request), reply);
  }
});

Deno.test("setGateways() serves others from now on, and finishes what is under way with the old secret", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([served({ handler: logins.handler })]);
  using gateway = new Gateway(fixture.at(), secret);
  const answered = accessRequest(secret, { user: "alice", identifier: 1 });
  await gateway.send(answered);
  await logins.begun(1);
  logins.decide(0, { kind: "accept" });
  const reply = await gateway.receive();
  const underWay = accessRequest(secret, { user: "bob", identifier: 2 });
  await gateway.send(underWay);
  await logins.begun(2);

  const changed = octets("changed");
  fixture.server.setGateways([served({ secret: changed, network: "127.0.0.2" }), served({ handler: logins.handler })]);
  assertEquals(await gateway.ask(answered), reply);
  logins.decide(1, { kind: "accept" });
  assertReply(await gateway.receive(), underWay, packetCode.accessAccept);
  using other = new Gateway(fixture.at(), changed, "127.0.0.2");
  const request = accessRequest(changed, { user: "carol" });
  assertReply(await other.ask(request), request, packetCode.accessAccept, changed);
  assertEquals(logins.requests.length, 2);
});

Deno.test("drain() begins no login, answers repeats and what is under way, and lets gateways turn to others", async () => {
  const logins = new Logins();
  const socket = new FakeSocket();
  await using fixture = new ServerFixture(socket, [served({ network: "192.0.2.0/24", handler: logins.handler })]);
  const answered = accessRequest(secret, { user: "alice", identifier: 1 });
  const underWay = accessRequest(secret, { user: "bob", identifier: 2 });
  socket.deliver(answered);
  socket.deliver(underWay);
  await logins.begun(2);
  logins.decide(0, { kind: "accept" });
  await settle();
  fixture.server.drain();
  socket.deliver(answered);
  socket.deliver(underWay);
  socket.deliver(accessRequest(secret, { user: "carol", identifier: 3 }));
  socket.deliver(accessRequest(secret, { code: packetCode.statusServer, identifier: 4 }));
  await settle();
  assertEquals(fixture.observer.reasons, ["draining", "draining"]);
  assertEquals(fixture.observer.repeats, ["answered", "pending"]);
  assertEquals(socket.sent.map(({ bytes }) => bytes[1]), [1, 1]);
  const idle = fixture.server.idle();
  logins.decide(1, { kind: "reject" });
  await idle;
  assertEquals(socket.sent.map(({ bytes }) => bytes[1]), [1, 1, 2]);
  assertEquals(logins.requests.length, 2);
});

Deno.test("idle() resolves at once when nothing is under way", async () => {
  await using fixture = new ServerFixture(new FakeSocket(), []);
  await fixture.server.idle();
});

Deno.test("idle() waits until the last reply is handed over", async () => {
  const socket = new FakeSocket();
  await using fixture = new ServerFixture(socket, [served({ network: "192.0.2.1" })]);
  const gate = Promise.withResolvers<void>();
  socket.sendGate = gate.promise;
  socket.deliver(accessRequest(secret, { user: "alice" }));
  await settle();
  let idle = false;
  const waiting = fixture.server.idle().then(() => idle = true);
  await settle();
  assertEquals([idle, socket.sent.length], [false, 0]);
  gate.resolve();
  await waiting;
  assertEquals(socket.sent.length, 1);
});

Deno.test("errors of the socket end nothing, and a socket that only fails isn't asked all the time", async () => {
  const socket = new FakeSocket();
  await using fixture = new ServerFixture(socket, [served({ network: "192.0.2.1" })]);
  const request = accessRequest(secret, { user: "alice" });
  socket.deliver(new Deno.errors.ConnectionRefused("ICMP"));
  socket.deliver(request);
  await settle();
  assertEquals(socket.sent.length, 1, "one error costs no time");

  const before = socket.receives;
  for (let count = 0; count < 50; count++) socket.deliver(new Error("broken"));
  await settle();
  assert(socket.receives - before <= 2);
  await fixture.clock.advance(60_000);
  await settle();
  socket.deliver(accessRequest(secret, { user: "alice", identifier: 2 }));
  await settle();
  assertEquals(socket.sent.length, 2, "it serves again once the socket does");
});

Deno.test("disposal ends a server whose socket fails", async () => {
  const socket = new FakeSocket();
  const fixture = new ServerFixture(socket, []);
  for (let count = 0; count < 50; count++) socket.deliver(new Error("broken"));
  await settle();
  await fixture[Symbol.asyncDispose]();
  assertEquals(fixture.clock.pending, 0);
});

Deno.test("beyond its number of logins the server drops before one exists, and serves again when there is room", async () => {
  const logins = new Logins();
  const socket = new FakeSocket();
  const gateways = [served({ network: "192.0.2.1", handler: logins.handler })];
  await using fixture = new ServerFixture(socket, gateways, { maxPending: 3 });
  for (let identifier = 0; identifier < 10; identifier++) {
    socket.deliver(accessRequest(secret, { user: "alice", identifier }));
  }
  await settle();
  assertEquals([logins.requests.length, fixture.server.pending], [3, 3]);
  assertEquals(fixture.observer.reasons, Array(7).fill("overload"));
  logins.decide(0, { kind: "accept" });
  await settle();
  socket.deliver(accessRequest(secret, { user: "alice", identifier: 99 }));
  await settle();
  assertEquals(logins.requests.length, 4);
  for (const index of [1, 2, 3]) logins.decide(index, { kind: "reject" });
});

Deno.test("a verdict after disposal is sent nowhere", async () => {
  const logins = new Logins();
  const socket = new FakeSocket();
  const fixture = new ServerFixture(socket, [served({ network: "192.0.2.1", handler: logins.handler })]);
  socket.deliver(accessRequest(secret, { user: "alice" }), peer());
  await logins.begun(1);
  await fixture[Symbol.asyncDispose]();
  logins.decide(0, { kind: "accept" });
  await fixture.server.idle();
  assertEquals(socket.sent.length, 0);
});

Deno.test("the buffer of the next datagram leaves a request under way as it was", async () => {
  const logins = new Logins();
  const socket = new FakeSocket();
  await using fixture = new ServerFixture(socket, [served({ network: "192.0.2.1", handler: logins.handler })]);
  const request = accessRequest(secret, { user: "alice" });
  socket.deliver(request);
  socket.deliver(new Uint8Array(4_096).fill(0xff));
  await settle();
  assertEquals(logins.requests[0]?.packet, mustDecode(request));
  logins.decide(0, { kind: "accept" });
  await fixture.server.idle();
  assertReply(socket.sent[0]?.bytes ?? new Uint8Array(20), request, packetCode.accessAccept);
});
