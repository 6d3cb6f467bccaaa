/**
 * What can go wrong on the way to a server, stage by stage: what is said of it, and that nothing is left open.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Gate } from "../../lib/net/gate.ts";
import type { HttpClient, HttpClientOptions, HttpFailure, HttpResult } from "../../lib/net/http_client.ts";
import { Authority, type CertificateKind, certificateKinds } from "../../lib/simulator/certificates.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { tunnelProxy } from "../kit/http_proxies.ts";
import { freePort } from "../kit/ports.ts";
import { allClosed, blackHole, clientOf, peerCa, peerName, requestBy, short, startTcpPeer, TlsPeer } from "./peers.ts";

function failureOf(result: HttpResult): HttpFailure {
  assert(result.kind === "failed", short(result));
  return result.failure;
}

async function failing(client: HttpClient): Promise<HttpFailure> {
  const failure = failureOf(await client.request(requestBy(systemClock)));
  await allClosed(client);
  return failure;
}

/** A place in which a request waits for ever, and how to know that it is there. */
interface Wait {
  readonly client: Partial<HttpClientOptions> & { readonly port: number };
  readonly reached: () => Promise<void>;
}

type Resources = AsyncDisposableStack;

type WaitingStage = Exclude<HttpFailure["stage"], "look-up">;

/** All stages but the look-up, which is tested with the dialer. */
const stages: readonly WaitingStage[] = ["queue", "connect", "tunnel", "handshake", "write", "reply"];

const waits: Readonly<Record<WaitingStage, (resources: Resources) => Promise<Wait>>> = {
  queue: () => Promise.resolve({ client: { port: 443, handshakes: new Gate(0) }, reached: () => Promise.resolve() }),
  connect: async (resources) => {
    const { port } = resources.use(await blackHole());
    return { client: { port, host: "127.0.0.1" }, reached: () => Promise.resolve() };
  },
  tunnel: async (resources) => {
    const asked = Promise.withResolvers<void>();
    const proxy = resources.use(await startTcpPeer((socket) => socket.once("data", () => asked.resolve())));
    return { client: { port: 443, httpProxy: { host: "127.0.0.1", port: proxy.port } }, reached: () => asked.promise };
  },
  handshake: async (resources) => {
    const greeted = Promise.withResolvers<void>();
    const { port } = resources.use(await startTcpPeer((socket) => socket.once("data", () => greeted.resolve())));
    return { client: { port }, reached: () => greeted.promise };
  },
  write: async (resources) => {
    const peer = resources.use(await TlsPeer.start(undefined, "good", "reads nothing"));
    return { client: { port: peer.port }, reached: () => peer.connected() };
  },
  reply: async (resources) => {
    const peer = resources.use(await TlsPeer.start(() => {}));
    return { client: { port: peer.port }, reached: () => peer.asked(1) };
  },
};

const body = "x".repeat(16 << 20);

for (const stage of stages) {
  const wait = waits[stage];
  Deno.test(`the deadline ends a request in the stage ${stage}, and nothing is left open`, async () => {
    await using resources = new AsyncDisposableStack();
    const { client: { port, ...options }, reached } = await wait(resources);
    const clock = new FakeClock();
    await using client = clientOf(port, { ...options, clock });
    const result = client.request(
      requestBy(clock, { deadline: clock.now() + 5_000, ...(stage === "write" ? { body } : {}) }),
    );
    await reached();
    await clock.advance(5_000);
    const failure = failureOf(await result);
    await allClosed(client);
    assertEquals(failure, {
      stage,
      end: "time",
      code: undefined,
      message: failure.message,
      untrusted: false,
      underWay: stage === "queue" ? 0 : 5_000,
      lag: 0,
      lagInAll: 0,
      writtenWhole: stage === "reply",
      reused: false,
    });
    await client[Symbol.asyncDispose]();
    assertEquals(clock.pending, 0);
  });

  for (const [what, end] of [["its signal", "signal"], ["the client's disposal", "disposal"]] as const) {
    Deno.test(`${what} ends a request in the stage ${stage}, and nothing is left open`, async () => {
      await using resources = new AsyncDisposableStack();
      const { client: { port, ...options }, reached } = await wait(resources);
      const clock = new FakeClock();
      await using client = clientOf(port, { ...options, clock });
      const patience = new AbortController();
      const result = client.request(
        requestBy(clock, { signal: patience.signal, ...(stage === "write" ? { body } : {}) }),
      );
      await reached();
      if (end === "signal") patience.abort();
      else await client[Symbol.asyncDispose]();
      assertEquals((await result).kind, "aborted");
      await allClosed(client);
      await client[Symbol.asyncDispose]();
      assertEquals(clock.pending, 0);
    });
  }
}

