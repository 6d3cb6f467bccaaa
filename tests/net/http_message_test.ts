import { assertEquals } from "@std/assert";
import { keepsConnection } from "../../lib/net/http_head.ts";
import {
  type MessageProblem,
  type MessageReader,
  readReply,
  readRequest,
  readTunnelReply,
} from "../../lib/net/http_message.ts";

const limits = { head: 1_024, body: 64 };

/** What a reader made of octets. */
type Read =
  | { readonly head: object; readonly body: string; readonly rest: string }
  | MessageProblem
  /** More octets are needed. */
  | "more";

const octets = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** Reads a text in one piece, octet by octet, and in two pieces cut at each place: all must come to the same. */
function read<Head extends object>(make: () => MessageReader<Head>, message: string, end = false): Read {
  const bytes = octets(message);
  const results = [[], [...bytes.keys()], ...Array.from(bytes, (_, at) => [at])].map((cuts) => {
    const reader = make();
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      reader.feed(bytes.slice(from, to));
      from = to;
    }
    if (end) reader.end();
    return resultOf(reader);
  });
  for (const result of results) assertEquals(result, results[0], message);
  return results[0] ?? "more";
}

function resultOf<Head extends object>({ state, problem, head, body, rest }: MessageReader<Head>): Read {
  if (state !== "done") return problem ?? "more";
  return { head: head ?? {}, body: text(body), rest: text(rest) };
}

const reply = (message: string, end = false): Read => read(() => readReply(limits), message, end);
const request = (message: string, end = false): Read => read(() => readRequest(limits), message, end);
const tunnel = (message: string): Read => read(() => readTunnelReply(limits), message);

const ok = "HTTP/1.1 200 OK\r\n";
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

function statusAndBody(result: Read): unknown {
  return typeof result === "string" ? result : ["status" in result.head ? result.head.status : 0, result.body];
}

Deno.test("a reply's status, fields and body are read", () => {
  assertEquals(reply(`${ok}Content-Length: 4\r\nX-A: \t a b \t\r\nx-a:\r\n\r\nbody`), {
    head: { status: 200, version: "1.1", fields: [["Content-Length", "4"], ["X-A", "a b"], ["x-a", ""]] },
    body: "body",
    rest: "",
  });
});

