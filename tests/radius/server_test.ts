import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  type Attribute,
  attributeType,
  getAllAttributes,
  getText,
  integerAttribute,
  textAttribute,
} from "../../lib/radius/attributes.ts";
import { verifyMessageAuthenticator, verifyResponseAuthenticator } from "../../lib/radius/authenticator.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import type { Requirement } from "../../lib/radius/request.ts";
import { settle } from "../kit/fake_clock.ts";
import { accessRequest, mustDecode, octets, packetVectors, rawPacket, type RequestParts } from "./packets.ts";
import { client, Logins, secret, ServerFixture } from "./server_fixture.ts";
import { FakeSocket, Gateway, peer } from "./sockets.ts";

const proxyState = textAttribute(attributeType.proxyState, "1");
const eapMessage = { type: attributeType.eapMessage, value: Uint8Array.of(2, 1, 0, 5, 1) };

/** Expects a reply that proves itself and begins with Message-Authenticator. */
function assertReply(reply: Uint8Array, request: Uint8Array, code: number, key: Uint8Array = secret): void {
  const authenticator = request.subarray(4, 20);
  assertEquals([reply[0], reply[1]], [code, request[1]]);
  assert(verifyResponseAuthenticator(reply, authenticator, key));
  assertEquals(verifyMessageAuthenticator(reply, authenticator, key), "valid");
  assertEquals(reply[20], attributeType.messageAuthenticator);
}

Deno.test("a login gets its verdict, with the user's text and attributes", async () => {
  const handler = (): Promise<{ kind: "accept"; message: string; attributes: readonly Attribute[] }> =>
    Promise.resolve({
      kind: "accept",
      message: "Welcome",
      attributes: [textAttribute(attributeType.class, "OU=Staff;")],
    });
  await using fixture = ServerFixture.onLoopback([client({ handler })]);
  using gateway = new Gateway(fixture.at(), secret);
  const request = accessRequest(secret, { user: "alice", attributes: [proxyState] });
  const reply = await gateway.ask(request);
  assertReply(reply, request, packetCode.accessAccept);
  assertEquals(mustDecode(reply).attributes.map(({ type }) => type), [80, 25, 18, 33]);
  assertEquals(getText(mustDecode(reply), attributeType.replyMessage), "Welcome");
});

Deno.test("the handler gets the request, who sent it, and an identity of its own", async () => {
  const logins = new Logins();
  const own = client({ handler: logins.handler });
  await using fixture = ServerFixture.onLoopback([own]);
  using gateway = new Gateway(fixture.at(), secret);
  await gateway.send(accessRequest(secret, { user: "alice", identifier: 1 }));
  await gateway.send(accessRequest(secret, { user: "bob", identifier: 2 }));
  await logins.begun(2);
  const [first, second] = logins.requests;
  assertEquals(first && getText(first.packet, attributeType.userName), "alice");
  assertEquals(second && getText(second.packet, attributeType.userName), "bob");
  assertEquals(first?.source.address, "127.0.0.1");
  assertEquals(first?.client, own);
  assertNotEquals(first?.id, second?.id);
  assertEquals(fixture.server.pending, 2);
  logins.decide(0, { kind: "reject" });
  logins.decide(1, { kind: "reject" });
  await fixture.server.idle();
});

