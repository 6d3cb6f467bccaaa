/**
 * A hundred thousand random and mutated packets against the server.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { attributeType, encodeVendorAttributes, textAttribute } from "../../lib/radius/attributes.ts";
import { verifyMessageAuthenticator, verifyResponseAuthenticator } from "../../lib/radius/authenticator.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import { Replays } from "../../lib/radius/replays.ts";
import { settle } from "../kit/fake_clock.ts";
import { accessRequest, octets, packetVectors } from "./packets.ts";
import { secret, served, ServerFixture } from "./server_fixture.ts";
import { FakeSocket, peer } from "./sockets.ts";

const count = 100_000;
const batch = 2_000;
const day = 24 * 60 * 60 * 1_000;
const limits = { maxAnswers: 500, maxOctets: 50_000, keep: 30_000, maxPending: 10_000 };

/** Where a packet comes from: a gateway that must sign, one that need not, or a stranger. Each has a section of its own. */
type Origin = "strict" | "lenient" | "stranger";

const networks: Readonly<Record<Origin, string>> = { strict: "10", lenient: "11", stranger: "12" };

const fixed = new Uint8Array(16).fill(9);
const rich = [
  textAttribute(attributeType.callingStationId, "192.0.2.9"),
  encodeVendorAttributes(9, [{ type: 1, value: octets("audit-session-id=1") }]),
  textAttribute(attributeType.proxyState, "p1"),
  textAttribute(attributeType.proxyState, "p2"),
];
const eap = { type: attributeType.eapMessage, value: Uint8Array.of(2, 1, 0, 5, 1) };

/** What the mutations begin with: packets as gateways send them, and those of the RFCs. */
const templates: readonly Uint8Array[] = [
  accessRequest(secret, { user: "alice", authenticator: fixed }),
  accessRequest(secret, { user: "alice", attributes: rich, authenticator: fixed }),
  accessRequest(secret, { user: "alice", attributes: rich, signature: "last", authenticator: fixed }),
  accessRequest(secret, { user: "alice", attributes: rich, signature: "none", authenticator: fixed }),
  accessRequest(secret, { attributes: [eap], authenticator: fixed }),
  accessRequest(secret, { attributes: [eap], signature: "none", authenticator: fixed }),
  accessRequest(octets("another secret"), { user: "alice", authenticator: fixed }),
  accessRequest(secret, { code: packetCode.statusServer, authenticator: fixed }),
  accessRequest(secret, { code: packetCode.statusServer, signature: "none", authenticator: fixed }),
  accessRequest(secret, { code: packetCode.accountingRequest, authenticator: fixed }),
  ...packetVectors.flatMap(({ request }) => request === undefined ? [] : [Uint8Array.fromHex(request)]),
];

const octet = fc.integer({ min: 0, max: 255 });
const mutation = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant("set"), at: fc.nat(200), octet }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant("flip"), at: fc.nat(200), octet: fc.nat(7) }), weight: 2 },
  fc.record({ kind: fc.constant("cut"), at: fc.nat(200), octet }),
  fc.record({ kind: fc.constant("append"), at: fc.nat(60), octet }),
  fc.record({ kind: fc.constant("length"), at: fc.nat(300), octet }),
  fc.record({ kind: fc.constant("sign"), at: fc.nat(1), octet }),
);

const origin = fc.constantFrom<Origin>("strict", "strict", "lenient", "lenient", "stranger");
const datagrams = fc.oneof(
  {
    arbitrary: fc.record({
      origin,
      template: fc.nat(templates.length - 1),
      mutations: fc.array(mutation, { maxLength: 3 }),
      host: fc.nat(9_999),
    })
      .map(({ origin, template, mutations, host }) => ({
        origin,
        host,
        bytes: mutations.reduce(mutate, templates[template] ?? new Uint8Array(0)),
      })),
    weight: 7,
  },
  // Gateways as they should be: a request is one of a few thousand, which come again, now and then from another address.
  {
    arbitrary: fc.record({ origin, serial: fc.nat(3_999), host: fc.integer({ min: -40, max: 9 }) })
      .map(({ origin, serial, host }) => ({
        origin,
        host: honest + (host < 0 ? serial % 10 : host),
        bytes: honestRequest(serial),
      })),
    weight: 2,
  },
  fc.record({ origin, host: fc.nat(9_999), bytes: fc.uint8Array({ maxLength: 120 }) }),
);

/** Hosts from here on send what {@link honestRequest} makes alone. */
const honest = 10_000;

function honestRequest(serial: number): Uint8Array {
  const authenticator = new Uint8Array(16);
  new DataView(authenticator.buffer).setUint32(4, serial + 1);
  return accessRequest(secret, { user: `user${serial}`, authenticator, identifier: serial & 0xff });
}

