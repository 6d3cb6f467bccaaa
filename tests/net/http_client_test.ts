import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Gate } from "../../lib/net/gate.ts";
import type { HttpClient, HttpResult } from "../../lib/net/http_client.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { allClosed, clientOf, peerName, replyOf, requestBy, short, startTcpPeer, TlsPeer, untilOpen } from "./peers.ts";

const post = async (client: HttpClient, request: Parameters<typeof requestBy>[1] = {}): Promise<string> =>
  short(await client.request(requestBy(systemClock, request)));

Deno.test("a request is written as HTTP/1.1, and its reply is read", async () => {
  await using peer = await TlsPeer.start((connection) =>
    connection.send("HTTP/1.1 401 No\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 4\r\n\r\n\xc3\xa4\xc3\xb6")
  );
  await using client = clientOf(peer.port);
  const result = await client.request(requestBy(systemClock, { headers: { "User-Agent": "ours" }, body: "name=Zoë" }));
  assertEquals(result, {
    kind: "reply",
    status: 401,
    headers: new Map([["x-a", "1, 2"], ["content-length", "4"]]),
    body: "äö",
  });
  assertEquals(peer.requests, [{
    head: [
      "POST /auth/v2/auth HTTP/1.1",
      `Host: ${peerName}:${peer.port}`,
      "User-Agent: ours",
      "Content-Length: 9",
    ].join("\r\n"),
    body: "name=Zo\xc3\xab",
  }]);
});

Deno.test("a GET has no body and says nothing of one", async () => {
  await using peer = await TlsPeer.start();
  await using client = clientOf(peer.port);
  assertEquals(
    await post(client, { method: "GET", path: "/auth/v2/ping?x=1", headers: {}, body: undefined }),
    "200 hello",
  );
  assertEquals(peer.requests[0]?.head, `GET /auth/v2/ping?x=1 HTTP/1.1\r\nHost: ${peerName}:${peer.port}`);
});

/** What would end a request early, or make two of it. */
const unwritable: readonly (readonly [what: string, request: Parameters<typeof requestBy>[1]])[] = [
  ["a line end in a value", { headers: { A: "b\r\nC: d" } }],
  ["a line feed in a value", { headers: { A: "b\nC: d" } }],
  ["NUL in a value", { headers: { A: "\0" } }],
  ["a letter beyond ASCII in a value", { headers: { A: "ä" } }],
  ["a blank in a name", { headers: { "A B": "c" } }],
  ["a line end in a name", { headers: { "A:b\r\nC": "d" } }],
  ["an empty name", { headers: { "": "a" } }],
  ["a length of the caller's", { headers: { "Content-Length": "1" } }],
  ["a coding", { headers: { "transfer-encoding": "chunked" } }],
  ["another host", { headers: { Host: "elsewhere" } }],
  ["a blank in the path", { path: "/a b" }],
  ["a line end in the path", { path: "/\r\nX: y" }],
  ["a path without slash", { path: "http://elsewhere/" }],
];

Deno.test("a request that can't be written as one is not sent", async (t) => {
  await using peer = await TlsPeer.start();
  await using client = clientOf(peer.port);
  for (const [what, request] of unwritable) {
    await t.step(what, async () => {
      const result = await client.request(requestBy(systemClock, request));
      assertEquals([short(result), codeOf(result)], ["queue: error", "ERR_INVALID_ARG_VALUE"]);
    });
  }
  assertEquals(peer.accepted, 0);
});

function codeOf(result: HttpResult): string | undefined {
  return result.kind === "failed" ? result.failure.code : undefined;
}

Deno.test("one connection serves one request after the other; requests side by side have one each", async () => {
  await using peer = await TlsPeer.start();
  await using client = clientOf(peer.port);
  for (let time = 0; time < 3; time++) assertEquals(await post(client), "200 hello");
  assertEquals([peer.accepted, client.open], [1, 1]);
  await Promise.all([post(client), post(client), post(client)]);
  assertEquals([peer.accepted, client.open, peer.requests.length], [3, 3, 6]);
});

Deno.test("a fresh request has a connection of its own, which says so and is not kept", async () => {
  await using peer = await TlsPeer.start((connection) => connection.send(replyOf(`${connection.number}`)));
  await using client = clientOf(peer.port);
  assertEquals(await post(client), "200 1");
  assertEquals(await post(client, { fresh: true }), "200 2");
  assertEquals(await post(client, { fresh: true }), "200 3");
  assertEquals(await post(client), "200 1");
  await untilOpen(client, 1);
  assertEquals(peer.requests.map(({ head }) => /\r\nConnection: close/.test(head)), [false, true, true, false]);
});

Deno.test("an idle connection is kept for 4 s and no longer, whatever the server promises", async () => {
  for (const fields of [[], ["Keep-Alive: timeout=60, max=100"]]) {
    const clock = new FakeClock();
    await using peer = await TlsPeer.start((connection) => connection.send(replyOf("hello", ...fields)));
    await using client = clientOf(peer.port, { clock });
    const send = async (): Promise<string> => short(await client.request(requestBy(clock)));
    await send();
    await clock.advance(3_999);
    assertEquals([await send(), peer.accepted], ["200 hello", 1]);
    await clock.advance(4_000);
    await allClosed(client);
    assertEquals([await send(), peer.accepted], ["200 hello", 2]);
  }
});

