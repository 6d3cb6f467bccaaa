import { assert, assertEquals, assertMatch } from "#std/assert";
import { AccountingServer } from "../../lib/radius/accounting.ts";
import {
  type Attribute,
  attributeType,
  getAllAttributes,
  integerAttribute,
  textAttribute,
} from "../../lib/radius/attributes.ts";
import {
  accountingRequestAuthenticator,
  findMessageAuthenticator,
  messageAuthenticator,
  verifyMessageAuthenticator,
  verifyResponseAuthenticator,
} from "../../lib/radius/authenticator.ts";
import { encodePacket, packetCode } from "../../lib/radius/packet.ts";
import type { ServerClient } from "../../lib/radius/request.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { accessRequest, mustDecode, octets, packetVectors, rawPacket } from "./packets.ts";
import { client, Observer, secret } from "./server_fixture.ts";
import { FakeSocket, peer } from "./sockets.ts";

const proxyStates = ["b", "a"].map((text) => textAttribute(attributeType.proxyState, text));
const unsigned: Attribute = { type: attributeType.messageAuthenticator, value: new Uint8Array(16) };

/** An Accounting-Request (RFC 2866, section 3); signed where there is room for it, with zeros as authenticator. */
function accountingRequest(attributes: readonly Attribute[] = [], key = secret, identifier = 1): Uint8Array {
  const bytes = encodePacket({
    code: packetCode.accountingRequest,
    identifier,
    authenticator: new Uint8Array(16),
    attributes: [integerAttribute(40, 1), textAttribute(attributeType.acctSessionId, "1"), ...attributes],
  });
  const offset = findMessageAuthenticator(bytes);
  if (offset !== undefined) bytes.set(messageAuthenticator(bytes, offset, new Uint8Array(16), key), offset);
  bytes.set(accountingRequestAuthenticator(bytes, key), 4);
  return bytes;
}

/** A server and what goes through its socket. */
class Rig implements AsyncDisposable {
  readonly socket = new FakeSocket();
  readonly observer = new Observer();
  readonly clock = new FakeClock();
  readonly server: AccountingServer;

  constructor(clients: readonly ServerClient[] = [client({ network: "192.0.2.0/24", number: 4 })]) {
    this.server = new AccountingServer({ socket: this.socket, clock: this.clock, clients, observer: this.observer });
  }

  /** The answers to a datagram. */
  async send(bytes: Uint8Array, hostname = "192.0.2.1"): Promise<readonly Uint8Array[]> {
    this.socket.deliver(bytes, peer(hostname));
    await settle();
    return this.socket.sent.splice(0).map((sent) => sent.bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

Deno.test("an Accounting-Request gets an Accounting-Response with its Proxy-State and nothing else, its repeat the same octets", async () => {
  await using rig = new Rig();
  const request = accountingRequest(proxyStates);
  const [reply = new Uint8Array(20), ...more] = await rig.send(request);
  assertEquals([more.length, reply[0], reply[1]], [0, packetCode.accountingResponse, 1]);
  assert(verifyResponseAuthenticator(reply, request.subarray(4, 20), secret));
  const packet = mustDecode(reply);
  assertEquals(getAllAttributes(packet, attributeType.proxyState), proxyStates.map(({ value }) => value));
  assertEquals(packet.attributes.length, 2);
  await rig.clock.advance(100_000);
  assertEquals(await rig.send(request), [reply]);
  assertEquals(rig.observer.acknowledgements, ["radius_server_auto", "radius_server_auto"]);
});

for (const { id, secret: key, accounting_request, response } of packetVectors) {
  if (accounting_request === undefined || response === undefined) continue;
  Deno.test(`the accounting of ${id} is answered`, async () => {
    await using rig = new Rig([client({ network: "192.0.2.0/24", secret: octets(key) })]);
    const [reply] = await rig.send(Uint8Array.fromHex(accounting_request));
    assertEquals(reply?.toHex(), response);
  });
}

Deno.test("Status-Server at the accounting port is answered by an Accounting-Response that begins with Message-Authenticator", async () => {
  await using rig = new Rig();
  const request = accessRequest(secret, { code: packetCode.statusServer });
  const [reply = new Uint8Array(20)] = await rig.send(request);
  assertEquals([reply[0], reply[20]], [packetCode.accountingResponse, attributeType.messageAuthenticator]);
  assert(verifyResponseAuthenticator(reply, request.subarray(4, 20), secret));
  assertEquals(verifyMessageAuthenticator(reply, request.subarray(4, 20), secret), "valid");
  assertEquals(rig.observer.acknowledgements, []);
  assertEquals((await rig.send(request, "127.0.0.1")).length, 1, "this machine may ask as well");
});

Deno.test("an Accounting-Request full of Proxy-State is answered", async () => {
  await using rig = new Rig();
  const [reply] = await rig.send(
    accountingRequest([...full, { type: attributeType.proxyState, value: new Uint8Array(240) }]),
  );
  assertEquals(reply?.length, 4_087);
});

Deno.test("a signed Accounting-Request is answered", async () => {
  await using rig = new Rig();
  assertEquals((await rig.send(accountingRequest([unsigned]))).length, 1);
});

const forged = accountingRequest([unsigned]);
forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
forged.set(accountingRequestAuthenticator(forged, secret), 4);
/** As much as a request can carry. */
const full = Array.from({ length: 15 }, () => ({ type: attributeType.proxyState, value: new Uint8Array(253) }));
const dropped: readonly (readonly [what: string, bytes: Uint8Array, reason: string])[] = [
  ["zeros as Request Authenticator", rawPacket(packetCode.accountingRequest, 20), "bad-request-authenticator"],
  ["another secret", accountingRequest([], octets("another")), "bad-request-authenticator"],
  ["a wrong Message-Authenticator", forged, "bad-message-authenticator"],
  ["Status-Server without Message-Authenticator", rawPacket(packetCode.statusServer, 20), "no-message-authenticator"],
  ["a login", accessRequest(secret, { user: "alice" }), "code"],
  ["19 octets", rawPacket(packetCode.accountingRequest, 20).subarray(0, 19), "malformed"],
];

for (const [what, bytes, reason] of dropped) {
  Deno.test(`at the accounting port ${what} gets no answer`, async () => {
    await using rig = new Rig();
    assertEquals(await rig.send(bytes), []);
    assertEquals([rig.observer.reasons, rig.observer.acknowledgements], [[reason], []]);
  });
}

Deno.test("a wrong secret is one line a minute that names gateway and option, and a stranger is dropped", async () => {
  await using rig = new Rig();
  for (let count = 0; count < 100; count++) await rig.send(accountingRequest([], octets("another"), count));
  assertEquals(rig.observer.lines.length, 1);
  assertMatch(rig.observer.lines[0]?.message ?? "", /192\.0\.2\.1.*radius_secret_4/);
  assertEquals(await rig.send(accountingRequest(), "198.51.100.1"), []);
  assertEquals(rig.observer.reasons.at(-1), "unknown-client");
});

Deno.test("a reload exchanges the gateways; while the proxy stops Status-Server is silent, and reports are taken", async () => {
  await using rig = new Rig();
  rig.server.setClients([client({ network: "192.0.2.1", secret: octets("another") })]);
  assertEquals(await rig.send(accountingRequest()), []);
  assertEquals((await rig.send(accountingRequest([], octets("another")))).length, 1);
  rig.server.drain();
  assertEquals((await rig.send(accountingRequest([], octets("another")))).length, 1);
  assertEquals(await rig.send(accessRequest(octets("another"), { code: packetCode.statusServer })), []);
});