const zeros = (type: number, length: number): number[] => [type, length + 2, ...new Uint8Array(length)];
const dropped: readonly (readonly [what: string, bytes: Uint8Array, reason: string])[] = [
  ["19 octets", rawPacket(1, 19).subarray(0, 19), "malformed"],
  ["Length 19", rawPacket(1, 19), "malformed"],
  ["Length 100 in 20 octets", rawPacket(1, 100), "malformed"],
  ["Length 4097", rawPacket(1, 4_097, new Uint8Array(4_077).fill(1)), "malformed"],
  ["code 0", rawPacket(0, 20), "code"],
  ["code 53", rawPacket(53, 20), "code"],
  ["code 255", rawPacket(255, 20), "code"],
  ["an Accounting-Request", rawPacket(packetCode.accountingRequest, 20), "code"],
  ["an Access-Accept", rawPacket(packetCode.accessAccept, 20), "code"],
  ["a stray octet", rawPacket(1, 21, [1]), "malformed"],
  ["attribute type 0", rawPacket(1, 23, [0, 3, 65]), "malformed"],
  ["attribute length 0", rawPacket(1, 22, [1, 0]), "malformed"],
  ["attribute length 1", rawPacket(1, 22, [1, 1]), "malformed"],
  ["a first attribute past the end", rawPacket(1, 23, [1, 4, 65]), "malformed"],
  ["a second attribute past the end", rawPacket(1, 26, [1, 3, 65, 1, 4, 65]), "malformed"],
  ["a Message-Authenticator of 5 octets", rawPacket(1, 27, zeros(80, 5)), "malformed"],
  ["two Message-Authenticators", rawPacket(1, 56, [...zeros(80, 16), ...zeros(80, 16)]), "malformed"],
  ["a User-Password of 15 octets", rawPacket(1, 37, zeros(2, 15)), "malformed"],
  ["a User-Password of no octets, unsigned", rawPacket(1, 27, [1, 5, 65, 66, 67, 2, 2]), "malformed"],
  ["a wrong Message-Authenticator", rawPacket(1, 38, zeros(80, 16)), "bad-message-authenticator"],
  ["another secret", accessRequest(octets("other"), { user: "alice" }), "bad-message-authenticator"],
  ["Status-Server without Message-Authenticator", rawPacket(12, 20), "no-message-authenticator"],
  [
    "Status-Server with User-Name, without Message-Authenticator",
    rawPacket(12, 25, [1, 5, 65, 66, 67]),
    "no-message-authenticator",
  ],
  ["EAP-Message without Message-Authenticator", rawPacket(1, 27, [79, 7, 2, 1, 0, 5, 1]), "no-message-authenticator"],
  [
    "more Proxy-State than a reply has room for",
    accessRequest(secret, {
      attributes: [
        ...Array.from({ length: 15 }, () => ({ type: attributeType.proxyState, value: new Uint8Array(253) })),
        { type: attributeType.proxyState, value: new Uint8Array(249) },
      ],
      signature: "none",
    }),
    "malformed",
  ],
  [
    "the misprinted request of RFC 2865, section 7.3",
    Uint8Array.fromHex(packetVectors.find(({ malformed }) => malformed)?.request ?? ""),
    "malformed",
  ],
];

for (const [what, bytes, reason] of dropped) {
  Deno.test(`${what} gets no answer`, async () => {
    const logins = new Logins();
    await using fixture = ServerFixture.onLoopback([client({ handler: logins.handler })]);
    using gateway = new Gateway(fixture.at(), secret);
    await gateway.send(bytes);
    await gateway.expectSilence();
    assertEquals(fixture.observer.reasons, [reason]);
    assertEquals([logins.requests.length, fixture.server.remembered.requests], [0, 0]);
  });
}

Deno.test("a request with padding, and one of 4096 octets, are answered", async () => {
  await using fixture = ServerFixture.onLoopback([client()]);
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
  await using fixture = ServerFixture.onLoopback([client({ handler: logins.handler })]);
  using gateway = new Gateway(fixture.at(), secret);
  const request = accessRequest(secret, { code: packetCode.statusServer, attributes: [textAttribute(1, "alice")] });
  const reply = await gateway.ask(request);
  assertReply(reply, request, packetCode.accessAccept);
  assertEquals(mustDecode(reply).attributes.map(({ type }) => type), [80]);
  assertEquals(logins.requests.length, 0);
});

/** Whether a request is answered, by the client's two rules, whether a signed one came before, and what it carries. */
const rules: readonly {
  readonly require: Requirement;
  readonly limit: Requirement;
  readonly before: "nothing" | "signed";
  readonly request: RequestParts;
  readonly outcome: "answered" | "no-message-authenticator" | "proxy-state";
}[] = (["true", "false", "auto"] as const).flatMap((require) =>
  (["true", "false", "auto"] as const).flatMap((limit) =>
    (["nothing", "signed"] as const).flatMap((before) => {
      const learned = before === "signed";
      const required = require === "true" || (require === "auto" && learned);
      const limited = limit === "true" || (limit === "auto" && learned);
      const common = { require, limit, before };
      return [
        { ...common, request: { signature: "first", attributes: [proxyState] }, outcome: "answered" },
        { ...common, request: { signature: "last" }, outcome: "answered" },
        { ...common, request: { signature: "none" }, outcome: required ? "no-message-authenticator" : "answered" },
        {
          ...common,
          request: { signature: "none", attributes: [proxyState] },
          outcome: required ? "no-message-authenticator" : limited ? "proxy-state" : "answered",
        },
      ] as const;
    })
  )
);

for (const { require, limit, before, request, outcome } of rules) {
  const what = `${request.signature} signature, ${request.attributes ? "with" : "without"} Proxy-State`;
  Deno.test(`require ${require}, limit ${limit}, ${before} before: a request with ${what} ends in ${outcome}`, async () => {
    const own = client({ requireMessageAuthenticator: require, limitProxyState: limit });
    await using fixture = ServerFixture.onLoopback([own]);
    using gateway = new Gateway(fixture.at(), secret);
    if (before === "signed") await gateway.ask(accessRequest(secret, { user: "bob", identifier: 9 }));
    const bytes = accessRequest(secret, { user: "alice", ...request });
    if (outcome === "answered") return assertReply(await gateway.ask(bytes), bytes, packetCode.accessAccept);
    await gateway.send(bytes);
    await gateway.expectSilence();
    assertEquals(fixture.observer.reasons, [outcome]);
  });
}