Deno.test("a connection that the server promises to keep for a shorter time is not used at its end", async () => {
  const clock = new FakeClock();
  await using peer = await TlsPeer.start((connection) => connection.send(replyOf("hello", "Keep-Alive: timeout=3")));
  await using client = clientOf(peer.port, { clock });
  const send = async (): Promise<string> => short(await client.request(requestBy(clock)));
  await send();
  await clock.advance(1_900);
  assertEquals([await send(), peer.accepted], ["200 hello", 1]);
  await clock.advance(2_100);
  assertEquals([await send(), peer.accepted], ["200 hello", 2]);
});

/** Replies behind which a connection is not used again. */
const last: Readonly<Record<string, string>> = {
  "Connection: close": replyOf("x", "Connection: close"),
  "Connection: close in a list": replyOf("x", "Connection: foo, CLOSE"),
  "HTTP/1.0": replyOf("x").replace("1.1", "1.0"),
  "HTTP/1.0 that promises to stay": replyOf("x", "Connection: keep-alive").replace("1.1", "1.0"),
  "a promise to keep it for no time": replyOf("x", "Keep-Alive: timeout=0"),
  "octets behind the reply": `${replyOf("x")}y`,
  "a second reply": `${replyOf("x")}${replyOf("y")}`,
};

for (const [what, reply] of Object.entries(last)) {
  Deno.test(`a connection is closed after ${what}`, async () => {
    await using peer = await TlsPeer.start((connection) => connection.send(reply));
    await using client = clientOf(peer.port);
    assertEquals(await post(client), "200 x");
    assertEquals(await post(client), "200 x");
    assertEquals(peer.accepted, 2);
    await allClosed(client);
  });
}

Deno.test("octets that nobody asked for close an idle connection", async () => {
  let speak = (): void => {};
  await using peer = await TlsPeer.start((connection) => {
    connection.send(replyOf(`${connection.number}`));
    speak = () => connection.send(replyOf("not asked for"));
  });
  await using client = clientOf(peer.port);
  assertEquals(await post(client), "200 1");
  speak();
  await allClosed(client);
  assertEquals(await post(client), "200 2");
});

/** Replies in all framings. */
const framings: Readonly<Record<string, readonly [reply: string, expected: string]>> = {
  chunks: ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n", "200 abc"],
  "no body": ["HTTP/1.1 204 No Content\r\n\r\n", "204 "],
  "interim replies": [`HTTP/1.1 100 Continue\r\n\r\n${replyOf("x")}`, "200 x"],
  "a byte order mark, which is taken off": [replyOf("\xef\xbb\xbfx"), "200 x"],
};

for (const [what, [reply, expected]] of Object.entries(framings)) {
  Deno.test(`a reply with ${what} is read, and the connection kept`, async () => {
    await using peer = await TlsPeer.start((connection) => connection.send(reply));
    await using client = clientOf(peer.port);
    assertEquals([await post(client), await post(client)], [expected, expected]);
    assertEquals(peer.accepted, 1);
  });
}

Deno.test("a reply without length ends with the connection", async () => {
  await using peer = await TlsPeer.start((connection) => {
    connection.send("HTTP/1.1 200 OK\r\n\r\nto the end");
    connection.close("end");
  });
  await using client = clientOf(peer.port);
  assertEquals(await post(client), "200 to the end");
});

/** Replies that end a request without one. */
const refused: Readonly<Record<string, string>> = {
  "another protocol": "220 mail.example ESMTP\r\n",
  "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
  "a head without end": `HTTP/1.1 200 OK\r\n${`X: ${"y".repeat(1_000)}\r\n`.repeat(20)}`,
  "a body beyond the limit": `HTTP/1.1 200 OK\r\nContent-Length: ${(1 << 20) + 1}\r\n\r\n`,
  "chunks without end": `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${
    `4000\r\n${"x".repeat(0x4000)}\r\n`.repeat(65)
  }`,
  "an upgrade": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
};

for (const [what, reply] of Object.entries(refused)) {
  Deno.test(`a reply with ${what} is malformed, and its connection closed`, async () => {
    await using peer = await TlsPeer.start((connection) => connection.send(reply));
    await using client = clientOf(peer.port);
    assertEquals(await post(client), "reply: malformed");
    await allClosed(client);
    assertEquals(peer.requests.length, 1);
  });
}