Deno.test("a port where nobody listens is refused", async () => {
  await using client = clientOf(freePort());
  const { stage, end, code, untrusted } = await failing(client);
  assertEquals([stage, end, code, untrusted], ["connect", "error", "ECONNREFUSED", false]);
});

Deno.test("a name that nobody has is not found", async () => {
  await using client = clientOf(443, { host: "nobody.invalid" });
  const { stage, end, code } = await failing(client);
  assertEquals([stage, end], ["look-up", "error"]);
  assert(code === "ENOTFOUND" || code === "EAI_AGAIN", code);
});

/** Codes that a certificate may be refused with. */
const verdicts: Readonly<Record<Exclude<CertificateKind, "good">, RegExp>> = {
  "other-ca": /^(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|UNABLE_TO_GET_ISSUER_CERT)/,
  "self-signed": /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
  "wrong-name": /^ERR_TLS_CERT_ALTNAME_INVALID$/,
  // The runtime has no better word for it.
  expired: /^(?:CERT_HAS_EXPIRED|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
};

for (const kind of certificateKinds) {
  if (kind === "good") continue;
  const code = verdicts[kind];
  for (const host of [peerName, "127.0.0.1"]) {
    Deno.test(`a certificate is refused before anything of the request is written: ${kind}, by ${host}`, async () => {
      await using peer = await TlsPeer.start(undefined, kind);
      await using client = clientOf(peer.port, { host });
      const failure = await failing(client);
      assertEquals([failure.stage, failure.end, failure.untrusted], ["handshake", "error", true]);
      assert(code.test(failure.code ?? ""), failure.code);
      assertEquals([failure.writtenWhole, peer.octets], [false, 0]);
    });
  }
}

Deno.test("only the authorities that are given are trusted", async () => {
  await using peer = await TlsPeer.start();
  const other = await Authority.create([peerName]);
  for (const caCerts of [other.pem, undefined]) {
    await using client = clientOf(peer.port, { caCerts });
    const { untrusted } = await failing(client);
    assertEquals([untrusted, peer.octets], [true, 0]);
  }
});

Deno.test("a list of no authorities trusts nobody, and is our own mistake", async () => {
  await using peer = await TlsPeer.start();
  for (const caCerts of ["", "# to be filled in\n"]) {
    await using client = clientOf(peer.port, { caCerts });
    const { stage, end, untrusted, code } = await failing(client);
    assertEquals([stage, end, untrusted, code], ["handshake", "error", false, "ERR_UNEXPECTED"]);
  }
  assertEquals(peer.octets, 0);
});

Deno.test("an authority that is no certificate trusts nobody", async () => {
  await using peer = await TlsPeer.start();
  const caCerts = "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n";
  await using client = clientOf(peer.port, { caCerts });
  const { stage, end } = await failing(client);
  assertEquals([stage, end, peer.octets], ["handshake", "error", 0]);
});

Deno.test("each of several authorities is trusted", async () => {
  await using peer = await TlsPeer.start();
  const { pem } = await Authority.create([peerName]);
  for (const caCerts of [`${pem}\n${peerCa}`, `# a remark\n${peerCa}${pem}`]) {
    await using client = clientOf(peer.port, { caCerts });
    assertEquals(short(await client.request(requestBy(systemClock))), "200 hello");
  }
});

Deno.test("a server that speaks no TLS ends the handshake", async () => {
  await using plain = await startTcpPeer((socket) =>
    socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))
  );
  await using client = clientOf(plain.port);
  const { stage, end, code, untrusted } = await failing(client);
  assertEquals([stage, end, code, untrusted], ["handshake", "error", "ERR_SSL_WRONG_VERSION_NUMBER", false]);
});