/** Replies that are read, with the status and body that they have. */
const readable: readonly (readonly [what: string, message: string, status: number, body: string])[] = [
  ["a body of no octets", `${ok}Content-Length: 0\r\n\r\n`, 200, ""],
  ["leading zeros of a length", `${ok}Content-Length: 0002\r\n\r\nab`, 200, "ab"],
  ["a body as long as the limit", `${ok}Content-Length: 64\r\n\r\n${"x".repeat(64)}`, 200, "x".repeat(64)],
  ["octets beyond ASCII", `${ok}Content-Length: 2\r\nX: \xe4\r\n\r\n\xc3\xa4`, 200, "\xc3\xa4"],
  ["no reason", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", 404, ""],
  ["no blank before no reason", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, ""],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x"],
  ["an empty line before", `\r\n\r\n${ok}Content-Length: 1\r\n\r\nx`, 200, "x"],
  ["204, which has no body", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""],
  ["304, which says how long a body would be", "HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n", 304, ""],
  [
    "interim replies",
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n${ok}Content-Length: 1\r\n\r\nx`,
    200,
    "x",
  ],
  ["chunks", `${chunked}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`, 200, "abcde"],
  ["chunk sizes in either case, with zeros", `${chunked}0A\r\n0123456789\r\n0\r\n\r\n`, 200, "0123456789"],
  ["extensions of chunks", `${chunked}1;a=b;c="d"\r\nx\r\n0;e\r\n\r\n`, 200, "x"],
  ["trailers, which are skipped", `${chunked}1\r\nx\r\n0\r\nContent-Length: 7\r\nX: y\r\n\r\n`, 200, "x"],
  ["the coding in any case", `${ok}transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n`, 200, ""],
];

for (const [what, message, status, body] of readable) {
  Deno.test(`a reply is read: ${what}`, () => assertEquals(statusAndBody(reply(message)), [status, body]));
}

/** Replies that are refused, and why. */
const unreadable: readonly (readonly [what: string, message: string, problem: MessageProblem])[] = [
  ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "malformed"],
  ["HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", "malformed"],
  ["HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", "malformed"],
  ["a request", "GET / HTTP/1.1\r\n\r\n", "malformed"],
  ["no status", "HTTP/1.1 OK\r\n\r\n", "malformed"],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "malformed"],
  ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "malformed"],
  ["a status below 100", "HTTP/1.1 099 OK\r\n\r\n", "malformed"],
  ["two blanks before the status", "HTTP/1.1  200 OK\r\n\r\n", "malformed"],
  ["a control character in the reason", "HTTP/1.1 200 O\x01K\r\n\r\n", "malformed"],
  ["a line feed alone", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", "malformed"],
  ["a line feed alone as the empty line", `${ok}Content-Length: 0\r\n\n`, "malformed"],
  ["a carriage return alone", `${ok}A: b\rC: d\r\n\r\n`, "malformed"],
  ["a folded line", `${ok}A: b\r\n c\r\n\r\n`, "malformed"],
  ["a blank before a colon", `${ok}Content-Length : 1\r\n\r\nx`, "malformed"],
  ["no name", `${ok}: x\r\n\r\n`, "malformed"],
  ["no colon", `${ok}abc\r\n\r\n`, "malformed"],
  ["NUL in a value", `${ok}A: \0\r\n\r\n`, "malformed"],
  ["two lengths", `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`, "malformed"],
  ["the same length twice", `${ok}Content-Length: 1\r\ncontent-length: 1\r\n\r\nx`, "malformed"],
  ["a list of lengths", `${ok}Content-Length: 1, 1\r\n\r\nx`, "malformed"],
  ["a length with a sign", `${ok}Content-Length: +1\r\n\r\nx`, "malformed"],
  ["a negative length", `${ok}Content-Length: -1\r\n\r\nx`, "malformed"],
  ["a hexadecimal length", `${ok}Content-Length: 0x1\r\n\r\nx`, "malformed"],
  ["an empty length", `${ok}Content-Length:\r\n\r\nx`, "malformed"],
  ["length and chunks", `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, "malformed"],
  [
    "chunks and length with 204",
    "HTTP/1.1 204 X\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "malformed",
  ],
  ["chunks twice", `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, "malformed"],
  ["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "malformed"],
  ["a coding that was not asked for", `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, "malformed"],
  ["identity", `${ok}Transfer-Encoding: identity\r\n\r\n`, "malformed"],
  ["another protocol from now on", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "malformed"],
  [
    "two lengths of an interim reply",
    `HTTP/1.1 100 C\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n${ok}\r\n`,
    "malformed",
  ],
  ["no chunk size", `${chunked}\r\n`, "malformed"],
  ["a chunk size that is none", `${chunked}x\r\n`, "malformed"],
  ["a negative chunk size", `${chunked}-1\r\n`, "malformed"],
  ["a blank before a chunk size", `${chunked} 1\r\nx\r\n`, "malformed"],
  ["a chunk longer than announced", `${chunked}1\r\nxy\r\n`, "malformed"],
  ["a line feed alone behind a chunk size", `${chunked}1\nx\r\n`, "malformed"],
  ["a line feed alone behind a chunk", `${chunked}1\r\nx\n`, "malformed"],
  ["an empty extension", `${chunked}1;\r\nx\r\n`, "malformed"],
  ["a control character in an extension", `${chunked}1;\x01\r\nx\r\n`, "malformed"],
  ["a trailer that is no field", `${chunked}0\r\nabc\r\n\r\n`, "malformed"],
  ["a line of a chunk without end", `${chunked}${"0".repeat(300)}`, "malformed"],
  ["a head without end", `${ok}${"A: b\r\n".repeat(200)}`, "head-too-large"],
  ["a head of one octet too much", `${ok}A: ${"x".repeat(limits.head - ok.length - 6)}\r\n\r\n`, "head-too-large"],
  ["interim replies without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(50), "head-too-large"],
  ["empty lines without end", "\r\n".repeat(600), "head-too-large"],
  ["more fields than anybody sends", `${ok}${"A:\r\n".repeat(101)}\r\n`, "head-too-large"],
  ["trailers without end", `${chunked}0\r\n${"A: b\r\n".repeat(200)}`, "head-too-large"],
  ["a body of one octet too much", `${ok}Content-Length: 65\r\n\r\n`, "body-too-large"],
  ["a length beyond all numbers", `${ok}Content-Length: ${"9".repeat(400)}\r\n\r\n`, "body-too-large"],
  ["a chunk of one octet too much", `${chunked}41\r\n`, "body-too-large"],
  ["chunks of one octet too much", `${chunked}40\r\n${"x".repeat(64)}\r\n1\r\n`, "body-too-large"],
  ["one octet too much until the end", `${ok}\r\n${"x".repeat(65)}`, "body-too-large"],
  ["a body that is mostly extensions", `${chunked}${`1;${"x".repeat(200)}\r\nx\r\n`.repeat(10)}`, "body-too-large"],
];

for (const [what, message, problem] of unreadable) {
  Deno.test(`a reply is refused: ${what}`, () => assertEquals(reply(message), problem));
}

Deno.test("a head of exactly the limit is read", () => {
  const head = `${ok}Content-Length: 0\r\nA: `;
  assertEquals(statusAndBody(reply(`${head}${"x".repeat(limits.head - head.length - 4)}\r\n\r\n`)), [200, ""]);
});

Deno.test("what comes behind a message is kept apart", () => {
  const result = reply(`${ok}Content-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n`);
  assertEquals(result, {
    head: { status: 200, version: "1.1", fields: [["Content-Length", "1"]] },
    body: "x",
    rest: "HTTP/1.1 200 OK\r\n",
  });
});

Deno.test("a reply without length ends with the connection, any other one that ends there was cut", () => {
  assertEquals(reply(`${ok}\r\nabc`), "more");
  assertEquals(statusAndBody(reply(`${ok}\r\nabc`, true)), [200, "abc"]);
  for (
    const message of [
      "HTT",
      `${ok}`,
      `${ok}Content-Length: 2\r\n\r\nx`,
      `${chunked}`,
      `${chunked}2\r\nx`,
      `${chunked}1\r\nx\r\n`,
      `${chunked}1\r\nx\r\n0\r\n`,
      `HTTP/1.1 100 Continue\r\n\r\n`,
    ]
  ) assertEquals(reply(message, true), "cut", message);
  assertEquals(reply("", true), "nothing");
});

Deno.test("the end changes nothing about a reply that is there or refused", () => {
  assertEquals(statusAndBody(reply(`${ok}Content-Length: 1\r\n\r\nx`, true)), [200, "x"]);
  assertEquals(reply("nonsense\r\n", true), "malformed");
});

Deno.test("a request's method, target, fields and body are read", () => {
  assertEquals(request("POST /a?b HTTP/1.1\r\nHost: c\r\nContent-Length: 3\r\n\r\nd=e"), {
    head: { method: "POST", target: "/a?b", version: "1.1", fields: [["Host", "c"], ["Content-Length", "3"]] },
    body: "d=e",
    rest: "",
  });
});

/** Requests, and what becomes of them: the body, or why there is none. */
const requests: readonly (readonly [message: string, expected: string])[] = [
  ["GET / HTTP/1.1\r\n\r\n", "body "],
  ["GET / HTTP/1.0\r\n\r\n", "body "],
  // People type requests (RFC 9112, 2.2).
  ["\r\n\nGET / HTTP/1.1\nHost: a\n\n", "body "],
  ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "body x"],
  ["GET http://a/b HTTP/1.1\r\n\r\n", "body "],
  ["OPTIONS * HTTP/1.1\r\n\r\n", "body "],
  ["GET / HTTP/2.0\r\n\r\n", "version"],
  ["GET / HTTP/1.1 \r\n\r\n", "malformed"],
  ["GET  / HTTP/1.1\r\n\r\n", "malformed"],
  ["GET /\x01 HTTP/1.1\r\n\r\n", "malformed"],
  ["GET /\xe4 HTTP/1.1\r\n\r\n", "malformed"],
  ["G(T / HTTP/1.1\r\n\r\n", "malformed"],
  ["GET /\r\n\r\n", "malformed"],
  ["hello\r\n\r\n", "malformed"],
  ["GET / HTTP/1.1\r\nA : b\r\n\r\n", "malformed"],
  ["POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "malformed"],
  ["POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "malformed"],
  ["POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "malformed"],
  ["POST / HTTP/1.1\r\nContent-Length: 65\r\n\r\n", "body-too-large"],
  [`GET /${"x".repeat(limits.head)} HTTP/1.1\r\n\r\n`, "head-too-large"],
  ["GET / HTTP/1.1\r\n", "more"],
];

for (const [message, expected] of requests) {
  Deno.test(`readRequest() of ${JSON.stringify(message.slice(0, 70))}`, () => {
    const result = request(message);
    assertEquals(typeof result === "string" ? result : `body ${result.body}`, expected);
  });
}

Deno.test("the next request waits behind the first", () => {
  const result = request("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  assertEquals(typeof result === "object" && result.rest, "GET /2 HTTP/1.1\r\n\r\n");
});

Deno.test("behind a proxy's 2xx comes the tunnel, whatever its fields say", () => {
  assertEquals(statusAndBody(tunnel(`${ok}Content-Length: 5\r\n\r\n`)), [200, ""]);
  assertEquals(statusAndBody(tunnel("HTTP/1.0 200 Connection established\r\n\r\n")), [200, ""]);
  assertEquals(statusAndBody(tunnel("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno")), [407, "no"]);
});

Deno.test("a connection is kept unless the peer says otherwise, or is of the older version", () => {
  const keeps = (version: "1.0" | "1.1", ...values: string[]): boolean =>
    keepsConnection({ version, fields: values.map((value) => ["Connection", value] as const) });
  assertEquals(keeps("1.1"), true);
  assertEquals(keeps("1.1", "keep-alive"), true);
  assertEquals(keeps("1.1", "Keep-Alive, Close"), false);
  assertEquals(keeps("1.1", "x", "close"), false);
  assertEquals(keeps("1.0", "keep-alive"), false);
});