function mutate(bytes: Uint8Array, { kind, at, octet }: { kind: string; at: number; octet: number }): Uint8Array {
  const changed = bytes.slice();
  const index = bytes.length === 0 ? 0 : at % bytes.length;
  switch (kind) {
    case "set":
      changed[index] = octet;
      return changed;
    case "flip":
      changed[index] = (changed[index] ?? 0) ^ (1 << octet);
      return changed;
    case "cut":
      return changed.subarray(0, index);
    case "append":
      return Uint8Array.of(...changed, ...new Uint8Array(at).fill(octet));
    case "length":
      if (changed.length >= 4) changed.set([at >> 8, at & 0xff], 2);
      return changed;
    default: {
      // What was changed gets a valid Message-Authenticator again, so that the checks behind it are reached.
      const offset = read(changed)?.signature;
      if (offset !== undefined) changed.set(sign(changed, offset), offset);
      return changed;
    }
  }
}

/** HMAC-MD5 over the packet with zeros in place of the signature (RFC 3579, section 3.2), in its plainest form. */
function sign(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = bytes.slice(0, ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0));
  copy.fill(0, offset, offset + 16);
  return createHmac("md5", secret).update(copy).digest();
}

/** A second reading of the RFCs, as plain as can be: undefined if the octets are no packet. */
function read(
  bytes: Uint8Array,
): { readonly types: readonly number[]; readonly signature: number | undefined; readonly print: string } | undefined {
  const length = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  if (bytes.length < 20 || length < 20 || length > 4_096 || length > bytes.length) return undefined;
  const types: number[] = [];
  const parts: string[] = [];
  let signature: number | undefined;
  for (let at = 20; at < length;) {
    const [type = 0, size = 0] = [bytes[at], bytes[at + 1]];
    if (at + 2 > length || type === 0 || size < 2 || at + size > length) return undefined;
    if (type === 80 && (size !== 18 || signature !== undefined)) return undefined;
    if (type === 80) signature = at + 2;
    if (bytes[0] === 1 && type === 2 && ((size - 2) % 16 !== 0 || size < 18 || size > 130)) return undefined;
    types.push(type);
    const sentWhen = type === 55 || type === 41;
    if (type !== 80) parts.push(`${type}=${sentWhen ? "" : bytes.subarray(at + 2, at + size).toHex()}`);
    at += size;
  }
  return { types, signature, print: parts.join(" ") };
}

/** Whether a datagram has a right to an answer. */
function deservesAnswer(bytes: Uint8Array, from: Origin): boolean {
  const packet = read(bytes);
  if (packet === undefined || from === "stranger" || (bytes[0] !== 1 && bytes[0] !== 12)) return false;
  const { types, signature } = packet;
  if (signature === undefined) {
    return from === "lenient" && bytes[0] === 1 && !types.includes(79) && !types.includes(33);
  }
  const expected = sign(bytes, signature);
  return expected.every((octet, index) => octet === bytes[signature + index]);
}

/** A second reading of the rules for replays, with plain lists. */
class SecondMemory {
  now = 0;
  /** Requests whose verdict is kept, by authenticator and content, and by the identifier where a gateway repeats itself. */
  readonly #verdicts = new Map<string, { readonly origin: Origin; readonly at: number; readonly identifier: number }>();
  /** Requests by authenticator. */
  readonly #requests = new Map<
    string,
    readonly { readonly host: string; readonly print: string; readonly at: number }[]
  >();
  readonly #repeatThemselves = new Set<string>();