for (
  const [what, teacher] of [
    ["Status-Server", { code: packetCode.statusServer }],
    ["EAP", { attributes: [eapMessage] }],
    ["duoproxy login", { attributes: [textAttribute(attributeType.nasIdentifier, "duoproxy-login")] }],
    ["a wrong Message-Authenticator", { signature: "wrong" }],
  ] as const
) {
  Deno.test(`auto learns nothing from ${what}, which says nothing about logins`, async () => {
    await using fixture = ServerFixture.onLoopback([client()]);
    using gateway = new Gateway(fixture.at(), secret);
    await gateway.send(accessRequest(secret, { identifier: 7, ...teacher }));
    if (what !== "a wrong Message-Authenticator") await gateway.receive();
    const request = accessRequest(secret, { user: "alice", signature: "none", attributes: [proxyState] });
    assertReply(await gateway.ask(request), request, packetCode.accessAccept);
    assertEquals(fixture.server.remembered.addresses, 0);
  });
}

Deno.test("auto learns an address by itself, says so once, and keeps it over a reload", async () => {
  await using fixture = ServerFixture.onLoopback([client()]);
  using gateway = new Gateway(fixture.at(), secret);
  for (const identifier of [1, 2]) await gateway.ask(accessRequest(secret, { user: "alice", identifier }));
  const learned = fixture.observer.lines.filter(({ message }) => /required from it from now on/.test(message));
  assertEquals(learned.length, 1);
  fixture.server.setClients([client()]);
  await gateway.send(accessRequest(secret, { user: "alice", signature: "none" }));
  await gateway.expectSilence();
  using other = new Gateway(fixture.at(), secret, "127.0.0.2");
  const request = accessRequest(secret, { user: "alice", signature: "none" });
  assertReply(await other.ask(request), request, packetCode.accessAccept);
});

