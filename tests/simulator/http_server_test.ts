import { assert, assertEquals } from "@std/assert";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { encode, Peer, radius } from "./peer.ts";

const ping = "GET /rest/v1/ping HTTP/1.1\r\nHost: localhost\r\n\r\n";

Deno.test("requests sent in one go, or octet by octet, are answered in order on one connection", async () => {
  await using simulator = await DuoSimulator.start();
  await using peer = await Peer.connect(simulator);
  const preauth = encode({ path: "/rest/v1/preauth", params: { user: "alice" }, keys: radius }, simulator.port);
  await peer.send(ping + preauth + ping);
  assertEquals((await peer.receive())?.text, '{"stat":"OK","response":"pong"}');
  assert((await peer.receive())?.text.includes('"result":"auth"'));
  assertEquals((await peer.receive())?.status, 200);
  for (const octet of ping) await peer.send(octet);
  assertEquals((await peer.receive())?.status, 200);
  assertEquals(simulator.calls.map(({ connection, onConnection }) => [connection, onConnection]), [
    [1, 1],
    [1, 2],
    [1, 3],
    [1, 4],
  ]);
});

Deno.test("a chunked body is read, as the official client sends one", async () => {
  await using simulator = await DuoSimulator.start();
  await using peer = await Peer.connect(simulator);
  const plain = encode({ path: "/rest/v1/preauth", params: { user: "alice" }, keys: radius }, simulator.port);
  const chunked = plain.replace(/Content-Length: \d+/, "Transfer-Encoding: chunked")
    .replace("user=alice", "4\r\nuser\r\n6;x=y\r\n=alice\r\n0\r\nTrailer: x\r\n\r\n");
  await peer.send(chunked + ping);
  assert((await peer.receive())?.text.includes('"result":"auth"'));
  assertEquals((await peer.receive())?.status, 200);
});

Deno.test("what can't be read is refused and ends the connection", async () => {
  await using simulator = await DuoSimulator.start();
  const post = "POST /rest/v1/auth HTTP/1.1\r\nHost: localhost\r\n";
  const cases: readonly (readonly [number, string])[] = [
    [400, "hello\r\n\r\n"],
    [400, "GET / HTTP/2\r\n\r\n"],
    [400, "GET /rest/v1/ping HTTP/1.1\r\nHost localhost\r\n\r\n"],
    [400, "GET /rest/v1/ping HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n"],
    [400, `${post}Content-Length: -1\r\n\r\n`],
    [400, `${post}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`],
    [400, `${post}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`],
    [400, `${post}Transfer-Encoding: gzip\r\n\r\n`],
    [400, `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    [400, `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n`],
    [413, `${post}Content-Length: 262145\r\n\r\n`],
    [413, `${post}Transfer-Encoding: chunked\r\n\r\nffffff\r\n`],
    [431, `GET /${"x".repeat(20_000)} HTTP/1.1\r\n\r\n`],
    [431, `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(5_000)}`],
  ];
  for (const [status, text] of cases) {
    await using peer = await Peer.connect(simulator);
    await peer.send(text);
    const reply = await peer.receive();
    assertEquals([reply?.status, reply?.headers.get("connection")], [status, "close"], text.slice(0, 100));
    assertEquals(await peer.closed(), true);
  }
  assertEquals(simulator.calls.length, 0);
});

Deno.test("Connection: close and HTTP/1.0 end the connection after the reply, 100-continue is answered", async () => {
  await using simulator = await DuoSimulator.start();
  for (const text of [ping.replace("1.1", "1.0"), ping.replace("\r\n\r\n", "\r\nConnection: Close\r\n\r\n")]) {
    await using peer = await Peer.connect(simulator);
    await peer.send(text);
    assertEquals((await peer.receive())?.headers.get("connection"), "close");
    assertEquals(await peer.closed(), true);
  }
  await using peer = await Peer.connect(simulator);
  const whole = encode({ path: "/rest/v1/preauth", params: { user: "alice" }, keys: radius }, simulator.port);
  const [head = "", body = ""] = whole.split("\r\n\r\n");
  await peer.send(`${head}\r\nExpect: 100-continue\r\n\r\n`);
  assertEquals((await peer.receive())?.status, 100);
  await peer.send(body);
  assertEquals((await peer.receive())?.status, 200);
});

Deno.test("a hundred connections at once are all served", async () => {
  await using simulator = await DuoSimulator.start();
  const statuses = await Promise.all(Array.from({ length: 100 }, async () => {
    await using peer = await Peer.connect(simulator);
    return (await peer.request({ path: "/rest/v1/check", keys: radius }))?.status;
  }));
  assertEquals(new Set(statuses), new Set([200]));
  assertEquals(simulator.counters.connections, 100);
});
