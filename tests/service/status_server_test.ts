/**
 * The status port over real TCP: what it answers, what it refuses, and what a client can't make it hold.
 *
 * @module
 */

import type { Clock } from "../../lib/clock.ts";
import { systemClock } from "../../lib/clock.ts";
import {
  connectionLimit,
  maxConnections,
  maxHead,
  type Pages,
  type StatusListener,
  StatusPort,
  StatusServer,
} from "../../lib/service/status_server.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FakeClock, settle } from "../kit/fake_clock.ts";

const pages: Pages = {
  "/page": () => ({ status: 200, type: "text/plain; charset=utf-8", body: "ä page\n" }),
  "/broken": () => {
    throw new Error("out of order");
  },
};

const local = { hostname: "127.0.0.1", port: 0 };

function serve(clock: Clock = systemClock, log: string[] = []): StatusServer {
  return new StatusServer(Deno.listen(local), { clock, pages, log: (_, message) => void log.push(message) });
}

interface Reply {
  readonly status: number;
  readonly fields: Headers;
  readonly body: string;
}

async function send(connection: Deno.TcpConn, text: string): Promise<void> {
  for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
    rest = rest.subarray(await connection.write(rest));
  }
}

/** Everything up to the end of a connection. */
async function readAll(connection: Deno.TcpConn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4_096);
  const decoder = new TextDecoder();
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return text;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
}

/** True if the other side has ended the connection without a word. */
async function isCut(connection: Deno.TcpConn): Promise<boolean> {
  try {
    return await readAll(connection) === "";
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset) return true;
    throw error;
  }
}

async function ask(server: StatusServer, text: string): Promise<Reply> {
  using connection = await Deno.connect(server.address);
  await send(connection, text);
  const answer = await readAll(connection);
  const end = answer.indexOf("\r\n\r\n");
  const [line = "", ...fields] = answer.slice(0, end).split("\r\n");
  assertMatch(line, /^HTTP\/1\.1 [1-5][0-9]{2} [A-Z][A-Za-z ]+$/, text.slice(0, 100));
  return {
    status: Number(line.split(" ")[1]),
    fields: new Headers(Object.fromEntries(fields.map((field) => field.split(": ", 2)))),
    body: answer.slice(end + 4),
  };
}

const host = "Host: localhost\r\n";

Deno.test("a page is answered with its length in octets, and the connection ends", async () => {
  await using server = serve();
  const { status, fields, body } = await ask(server, `GET /page HTTP/1.1\r\n${host}\r\n`);
  assertEquals([status, body], [200, "ä page\n"]);
  assertEquals(fields.get("content-length"), "8");
  assertEquals(fields.get("content-type"), "text/plain; charset=utf-8");
  assertEquals(fields.get("connection"), "close");
  assertEquals(fields.get("cache-control"), "no-store");
  assertEquals(fields.get("access-control-allow-origin"), null);
});

Deno.test("HEAD is answered with the same head and no body", async () => {
  await using server = serve();
  const { status, fields, body } = await ask(server, `HEAD /page HTTP/1.1\r\n${host}\r\n`);
  assertEquals([status, fields.get("content-length"), body], [200, "8", ""]);
});

Deno.test("fetch gets a page", async () => {
  await using server = serve();
  const response = await fetch(`http://127.0.0.1:${server.address.port}/page?x=1`);
  assertEquals([response.status, await response.text()], [200, "ä page\n"]);
});

Deno.test("what is no GET or HEAD is refused, and its body can't hurt the answer", async () => {
  await using server = serve();
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "X-NEW"]) {
    const { status, fields } = await ask(server, `${method} /page HTTP/1.1\r\n${host}\r\n`);
    assertEquals([status, fields.get("allow")], [405, "GET, HEAD"], method);
  }
  const body = "x".repeat(30_000);
  const { status } = await ask(server, `POST /page HTTP/1.1\r\n${host}Content-Length: ${body.length}\r\n\r\n${body}`);
  assertEquals(status, 405);
});