Deno.test("no more connections are opened at one time than the gate lets through, by all clients together", async () => {
  const accepted = Promise.withResolvers<void>();
  await using silent = await startTcpPeer(() => {
    if (silent.accepted === 2) accepted.resolve();
  });
  const clock = new FakeClock();
  const handshakes = new Gate(2);
  await using first = clientOf(silent.port, { clock, handshakes });
  await using second = clientOf(silent.port, { clock, handshakes });
  const results = [first, first, second, second].map((client, index) =>
    client.request(requestBy(clock, { deadline: index < 2 ? 20_000 : 10_000 }))
  );
  await accepted.promise;
  assertEquals([handshakes.inside, handshakes.waiting], [2, 2]);
  await clock.advance(20_000);
  const failures = (await Promise.all(results)).map((result) => [
    short(result),
    result.kind === "failed" ? result.failure.underWay : NaN,
  ]);
  // What waited in our own queue was not under way.
  assertEquals(failures, [
    ["handshake: time", 20_000],
    ["handshake: time", 20_000],
    ["queue: time", 0],
    ["queue: time", 0],
  ]);
  assertEquals([handshakes.inside, handshakes.waiting, silent.accepted], [0, 0, 2]);
});

Deno.test("a request that waits at the gate takes a connection that gets free", async () => {
  const connections: (() => void)[] = [];
  await using peer = await TlsPeer.start((connection) => connections.push(() => connection.send(replyOf("hello"))));
  const handshakes = new Gate(1);
  await using client = clientOf(peer.port, { handshakes });
  const first = post(client);
  await peer.asked(1);
  const blocked = await handshakes.enter(new AbortController().signal);
  const second = post(client);
  assertEquals(handshakes.waiting, 1);
  connections[0]?.();
  assertEquals(await first, "200 hello");
  await peer.asked(2);
  connections[1]?.();
  assertEquals(await second, "200 hello");
  assertEquals([peer.accepted, handshakes.waiting], [1, 0]);
  blocked?.();
  assertEquals(handshakes.inside, 0);
});

Deno.test("a fresh request that waits at the gate takes none", async () => {
  const connections: (() => void)[] = [];
  await using peer = await TlsPeer.start((connection) => connections.push(() => connection.send(replyOf("hello"))));
  const handshakes = new Gate(1);
  await using client = clientOf(peer.port, { handshakes });
  const first = post(client);
  await peer.asked(1);
  const blocked = await handshakes.enter(new AbortController().signal);
  const second = post(client, { fresh: true });
  connections[0]?.();
  assertEquals(await first, "200 hello");
  assertEquals([handshakes.waiting, peer.requests.length], [1, 1]);
  blocked?.();
  await peer.asked(2);
  connections[1]?.();
  assertEquals([await second, peer.accepted], ["200 hello", 2]);
});

Deno.test("a client that is disposed of ends its requests as aborted, and has closed every socket", async () => {
  await using peer = await TlsPeer.start(() => {});
  const client = clientOf(peer.port);
  const result = client.request(requestBy(systemClock));
  await peer.asked(1);
  assertEquals(client.open, 1);
  await client[Symbol.asyncDispose]();
  assertEquals([(await result).kind, client.open], ["aborted", 0]);
  assertEquals((await client.request(requestBy(systemClock))).kind, "aborted");
  assertEquals(client.open, 0);
  await peer.deserted();
});

Deno.test("a request whose signal has aborted before is not begun", async () => {
  await using peer = await TlsPeer.start();
  await using client = clientOf(peer.port);
  assertEquals(await post(client, { signal: AbortSignal.abort() }), "aborted");
  assertEquals(peer.accepted, 0);
});

/** More than the buffers on the way to a peer that reads nothing can hold. */
const huge = "x".repeat(16 << 20);

Deno.test("a request that the system could not take is not written whole when its time is up", async () => {
  const clock = new FakeClock();
  await using peer = await TlsPeer.start(undefined, "good", "reads nothing");
  await using client = clientOf(peer.port, { clock });
  const result = client.request(requestBy(clock, { body: huge }));
  await peer.connected();
  await clock.advance(60_000);
  const ended = await result;
  assertEquals(short(ended), "write: time");
  assertEquals(ended.kind === "failed" && ended.failure.writtenWhole, false);
});

Deno.test("a request that was taken whole and not answered says so", async () => {
  const clock = new FakeClock();
  await using peer = await TlsPeer.start(() => {});
  await using client = clientOf(peer.port, { clock });
  const result = client.request(requestBy(clock));
  await peer.asked(1);
  await clock.advance(60_000);
  const ended = await result;
  assertEquals(short(ended), "reply: time");
  assertEquals(ended.kind === "failed" && [ended.failure.writtenWhole, ended.failure.underWay], [true, 60_000]);
});

Deno.test("a reply that comes before the whole request was taken counts, and the connection isn't used again", async () => {
  await using peer = await TlsPeer.start(undefined, "good", "answers and reads nothing");
  await using client = clientOf(peer.port);
  assertEquals(await post(client, { body: huge }), "200 early");
  assertEquals(await post(client, { body: huge }), "200 early");
  assertEquals(peer.accepted, 2);
});

Deno.test("a failure tells how long the event loop stood still meanwhile", async () => {
  await using peer = await TlsPeer.start(() => {});
  await using client = clientOf(peer.port);
  const patience = new AbortController();
  const result = client.request(requestBy(systemClock, { deadline: systemClock.now() + 500, signal: patience.signal }));
  await peer.asked(1);
  const until = performance.now() + 700;
  while (performance.now() < until);
  const ended = await result;
  assert(ended.kind === "failed" && ended.failure.lag > 250, JSON.stringify(ended));
});
