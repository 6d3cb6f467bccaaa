import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { type Attribute, attributeType, getText, hasAttribute, textAttribute } from "../../lib/radius/attributes.ts";
import { responseAuthenticator, signResponse, verifyMessageAuthenticator } from "../../lib/radius/authenticator.ts";
import { type IgnoredReason, RadiusClient, type RadiusClientOptions } from "../../lib/radius/client.ts";
import { encodePacket, packetCode } from "../../lib/radius/packet.ts";
import { revealPassword } from "../../lib/radius/password.ts";
import { systemClock } from "../../lib/clock.ts";
import { systemRandom } from "../../lib/random.ts";
import { FakeClock, settle } from "../kit/fake_clock.ts";
import { mustDecode, octets } from "./packets.ts";
import { secret, served, ServerFixture } from "./server_fixture.ts";
import { FakeSocket, peer } from "./sockets.ts";

const server = { hostname: "192.0.2.1", port: 1_812 };
const fromServer = peer(server.hostname, server.port);

/** A client on a socket in memory. */
class ClientFixture implements AsyncDisposable {
  readonly socket = new FakeSocket();
  readonly clock = new FakeClock();
  readonly client: RadiusClient;

  constructor(options: Partial<RadiusClientOptions> = {}) {
    const { socket, clock } = this;
    this.client = new RadiusClient({
      socket,
      server,
      secret,
      clock,
      random: { ...systemRandom, number: () => 0.5 },
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    assertEquals(this.clock.pending, 0, "a client that is closed leaves no timer");
  }
}

/** A reply to a request, signed; Message-Authenticator first unless `signed` is false. */
function replyTo(
  request: Uint8Array,
  { code = packetCode.accessAccept, attributes = [], signed = true, key = secret }: {
    readonly code?: number;
    readonly attributes?: readonly Attribute[];
    readonly signed?: boolean;
    readonly key?: Uint8Array;
  } = {},
): Uint8Array {
  const authenticator = request.slice(4, 20);
  const unsigned = { type: attributeType.messageAuthenticator, value: new Uint8Array(16) };
  const list = signed ? [unsigned, ...attributes] : attributes;
  const reply = encodePacket({ code, identifier: request[1] ?? 0, authenticator, attributes: list });
  signResponse(reply, authenticator, key);
  return reply;
}

Deno.test("login() sends Message-Authenticator first, name and password, and what else was asked for", async () => {
  await using fixture = new ClientFixture();
  const attributes = [textAttribute(attributeType.callingStationId, "192.0.2.9")];
  const exchange = await fixture.client.begin({ user: "alice", password: "pässword,push", attributes });
  const [sent] = fixture.socket.sent;
  assert(sent);
  assertEquals(sent.to, fromServer);
  const packet = mustDecode(sent.bytes);
  assertEquals(packet.code, packetCode.accessRequest);
  assertEquals(packet.attributes.map(({ type }) => type), [80, 1, 2, 31]);
  assertEquals(verifyMessageAuthenticator(sent.bytes, packet.authenticator, secret), "valid");
  assertEquals(getText(packet, attributeType.userName), "alice");
  const hidden = packet.attributes[2]?.value ?? new Uint8Array(0);
  assertEquals(revealPassword(hidden, packet.authenticator, secret), octets("pässword,push"));
  fixture.socket.deliver(replyTo(sent.bytes), fromServer);
  await exchange.result;
});

Deno.test("login() gives back what the reply says", async () => {
  await using fixture = new ClientFixture();
  const exchange = await fixture.client.begin({ user: "alice", password: "push" });
  await fixture.clock.advance(1_500);
  const attributes = [
    textAttribute(attributeType.replyMessage, "Enter a passcode"),
    textAttribute(attributeType.state, "state"),
    textAttribute(attributeType.replyMessage, "now"),
  ];
  fixture.socket.deliver(replyTo(exchange.bytes, { code: packetCode.accessChallenge, attributes }), fromServer);
  const result = await exchange.result;
  assert(result.kind === "challenge");
  assertEquals(result.messages, ["Enter a passcode", "now"]);
  assertEquals(result.state, octets("state"));
  assertEquals([result.sent, result.elapsed], [1, 1_500]);
});

Deno.test("an unanswered request is repeated as RFC 5080 recommends, the same octets each time", async () => {
  await using fixture = new ClientFixture();
  const exchange = await fixture.client.begin({ user: "alice", password: "push" });
  const times = [0];
  for (let time = 100; time <= 30_000; time += 100) {
    const before = fixture.socket.sent.length;
    await fixture.clock.advance(100);
    if (fixture.socket.sent.length > before) times.push(time);
  }
  assertEquals(times, [0, 2_000, 6_000, 14_000]);
  const result = await exchange.result;
  assertEquals([result.kind, result.sent, result.elapsed], ["timeout", 4, 30_000]);
  for (const { bytes } of fixture.socket.sent) assertEquals(bytes, exchange.bytes);
});

Deno.test("the number of tries ends the waiting too", async () => {
  await using fixture = new ClientFixture({ retransmission: { first: 1_000, tries: 2 } });
  const exchange = await fixture.client.begin({ user: "alice" });
  await fixture.clock.advance(2_999);
  assertEquals(fixture.clock.pending, 1);
  await fixture.clock.advance(1);
  assertEquals((await exchange.result).elapsed, 3_000);
  assertEquals(fixture.socket.sent.length, 2);
});

for (const [random, first] of [[0, 1_800], [0.999999, 2_200]] as const) {
  Deno.test(`the time of the first repeat varies by a tenth: ${first} ms`, async () => {
    await using fixture = new ClientFixture({ random: { ...systemRandom, number: () => random } });
    await fixture.client.begin({ user: "alice" });
    assertEquals(Math.round(fixture.clock.nextIn ?? 0), first);
  });
}

const ignored:
  readonly (readonly [reason: IgnoredReason, make: (request: Uint8Array) => Uint8Array, from?: Deno.NetAddr])[] = [
    ["other source", (request) => replyTo(request), peer("192.0.2.2", 1_812)],
    ["other source", (request) => replyTo(request), peer("192.0.2.1", 1_813)],
    ["malformed", (request) => replyTo(request).subarray(0, 19)],
    ["wrong Response Authenticator", (request) => replyTo(request, { key: octets("other") })],
    ["wrong Response Authenticator", (request) => replyTo(request).fill(3, 0, 1)],
    ["unexpected code", (request) => replyTo(request, { code: packetCode.accountingResponse })],
    ["unexpected identifier", (request) => replyTo(request).fill((request[1] ?? 0) ^ 1, 1, 2)],
    ["wrong Message-Authenticator", (request) => {
      // The Response Authenticator is right: what the forger of CVE-2024-3596 achieves, who can't make this one.
      const reply = replyTo(request);
      reply[25] = (reply[25] ?? 0) ^ 1;
      reply.set(responseAuthenticator(reply, request.subarray(4, 20), secret), 4);
      return reply;
    }],
  ];

for (const [reason, make, from = fromServer] of ignored) {
  Deno.test(`a reply with ${reason} is ignored, and the right one behind it taken`, async () => {
    await using fixture = new ClientFixture();
    const exchange = await fixture.client.begin({ user: "alice" });
    fixture.socket.deliver(make(exchange.bytes), from);
    await settle();
    fixture.socket.deliver(replyTo(exchange.bytes, { code: packetCode.accessReject }), fromServer);
    assertEquals((await exchange.result).kind, "reject");
  });

  Deno.test(`a reply with ${reason} alone ends in a timeout that names it`, async () => {
    await using fixture = new ClientFixture();
    const exchange = await fixture.client.begin({ user: "alice" });
    fixture.socket.deliver(make(exchange.bytes), from);
    await fixture.clock.advance(30_000);
    const result = await exchange.result;
    assert(result.kind === "timeout");
    assertEquals(result.ignored, [reason]);
    assertEquals(result.sent, 4, "a reply that is ignored doesn't touch the timer");
  });
}

Deno.test("a reply without Message-Authenticator is taken, unless the client requires it", async () => {
  for (const requireMessageAuthenticator of [false, true]) {
    await using fixture = new ClientFixture({ requireMessageAuthenticator });
    const exchange = await fixture.client.begin({ user: "alice" });
    fixture.socket.deliver(replyTo(exchange.bytes, { signed: false }), fromServer);
    await settle();
    await fixture.clock.advance(30_000);
    assertEquals((await exchange.result).kind, requireMessageAuthenticator ? "timeout" : "accept");
  }
});

Deno.test("requests under way at the same time have identifiers and authenticators of their own", async () => {
  await using fixture = new ClientFixture();
  const exchanges = await Promise.all(Array.from({ length: 256 }, () => fixture.client.begin({ user: "alice" })));
  assertEquals(new Set(exchanges.map(({ identifier }) => identifier)).size, 256);
  assertEquals(new Set(exchanges.map(({ bytes }) => bytes.subarray(4, 20).toHex())).size, 256);

  let begun = false;
  const waiting = fixture.client.begin({ user: "bob" }).then((exchange) => {
    begun = true;
    return exchange;
  });
  await settle();
  assertEquals([begun, fixture.socket.sent.length], [false, 256]);
  for (const [index, { bytes }] of exchanges.entries()) {
    const code = index % 2 === 0 ? packetCode.accessAccept : packetCode.accessReject;
    fixture.socket.deliver(replyTo(bytes, { code }), fromServer);
  }
  const results = await Promise.all(exchanges.map(({ result }) => result));
  for (const [index, { kind }] of results.entries()) assertEquals(kind, index % 2 === 0 ? "accept" : "reject");
  const last = await waiting;
  fixture.socket.deliver(replyTo(last.bytes), fromServer);
  assertEquals((await last.result).kind, "accept");
});

Deno.test("an answered identifier isn't used for the very next request", async () => {
  await using fixture = new ClientFixture();
  const first = await fixture.client.begin({ user: "alice" });
  fixture.socket.deliver(replyTo(first.bytes), fromServer);
  await first.result;
  const second = await fixture.client.begin({ user: "alice" });
  assertNotEquals(second.identifier, first.identifier);
});

Deno.test("repeat() sends the same datagram out of turn", async () => {
  await using fixture = new ClientFixture();
  const exchange = await fixture.client.begin({ user: "alice" });
  await exchange.retransmit();
  assertEquals(fixture.socket.sent.map(({ bytes }) => bytes), [exchange.bytes, exchange.bytes]);
});

Deno.test("statusServer() sends a Status-Server with Message-Authenticator alone", async () => {
  await using fixture = new ClientFixture();
  const asked = fixture.client.statusServer();
  await settle();
  const [sent] = fixture.socket.sent;
  assert(sent);
  const packet = mustDecode(sent.bytes);
  assertEquals([packet.code, packet.attributes.length], [packetCode.statusServer, 1]);
  assert(hasAttribute(packet, attributeType.messageAuthenticator));
  fixture.socket.deliver(replyTo(sent.bytes), fromServer);
  assertEquals((await asked).kind, "accept");
});

Deno.test("disposal ends what is under way and what waits for its turn", async () => {
  const fixture = new ClientFixture();
  const exchanges = await Promise.all(Array.from({ length: 256 }, () => fixture.client.begin({ user: "alice" })));
  const waiting = [fixture.client.begin({ user: "bob" }), fixture.client.begin({ user: "carol" })];
  const refused = Promise.all(waiting.map((one) => assertRejects(() => one, Error, "closed")));
  await fixture[Symbol.asyncDispose]();
  for (const { result } of exchanges) assertEquals((await result).kind, "timeout");
  await refused;
});

Deno.test("a client refuses names as server, and passwords that are too long", async () => {
  assertThrows(
    () => new ClientFixture({ server: { hostname: "radius.example", port: 1_812 } }),
    TypeError,
    "no address",
  );
  await using fixture = new ClientFixture();
  await assertRejects(() => fixture.client.login({ user: "alice", password: "x".repeat(129) }), RangeError, "129");
});

Deno.test("client and server understand each other over loopback, on IPv4 and IPv6", async () => {
  for (const hostname of ["127.0.0.1", "::1"]) {
    const handler = () => Promise.resolve({ kind: "reject", message: "Not today" } as const);
    await using fixture = ServerFixture.onLoopback([served({ network: hostname, handler })], hostname);
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    await using client = new RadiusClient({ socket, server: fixture.at(hostname), secret, clock: systemClock });
    const result = await client.login({ user: "alice", password: "push" });
    assert(result.kind === "reject");
    assertEquals(result.messages, ["Not today"]);
    assertEquals((await client.statusServer()).kind, "accept");
  }
});