Deno.test("requests as HTTP allows them, and as it doesn't", async () => {
  await using server = serve();
  const cases: readonly (readonly [number, string])[] = [
    [200, `\r\n\r\nGET /page HTTP/1.1\r\n${host}\r\n`],
    [200, "GET /page HTTP/1.1\nhost:localhost\n\n"],
    [200, "GET /page HTTP/1.0\r\n\r\n"],
    [200, `GET http://127.0.0.1:1/page?x#y HTTP/1.1\r\n${host}\r\n`],
    [200, `GET /page HTTP/1.1\r\n${host}X: \u00ff\r\nEmpty:\r\n\r\n`],
    [404, `GET / HTTP/1.1\r\n${host}\r\n`],
    [404, `GET /page/ HTTP/1.1\r\n${host}\r\n`],
    [404, `GET /constructor HTTP/1.1\r\n${host}\r\n`],
    [404, `GET /__proto__ HTTP/1.1\r\n${host}\r\n`],
    [404, `GET http://127.0.0.1 HTTP/1.1\r\n${host}\r\n`],
    [400, "GET /page HTTP/1.1\r\n\r\n"],
    [400, `GET /page HTTP/1.1\r\n${host}${host}\r\n`],
    [400, `GET /page HTTP/1.1\r\n${host}X : y\r\n\r\n`],
    [400, `GET /page HTTP/1.1\r\n${host} folded\r\n\r\n`],
    [400, `GET /page HTTP/1.1\r\n${host}no colon\r\n\r\n`],
    [400, `GET /page\r\n\r\n`],
    [400, `GET  /page HTTP/1.1\r\n${host}\r\n`],
    [400, `GET /page HTTP/1.1 \r\n${host}\r\n`],
    [400, `G(T /page HTTP/1.1\r\n${host}\r\n`],
    [400, "hello\r\n\r\n"],
    [505, `GET /page HTTP/2.0\r\n${host}\r\n`],
    [431, `GET /${"x".repeat(maxHead)} HTTP/1.1\r\n${host}\r\n`],
    [431, `GET /page HTTP/1.1\r\n${"X: y\r\n".repeat(maxHead)}\r\n`],
  ];
  for (const [status, text] of cases) assertEquals((await ask(server, text)).status, status, text.slice(0, 80));
});

Deno.test("a name that may lead here by somebody else's doing is refused on loopback", async () => {
  await using server = serve();
  const cases: readonly (readonly [number, string])[] = [
    [200, "127.0.0.1"],
    [200, "127.0.0.1:8812"],
    [200, "[::1]:8812"],
    [200, "LOCALHOST:8812"],
    [200, "proxy.localhost"],
    [421, "evil.example"],
    [421, "evil.example:8812"],
    [421, "localhost.evil.example"],
    [421, "127.0.0.1.evil.example"],
    [421, "1.2.3"],
    [421, "[evil.example]"],
    [421, ""],
  ];
  for (const [status, name] of cases) {
    assertEquals((await ask(server, `GET /page HTTP/1.1\r\nHost: ${name}\r\n\r\n`)).status, status, name);
    // The target's host counts before the field (RFC 9112 section 3.2.2).
    const target = `GET http://${name}/page HTTP/1.1\r\n${host}\r\n`;
    if (name !== "") assertEquals((await ask(server, target)).status, status, target);
  }
});

Deno.test("a page that fails is an internal error in answer and log, and the next is served", async () => {
  const log: string[] = [];
  await using server = serve(systemClock, log);
  const { status, body } = await ask(server, `GET /broken HTTP/1.1\r\n${host}\r\n`);
  assertEquals([status, body], [500, "Internal error\n"]);
  assertEquals(log, ["/broken of the status port failed: out of order"]);
  assertEquals((await ask(server, `GET /page HTTP/1.1\r\n${host}\r\n`)).status, 200);
});

Deno.test("a request may come octet by octet", async () => {
  await using server = serve();
  using connection = await Deno.connect(server.address);
  for (const octet of `GET /page HTTP/1.1\r\n${host}\r\n`) await send(connection, octet);
  assertStringIncludes(await readAll(connection), " 200 OK\r\n");
});

Deno.test("a client that sends nothing, or only a part, is cut when its time is up", async () => {
  const clock = new FakeClock();
  await using server = serve(clock);
  using silent = await Deno.connect(server.address);
  using slow = await Deno.connect(server.address);
  await send(slow, "GET /page HTTP/1.1\r\nHo");
  while (server.connections < 2) await settle();
  assertEquals(clock.nextIn, connectionLimit);
  await clock.advance(connectionLimit);
  assertEquals([await isCut(silent), await isCut(slow)], [true, true]);
  assertEquals([server.connections, clock.pending], [0, 0]);
});

Deno.test("a client that doesn't read its answer, or doesn't close, is cut too", async () => {
  const clock = new FakeClock();
  const large: Pages = { "/large": () => ({ status: 200, type: "text/plain", body: "x".repeat(32 * 1024 * 1024) }) };
  await using server = new StatusServer(Deno.listen(local), { clock, pages: large, log: () => {} });
  using deaf = await Deno.connect(server.address);
  await send(deaf, `GET /large HTTP/1.1\r\n${host}\r\n`);
  using staying = await Deno.connect(server.address);
  await send(staying, `GET /x HTTP/1.1\r\n${host}\r\n`);
  assertStringIncludes(await readAll(staying), " 404 ");
  while (server.connections < 2) await settle();
  await clock.advance(connectionLimit);
  while (server.connections > 0) await settle();
  assertEquals(clock.pending, 0);
});

Deno.test("connections are few: one more closes the oldest, and honest clients are served all the while", async () => {
  await using server = serve(new FakeClock());
  const silent: Deno.TcpConn[] = [];
  for (let count = 0; count < maxConnections; count++) {
    silent.push(await Deno.connect(server.address));
    while (server.connections <= count) await settle();
  }
  assertEquals((await ask(server, `GET /page HTTP/1.1\r\n${host}\r\n`)).status, 200);
  assert(server.connections <= maxConnections);
  const [oldest] = silent;
  assert(oldest !== undefined && await isCut(oldest));
  for (const connection of silent) connection.close();
});

