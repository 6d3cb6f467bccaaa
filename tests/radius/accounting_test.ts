import { createHash, createHmac } from "node:crypto";
import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
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
import type { ServedGateway } from "../../lib/radius/request.ts";
import { FakeClock, settle } from "../kit/fake_clock.ts";
import { accessRequest, mustDecode, octets, packetVectors, rawPacket } from "./packets.ts";
import { Observer, secret, served } from "./server_fixture.ts";
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

  constructor(gateways: readonly ServedGateway[] = [served({ network: "192.0.2.0/24", number: 4 })]) {
    this.server = new AccountingServer({ socket: this.socket, clock: this.clock, gateways, observer: this.observer });
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

for (const { id, secret: key, accounting_request } of packetVectors) {
  if (accounting_request === undefined) continue;
  Deno.test(`the Accounting-Request ${id} of another implementation is answered`, async () => {
    await using rig = new Rig([served({ network: "192.0.2.0/24", secret: octets(key) })]);
    const request = Uint8Array.fromHex(accounting_request);
    const [reply = new Uint8Array(20)] = await rig.send(request);
    assertEquals(reply[0], packetCode.accountingResponse);
    assert(verifyResponseAuthenticator(reply, request.subarray(4, 20), octets(key)));
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
  rig.server.setGateways([served({ network: "192.0.2.1", secret: octets("another") })]);
  assertEquals(await rig.send(accountingRequest()), []);
  assertEquals((await rig.send(accountingRequest([], octets("another")))).length, 1);
  rig.server.drain();
  assertEquals((await rig.send(accountingRequest([], octets("another")))).length, 1);
  assertEquals(await rig.send(accessRequest(octets("another"), { code: packetCode.statusServer })), []);
});

Deno.test("20000 mutated reports: no crash, and an answer to those alone that prove the secret", async () => {
  const report = accountingRequest([...proxyStates, unsigned]);
  const plain = accountingRequest(proxyStates);
  const mutations = fc.array(fc.record({ at: fc.nat(report.length - 1), octet: fc.nat(255) }), { maxLength: 2 });
  const datagrams = fc.record({ signed: fc.boolean(), mutations, renew: fc.boolean(), cut: fc.nat(40) })
    .map(({ signed, mutations, renew, cut }) => {
      const bytes = (signed ? report : plain).slice();
      for (const { at, octet } of mutations) bytes[at] = octet;
      // A valid Request Authenticator over what was changed, so that the checks behind it are reached.
      if (renew && bytes[0] === packetCode.accountingRequest) bytes.set(proof(bytes), 4);
      return cut === 0 ? bytes.subarray(0, bytes.length - 1) : bytes;
    });
  await using rig = new Rig();
  let answers = 0;
  for (const bytes of fc.sample(datagrams, { numRuns: 20_000, seed: 2866 })) {
    rig.socket.deliver(bytes, peer("192.0.2.1"));
    if (deservesAnswer(bytes)) answers++;
  }
  while (rig.socket.waiting > 0) await settle();
  await settle();
  assertEquals([rig.socket.sent.length, rig.observer.acknowledgements.length], [answers, answers]);
  assert(answers > 2_000 && answers < 19_000);
  assert(rig.socket.sent.every(({ bytes }) => bytes[0] === packetCode.accountingResponse));
});

/** MD5 over the packet with zeros as authenticator, and the secret (RFC 2866, section 3), in its plainest form. */
function proof(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice(0, (bytes[2] ?? 0) << 8 | (bytes[3] ?? 0));
  copy.fill(0, 4, 20);
  return createHash("md5").update(copy).update(secret).digest();
}

/** A second reading: structure, both proofs. */
function deservesAnswer(bytes: Uint8Array): boolean {
  const length = (bytes[2] ?? 0) << 8 | (bytes[3] ?? 0);
  if (length < 20 || length > bytes.length || bytes[0] !== packetCode.accountingRequest) return false;
  const signatures: number[] = [];
  for (let at = 20; at < length; at += bytes[at + 1] ?? 0) {
    const [type = 0, size = 0] = [bytes[at], bytes[at + 1]];
    if (at + 2 > length || type === 0 || size < 2 || at + size > length || (type === 80 && size !== 18)) return false;
    if (type === 80) signatures.push(at + 2);
  }
  if (signatures.length > 1 || !proof(bytes).every((octet, index) => octet === bytes[4 + index])) return false;
  const [offset] = signatures;
  if (offset === undefined) return true;
  const copy = bytes.slice(0, length);
  copy.fill(0, 4, 20).fill(0, offset, offset + 16);
  return createHmac("md5", secret).update(copy).digest().every((octet, index) => octet === bytes[offset + index]);
}