Deno.test("a repeat of a login under way starts nothing and gets the one answer", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([client({ handler: logins.handler })]);
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
    await using fixture = ServerFixture.onLoopback([client({ handler: logins.handler })]);
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
    await using fixture = ServerFixture.onLoopback([client({ handler: logins.handler })]);
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
  await using fixture = ServerFixture.onLoopback([client({ handler: logins.handler })]);
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
  await using fixture = ServerFixture.onLoopback([client({ handler: logins.handler })]);
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
  await using fixture = ServerFixture.onLoopback([client({ handler: logins.handler })]);
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
    const own = client({ handler: logins.handler, requireMessageAuthenticator: "false", limitProxyState: "false" });
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

Deno.test("the most specific client's secret, section and handler count", async () => {
  const verdict = (message: string) => () => Promise.resolve({ kind: "accept", message } as const);
  const narrow = octets("narrow");
  await using fixture = ServerFixture.onLoopback([
    client({ network: "127.0.0.0/8", handler: verdict("wide") }),
    client({ network: "127.0.0.2", secret: narrow, handler: verdict("narrow") }),
    client({ network: "0.0.0.0/0", secret: octets("all"), handler: verdict("all") }),
  ]);
  for (const [hostname, key, text] of [["127.0.0.1", secret, "wide"], ["127.0.0.2", narrow, "narrow"]] as const) {
    using gateway = new Gateway(fixture.at(), key, hostname);
    const request = accessRequest(key, { user: "alice" });
    const reply = await gateway.ask(request);
    assertReply(reply, request, packetCode.accessAccept, key);
    assertEquals(getText(mustDecode(reply), attributeType.replyMessage), text);
  }
});

Deno.test("a stranger gets no answer, is counted each time and logged once a minute", async () => {
  await using fixture = ServerFixture.onLoopback([client({ network: "127.0.0.1" })]);
  using gateway = new Gateway(fixture.at(), secret);
  using stranger = new Gateway(fixture.at(), secret, "127.0.0.3");
  for (let count = 0; count < 3; count++) await stranger.send(accessRequest(secret, { user: "alice" }));
  await gateway.expectSilence();
  assertEquals(fixture.observer.drops, Array(3).fill({ reason: "unknown-client", source: "127.0.0.3" }));
  assertEquals(fixture.observer.lines.length, 1);
  assertMatch(fixture.observer.lines[0]?.message ?? "", /127\.0\.0\.3.*radius_ip_N/);
  await fixture.clock.advance(60_000);
  await stranger.send(accessRequest(secret, { user: "alice" }));
  await gateway.expectSilence();
  assertEquals(fixture.observer.lines.length, 2);
});

Deno.test("on a socket for all addresses IPv4 clients are known by their own address, and IPv6 ones too", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([
    client({ network: "127.0.0.1", handler: logins.handler }),
    client({ network: "::1", handler: logins.handler }),
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
  await using fixture = ServerFixture.onLoopback([client()]);
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
    await using fixture = ServerFixture.onLoopback([client({ handler })]);
    using gateway = new Gateway(fixture.at(), secret);
    const request = accessRequest(secret, { user: "alice", attributes: [proxyState] });
    const reply = await gateway.ask(request);
    assertReply(reply, request, packetCode.accessReject);
    assertEquals(getAllAttributes(mustDecode(reply), attributeType.proxyState).length, 1);
    assertEquals(fixture.observer.lines.filter(({ level }) => level === "error").length, 1);
    assertEquals(await gateway.ask(request), reply);
  }
});

Deno.test("setClients() serves others from now on, and finishes what is under way with the old secret", async () => {
  const logins = new Logins();
  await using fixture = ServerFixture.onLoopback([client({ handler: logins.handler })]);
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
  fixture.server.setClients([client({ secret: changed, network: "127.0.0.2" }), client({ handler: logins.handler })]);
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
  await using fixture = new ServerFixture(socket, [client({ network: "192.0.2.0/24", handler: logins.handler })]);
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
  await using fixture = new ServerFixture(socket, [client({ network: "192.0.2.1" })]);
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
  await using fixture = new ServerFixture(socket, [client({ network: "192.0.2.1" })]);
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

Deno.test("a reply that can't be sent is kept for the repeat", async () => {
  const socket = new FakeSocket();
  await using fixture = new ServerFixture(socket, [client({ network: "192.0.2.1" })]);
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

Deno.test("beyond its number of logins the server drops before one exists, and serves again when there is room", async () => {
  const logins = new Logins();
  const socket = new FakeSocket();
  const clients = [client({ network: "192.0.2.1", handler: logins.handler })];
  await using fixture = new ServerFixture(socket, clients, { maxPending: 3 });
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
  const fixture = new ServerFixture(socket, [client({ network: "192.0.2.1", handler: logins.handler })]);
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
  await using fixture = new ServerFixture(socket, [client({ network: "192.0.2.1", handler: logins.handler })]);
  const request = accessRequest(secret, { user: "alice" });
  socket.deliver(request);
  socket.deliver(new Uint8Array(4_096).fill(0xff));
  await settle();
  assertEquals(logins.requests[0]?.packet, mustDecode(request));
  logins.decide(0, { kind: "accept" });
  await fixture.server.idle();
  assertReply(socket.sent[0]?.bytes ?? new Uint8Array(20), request, packetCode.accessAccept);
});

Deno.test("with debug each repeat is a line that names address, port, identifier and user; without it none is", async () => {
  for (const debug of [true, false]) {
    const logins = new Logins();
    const socket = new FakeSocket();
    const clients = [client({ network: "192.0.2.1", handler: logins.handler, debug })];
    await using fixture = new ServerFixture(socket, clients);
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

Deno.test("a wrong secret is one line a minute that names gateway, option and user, whatever the name holds", async () => {
  const socket = new FakeSocket();
  await using fixture = new ServerFixture(socket, [client({ network: "192.0.2.1", number: 5 })]);
  for (let identifier = 0; identifier < 200; identifier++) {
    const user = `bob\n[error] ${"x".repeat(100)}`;
    socket.deliver(accessRequest(octets("another secret"), { user, identifier }), peer("192.0.2.1", 1));
  }
  while (socket.waiting > 0) await settle();
  const [line, ...more] = fixture.observer.lines;
  assertEquals([more.length, fixture.observer.drops.length], [0, 200]);
  assertMatch(line?.message ?? "", /^Dropped from 192\.0\.2\.1 .*shared secret.*radius_secret_5$/);
  assertEquals(line?.fields["user"], `bob [error] ${"x".repeat(52)}`);
});

Deno.test("forged packets from everywhere write as many lines as topics may have, not more", async () => {
  const socket = new FakeSocket();
  await using fixture = new ServerFixture(socket, [client({ network: "10.0.0.0/8" })]);
  for (let index = 0; index < 20_000; index++) {
    const network = index % 2 === 0 ? 10 : 11;
    socket.deliver(rawPacket(1, 38, zeros(80, 16)), peer(`${network}.1.${index >> 8}.${index & 0xff}`));
  }
  while (socket.waiting > 0) await settle();
  assertEquals(fixture.observer.drops.length, 20_000);
  assertEquals(fixture.observer.lines.length, 512);
});