Deno.test("disposal closes listener, connections and timers", async () => {
  const clock = new FakeClock();
  const server = serve(clock);
  using connection = await Deno.connect(server.address);
  while (server.connections < 1) await settle();
  await server[Symbol.asyncDispose]();
  assertEquals([await isCut(connection), server.connections, clock.pending], [true, 0, 0]);
  await server[Symbol.asyncDispose]();
});

Deno.test("without file descriptors the server waits instead of spinning, and goes on", async () => {
  const clock = new FakeClock();
  const real = Deno.listen(local);
  let failures = 3;
  const listener: StatusListener = {
    addr: real.addr,
    accept: () => failures-- > 0 ? Promise.reject(new Error("Too many open files")) : real.accept(),
    close: () => real.close(),
  };
  await using server = new StatusServer(listener, { clock, pages, log: () => {} });
  for (const left of [2, 1, 0]) {
    await settle();
    assertEquals([failures, clock.pending], [left, 1]);
    await clock.advance(clock.nextIn ?? 0);
  }
  assertEquals((await ask(server, `GET /page HTTP/1.1\r\n${host}\r\n`)).status, 200);
});

/** A port manager whose listeners are real, on free ports, and which refuses what a test wants refused. */
class Ports {
  readonly log: string[] = [];
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  /** Addresses that are refused. */
  readonly taken = new Set<string>();
  readonly port = new StatusPort(
    { clock: systemClock, pages, log: (level, message) => void this.log.push(`${level}: ${message}`) },
    ({ hostname, port }) => {
      const name = `${hostname}:${port}`;
      if (this.taken.has(name)) throw new Deno.errors.AddrInUse("taken");
      const real = Deno.listen(local);
      this.opened.push(name);
      return {
        addr: real.addr,
        accept: () => real.accept(),
        close: () => {
          this.closed.push(name);
          real.close();
        },
      };
    },
  );
}

Deno.test("StatusPort opens, moves and closes with the configuration; the new is open before the old closes", async () => {
  const ports = new Ports();
  await using port = ports.port;
  await port.configure({ statusPort: undefined, statusInterface: "127.0.0.1" });
  assertEquals([port.address, port.problem], [undefined, undefined]);
  await port.configure({ statusPort: 1, statusInterface: "127.0.0.1" });
  const first = port.address;
  assert(first !== undefined);
  await port.configure({ statusPort: 1, statusInterface: "127.0.0.1" });
  assertEquals([ports.opened, port.address], [["127.0.0.1:1"], first]);
  await port.configure({ statusPort: 2, statusInterface: "127.0.0.1" });
  assertEquals([ports.opened, ports.closed], [["127.0.0.1:1", "127.0.0.1:2"], ["127.0.0.1:1"]]);
  await port.configure({ statusPort: undefined, statusInterface: "127.0.0.1" });
  assertEquals([port.address, port.problem], [undefined, undefined]);
});

Deno.test("StatusPort keeps the old port where the new one can't be opened, and says so", async () => {
  const ports = new Ports();
  await using port = ports.port;
  await port.configure({ statusPort: 1, statusInterface: "127.0.0.1" });
  ports.taken.add("127.0.0.1:2");
  await port.configure({ statusPort: 2, statusInterface: "127.0.0.1" });
  assertStringIncludes(
    port.problem ?? "",
    "Cannot open the status port 127.0.0.1:2: it is taken; see who has it with: ss -tlpn",
  );
  assertStringIncludes(ports.log.at(-1) ?? "", "error: Cannot open");
  assertEquals([ports.closed, port.address !== undefined], [[], true]);
  // Back to what is open already: no problem any more.
  await port.configure({ statusPort: 1, statusInterface: "127.0.0.1" });
  assertEquals(port.problem, undefined);
});

Deno.test("StatusPort moves to another address of its port, though both can't be open at once", async () => {
  const ports = new Ports();
  await using port = ports.port;
  await port.configure({ statusPort: 1, statusInterface: "127.0.0.1" });
  ports.taken.add("0.0.0.0:1");
  await port.configure({ statusPort: 1, statusInterface: "0.0.0.0" });
  // Taken by another: the old one is open again.
  assertEquals(ports.opened, ["127.0.0.1:1", "127.0.0.1:1"]);
  assertStringIncludes(port.problem ?? "", "0.0.0.0:1");
  assert(port.address !== undefined);
});

Deno.test({
  name: "StatusPort moves from one address to all of them on the same real port, and back",
  ignore: Deno.build.os !== "linux",
  async fn(): Promise<void> {
    const probe = Deno.listen(local);
    const { port: free } = probe.addr;
    probe.close();
    await using port = new StatusPort({ clock: systemClock, pages, log: () => {} }, (address) => Deno.listen(address));
    for (const statusInterface of ["127.0.0.1", "0.0.0.0", "127.0.0.1"]) {
      await port.configure({ statusPort: free, statusInterface });
      assertEquals([port.problem, port.address?.hostname], [undefined, statusInterface]);
      const response = await fetch(`http://127.0.0.1:${free}/page`);
      assertEquals(await response.text(), "ä page\n");
    }
  },
});
