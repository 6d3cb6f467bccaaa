/**
 * Whom the server lets in: datagrams that get no answer, the rules of Message-Authenticator and Proxy-State, and what is
 * logged of those that are dropped.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { attributeType, textAttribute } from "../../lib/radius/attributes.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import type { Requirement } from "../../lib/radius/request.ts";
import { settle } from "../kit/fake_clock.ts";
import { accessRequest, octets, packetVectors, rawPacket, type RequestParts } from "./packets.ts";
import { assertReply, Logins, proxyState, secret, served, ServerFixture } from "./server_fixture.ts";
import { FakeSocket, Gateway, peer } from "./sockets.ts";

const eapMessage = { type: attributeType.eapMessage, value: Uint8Array.of(2, 1, 0, 5, 1) };

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
    await using fixture = ServerFixture.onLoopback([served({ handler: logins.handler })]);
    using gateway = new Gateway(fixture.at(), secret);
    await gateway.send(bytes);
    await gateway.expectSilence();
    assertEquals(fixture.observer.reasons, [reason]);
    assertEquals([logins.requests.length, fixture.server.remembered.requests], [0, 0]);
  });
}

/** Whether a request is answered, by the gateway's two rules, whether a signed one came before, and what it carries. */
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
    const own = served({ requireMessageAuthenticator: require, limitProxyState: limit });
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
    await using fixture = ServerFixture.onLoopback([served()]);
    using gateway = new Gateway(fixture.at(), secret);
    await gateway.send(accessRequest(secret, { identifier: 7, ...teacher }));
    if (what !== "a wrong Message-Authenticator") await gateway.receive();
    const request = accessRequest(secret, { user: "alice", signature: "none", attributes: [proxyState] });
    assertReply(await gateway.ask(request), request, packetCode.accessAccept);
    assertEquals(fixture.server.remembered.addresses, 0);
  });
}

Deno.test("auto learns an address by itself, says so once, and keeps it over a reload", async () => {
  await using fixture = ServerFixture.onLoopback([served()]);
  using gateway = new Gateway(fixture.at(), secret);
  for (const identifier of [1, 2]) await gateway.ask(accessRequest(secret, { user: "alice", identifier }));
  const learned = fixture.observer.lines.filter(({ message }) => /required from it from now on/.test(message));
  assertEquals(learned.length, 1);
  fixture.server.setGateways([served()]);
  await gateway.send(accessRequest(secret, { user: "alice", signature: "none" }));
  await gateway.expectSilence();
  using other = new Gateway(fixture.at(), secret, "127.0.0.2");
  const request = accessRequest(secret, { user: "alice", signature: "none" });
  assertReply(await other.ask(request), request, packetCode.accessAccept);
});

Deno.test("a stranger gets no answer, is counted each time and logged once a minute", async () => {
  await using fixture = ServerFixture.onLoopback([served({ network: "127.0.0.1" })]);
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

Deno.test("a wrong secret is one line a minute that names gateway, option and user, whatever the name holds", async () => {
  const socket = new FakeSocket();
  await using fixture = new ServerFixture(socket, [served({ network: "192.0.2.1", number: 5 })]);
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
  await using fixture = new ServerFixture(socket, [served({ network: "10.0.0.0/8" })]);
  for (let index = 0; index < 20_000; index++) {
    const network = index % 2 === 0 ? 10 : 11;
    socket.deliver(rawPacket(1, 38, zeros(80, 16)), peer(`${network}.1.${index >> 8}.${index & 0xff}`));
  }
  while (socket.waiting > 0) await settle();
  assertEquals(fixture.observer.drops.length, 20_000);
  assertEquals(fixture.observer.lines.length, 512);
});