  /** What a signed Access-Request gets, and whether a login begins for it. */
  judge(
    host: string,
    origin: Origin,
    authenticator: string,
    print: string,
    identifier: number,
  ): "login" | "same" | "reject" {
    const content = `${authenticator} ${print}`;
    for (const key of [`${content} ${identifier}`, content]) {
      const kept = this.#verdicts.get(key);
      if (kept === undefined || this.now >= kept.at + limits.keep) continue;
      if (kept.identifier !== identifier && this.#repeatThemselves.has(host)) continue;
      return kept.origin === origin ? "same" : "reject";
    }
    const alike = (this.#requests.get(authenticator) ?? []).filter(({ at }) => this.now - at <= day);
    const own = alike.find((one) => one.host === host);
    if (own !== undefined && own.print !== print) this.#repeatThemselves.add(host);
    if (alike.some((one) => one.print === print) && !this.#repeatThemselves.has(host)) return "reject";
    if (own === undefined) this.#requests.set(authenticator, [...alike, { host, print, at: this.now }]);
    const key = this.#repeatThemselves.has(host) ? `${content} ${identifier}` : content;
    this.#verdicts.set(key, { origin, at: this.now, identifier });
    return "login";
  }
}

Deno.test(`${count} random and mutated packets: no crash, an answer to those alone that deserve one, no login twice, bounded memory`, async () => {
  const socket = new FakeSocket();
  let logins = 0;
  const handler = (): Promise<{ kind: "accept"; message: string }> => {
    logins++;
    return Promise.resolve({ kind: "accept", message: "Welcome" });
  };
  const replays = new Replays(0, {
    responses: { keep: limits.keep, maxAnswers: count, maxOctets: 1e9 },
    requests: { keep: day, requestsPerGateway: count, requests: count, gateways: 30_000 },
  });
  await using fixture = new ServerFixture(
    socket,
    [
      served({ network: "10.0.0.0/8", section: "strict", handler, requireMessageAuthenticator: "true" }),
      served({
        network: "11.0.0.0/8",
        section: "lenient",
        handler,
        requireMessageAuthenticator: "false",
        limitProxyState: "true",
      }),
    ],
    limits,
    { replays },
  );

  const memory = new SecondMemory();
  const outcomes = { none: 0, login: 0, status: 0, same: 0, reject: 0 };
  const sample = fc.sample(datagrams, { numRuns: count, seed: 20_261_125 });
  for (let start = 0; start < count; start += batch) {
    const asked = new Map<string, { readonly request: Uint8Array; readonly code: number }>();
    for (const [index, { origin, host, bytes }] of sample.slice(start, start + batch).entries()) {
      const hostname = `${networks[origin]}.1.${host >> 8}.${host & 0xff}`;
      // No port comes again while an answer is kept: what is known again is known by what it holds.
      const port = 1 + (start + index) % 60_000;
      const outcome = judge(memory, hostname, origin, bytes);
      outcomes[outcome]++;
      const code = outcome === "reject" ? packetCode.accessReject : packetCode.accessAccept;
      if (outcome !== "none") asked.set(`${hostname} ${port}`, { request: bytes, code });
      socket.deliver(bytes, peer(hostname, port));
    }
    // A datagram takes a few turns of microtasks: the loop is through when it waits with nothing left.
    while (socket.waiting > 0) await settle();
    await fixture.server.idle();
    await settle();

    const answered = socket.sent.splice(0);
    for (const { bytes, to } of answered) {
      assert(to.transport === "udp");
      const question = asked.get(`${to.hostname} ${to.port}`);
      assert(question !== undefined, `an answer to ${to.hostname} that deserves none`);
      const { request, code } = question;
      const authenticator = request.subarray(4, 20);
      assertEquals([bytes[0], bytes[1], bytes[20]], [code, request[1], 80]);
      assert(verifyResponseAuthenticator(bytes, authenticator, secret));
      assertEquals(verifyMessageAuthenticator(bytes, authenticator, secret), "valid");
    }
    assertEquals(answered.length, asked.size);
    assertEquals(logins, outcomes.login);
    const { requests, octets, topics } = fixture.server.remembered;
    assert(requests <= limits.maxAnswers && octets <= limits.maxOctets && topics <= 512);
    assert(replays.remembered.requests <= outcomes.login);
    // Once a day passes, and what was known is forgotten.
    const pass = start === count / 2 ? day + 10_000 : 10_000;
    await fixture.clock.advance(pass);
    memory.now += pass;
  }

  assertEquals(fixture.server.pending, 0);
  assertEquals(fixture.observer.drops.length, outcomes.none);
  assertEquals(fixture.observer.repeats.length, outcomes.same + outcomes.reject);
  // What anybody can cause is bounded by the minute; a batch comes each ten seconds.
  const minutes = Math.ceil(count / batch / 6) + 1;
  assert(fixture.observer.lines.filter(({ message }) => message.startsWith("Dropped")).length <= 2 * 256 * minutes);
  // The mutations must reach every check, or the test says little.
  const reasons = new Set(fixture.observer.reasons);
  for (
    const reason of [
      "malformed",
      "unknown-client",
      "code",
      "bad-message-authenticator",
      "no-message-authenticator",
      "proxy-state",
    ]
  ) assert(reasons.has(reason), `no packet was dropped for ${reason}`);
  const { login, status, same, reject } = outcomes;
  assert(login > count / 20 && status > 100 && same > count / 50 && reject > count / 50, JSON.stringify(outcomes));
});

/** What a datagram has a right to. */
function judge(
  memory: SecondMemory,
  host: string,
  origin: Origin,
  bytes: Uint8Array,
): "none" | "status" | "login" | "same" | "reject" {
  if (!deservesAnswer(bytes, origin)) return "none";
  const packet = read(bytes);
  if (bytes[0] === packetCode.statusServer) return "status";
  if (packet?.signature === undefined) return "login";
  return memory.judge(host, origin, bytes.subarray(4, 20).toHex(), packet.print, bytes[1] ?? 0);
}