Deno.test("a server that closes in the handshake has cut it", async () => {
  for (const way of ["end", "destroy", "resetAndDestroy"] as const) {
    await using cutting = await startTcpPeer((socket) => socket.once("data", () => socket[way]()));
    await using client = clientOf(cutting.port);
    const { stage, end, untrusted } = await failing(client);
    assertEquals([stage, end, untrusted], ["handshake", "cut", false], way);
  }
});

Deno.test("a request goes through an HTTP proxy, which sees only where it goes", async () => {
  await using peer = await TlsPeer.start();
  await using proxy = tunnelProxy();
  await using client = clientOf(peer.port, { httpProxy: { host: "127.0.0.1", port: proxy.port } });
  for (let time = 0; time < 2; time++) {
    assertEquals(short(await client.request(requestBy(systemClock))), "200 hello");
  }
  assertEquals([[...proxy.targets], peer.accepted], [[`${peerName}:${peer.port}`], 1]);
});

Deno.test("a certificate is refused through an HTTP proxy too", async () => {
  await using peer = await TlsPeer.start(undefined, "wrong-name");
  await using proxy = tunnelProxy();
  await using client = clientOf(peer.port, { httpProxy: { host: "127.0.0.1", port: proxy.port } });
  const { stage, untrusted } = await failing(client);
  assertEquals([stage, untrusted, peer.octets], ["handshake", true, 0]);
});

/** What a proxy says to CONNECT, and what becomes of it. */
const proxies: readonly (readonly [
  what: string,
  says: string,
  expected: readonly [stage: HttpFailure["stage"], end: HttpFailure["end"], tunnelStatus: number | undefined],
])[] = [
  ["asks who we are", "HTTP/1.1 407 Authenticate\r\nContent-Length: 2\r\n\r\nno", ["tunnel", "tunnel-refused", 407]],
  ["forbids it", "HTTP/1.1 403 Forbidden\r\n\r\n", ["tunnel", "tunnel-refused", 403]],
  ["found no way", "HTTP/1.0 502 Bad Gateway\r\nContent-Length: 100000000\r\n\r\n", ["tunnel", "tunnel-refused", 502]],
  ["sends elsewhere", "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", ["tunnel", "tunnel-refused", 302]],
  ["is none", "220 mail.example ESMTP\r\n", ["tunnel", "malformed", undefined]],
  ["speaks behind its yes", "HTTP/1.1 200 OK\r\n\r\nhello", ["tunnel", "malformed", undefined]],
  ["says no end of fields", `HTTP/1.1 200 OK\r\n${`X: ${"y".repeat(1_000)}\r\n`.repeat(20)}`, [
    "tunnel",
    "malformed",
    undefined,
  ]],
];

for (const [what, says, expected] of proxies) {
  Deno.test(`an HTTP proxy that ${what} is told apart`, async () => {
    await using proxy = await startTcpPeer((socket) => socket.once("data", () => socket.write(says)));
    await using client = clientOf(443, { httpProxy: { host: "127.0.0.1", port: proxy.port } });
    const { stage, end, tunnelStatus, untrusted, writtenWhole } = await failing(client);
    assertEquals([stage, end, tunnelStatus], expected);
    assertEquals([untrusted, writtenWhole], [false, false]);
  });
}

Deno.test("an HTTP proxy that closes instead of an answer has cut the way", async () => {
  for (const way of ["end", "destroy", "resetAndDestroy"] as const) {
    await using proxy = await startTcpPeer((socket) => socket.once("data", () => socket[way]()));
    await using client = clientOf(443, { httpProxy: { host: "127.0.0.1", port: proxy.port } });
    const { stage, end } = await failing(client);
    assertEquals([stage, end], ["tunnel", "cut"], way);
  }
});

Deno.test("an HTTP proxy that is not there is refused", async () => {
  await using client = clientOf(443, { httpProxy: { host: "127.0.0.1", port: freePort() } });
  const { stage, end, code } = await failing(client);
  assertEquals([stage, end, code], ["connect", "error", "ECONNREFUSED"]);
});
