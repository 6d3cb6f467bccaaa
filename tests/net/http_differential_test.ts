/**
 * Ten thousand replies, right and wrong ones, read by ours and by undici: both come to the same, but for what is listed here.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";
import { assertEquals } from "@std/assert";
import { Client } from "undici";
import { HttpConnection } from "../../lib/net/http_connection.ts";
import { below, latin1, oneOf, pieces, randomFrom } from "./random.ts";

const count = 10_000;
const seed = 11;

/** A reply as it is sent; the connection is closed behind it. */
interface Generated {
  readonly octets: Uint8Array<ArrayBuffer>;
  /** What is wrong or odd about it. */
  readonly oddities: readonly string[];
}

/** A choice of which the first is plain; the others are odd, and come once in a while. */
type Choice = readonly [plain: string, ...odd: (readonly [text: string, oddity: string])[]];

const startLines: Choice = [
  "HTTP/1.1 200 OK",
  ["HTTP/1.1 401 Unauthorized", "401"],
  ["HTTP/1.1 500 Internal Server Error", "500"],
  ["HTTP/1.1 204 No Content", "204"],
  ["HTTP/1.1 304 Not Modified", "304"],
  ["HTTP/1.1 200 ", "empty reason"],
  ["HTTP/1.1 200", "no reason"],
  ["HTTP/1.1 200 \xe4", "reason beyond ASCII"],
  ["HTTP/1.1 200 O\x01K", "control character in reason"],
  ["HTTP/1.0 200 OK", "HTTP/1.0"],
  ["HTTP/1.2 200 OK", "other version"],
  ["HTTP/0.9 200 OK", "other version"],
  ["HTTP/2.0 200 OK", "other version"],
  ["HTTP/11 200 OK", "no version"],
  ["http/1.1 200 OK", "small letters"],
  ["HTTP/1.1  200 OK", "two blanks"],
  ["HTTP/1.1\t200 OK", "tab for a blank"],
  ["HTTP/1.1 20 OK", "short status"],
  ["HTTP/1.1 2000 OK", "long status"],
  ["HTTP/1.1 099 OK", "status below 100"],
  ["HTTP/1.1 999 OK", "status above 599"],
  ["HTTP/1.1 abc OK", "status of letters"],
  ["\r\nHTTP/1.1 200 OK", "empty line before"],
  [" HTTP/1.1 200 OK", "blank before"],
  ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", "interim reply"],
  ["HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK", "interim reply"],
  ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade", "upgrade"],
];

const fields: Choice = [
  "Server: Duo/1.0",
  ["X-Empty:", "empty value"],
  ["X-Blanks: \t a  b \t", "blanks around a value"],
  ["X-High: \xe4\xff", "value beyond ASCII"],
  ["X-Comma: a, b", "comma"],
  ["X!#$%&'*+.^_`|~: a", "odd name"],
  ["X-Control: a\x01b", "control character in value"],
  ["X-Nul: a\0b", "control character in value"],
  ["X-Delete: a\x7fb", "control character in value"],
  ["X-Return: a\rb", "carriage return alone"],
  ["X-Feed: a\nY: b", "line feed alone"],
  ["X Blank: a", "blank in name"],
  ["X-Blank : a", "blank before colon"],
  [": a", "no name"],
  ["X-NoColon", "no colon"],
  ["X-Fold: a\r\n b", "folded line"],
  [" X-Begin: a", "blank before name"],
  ["X-(a): b", "separator in name"],
  ["X-\xe4: b", "name beyond ASCII"],
  ["Server: second", "repeated field"],
  ["Keep-Alive: timeout=5", "keep-alive"],
  ["Connection: close", "close"],
  ["Connection: keep-alive", "keep-alive"],
  ["Content-Encoding: gzip", "content coding"],
  ["Trailer: X-T", "trailer field"],
];

const ends: Choice = ["\r\n", ["\n", "line feed alone"]];

const bodies = [
  "",
  "x",
  '{"stat":"OK"}',
  "\xc3\xa4\xe2\x82\xac",
  "\xff\xfe",
  "\xef\xbb\xbfmark",
  "a\r\n\r\nb",
  "y".repeat(5_000),
] as const;

const chunkLines: Choice = [
  "",
  [";a", "extension"],
  [";a=b", "extension"],
  [';a="b c"', "quoted extension"],
  [" ;a", "blank before extension"],
  [" ", "blank behind size"],
  [";a\x01", "control character in extension"],
  [";", "empty extension"],
];

const trailers: Choice = [
  "",
  ["X-T: a\r\n", "trailer"],
  ["Content-Length: 5\r\n", "length as trailer"],
  ["nonsense\r\n", "trailer that is none"],
  ["X-T : a\r\n", "trailer with blank before colon"],
];

class Generator {
  readonly #random: () => number;
  readonly oddities: string[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  choose([plain, ...odd]: Choice, probability: number): string {
    if (!this.chance(probability)) return plain;
    const [text, oddity] = oneOf(odd, this.#random);
    this.oddities.push(oddity);
    return text;
  }

  reply(): string {
    const start = this.choose(startLines, 0.4);
    const lines = [start];
    for (let more = below(4, this.#random); more > 0; more--) lines.push(this.choose(fields, 0.3));
    const body = oneOf(bodies, this.#random);
    const [framing, content] = this.#frame(body);
    lines.splice(1 + below(lines.length, this.#random), 0, ...framing);
    const head = lines.map((line) => line + this.choose(ends, 0.01)).join("") + this.choose(ends, 0.01);
    return this.#cut(head + content);
  }

  /** Fields that say where the body ends, and the body. */
  #frame(body: string): readonly [fields: readonly string[], content: string] {
    const length = `Content-Length: ${body.length}`;
    const chunked = "Transfer-Encoding: chunked";
    const way = below(20, this.#random);
    if (way < 8) return [[length], body];
    if (way < 14) return [[chunked], this.#chunks(body)];
    if (way < 16) return [[], body];
    const odd: readonly (readonly [oddity: string, fields: readonly string[], content: string])[] = [
      ["length twice", [length, length], body],
      ["two lengths", [length, "Content-Length: 1"], body],
      ["list of lengths", [`${length}, ${body.length}`], body],
      ["length with sign", [`Content-Length: +${body.length}`], body],
      ["negative length", ["Content-Length: -1"], body],
      ["length of letters", ["Content-Length: abc"], body],
      ["empty length", ["Content-Length:"], body],
      ["length with zeros", [`Content-Length: 000${body.length}`], body],
      ["huge length", ["Content-Length: 99999999999999999999"], body],
      ["length too short", [`Content-Length: ${Math.max(0, body.length - 1)}`], body],
      ["length too long", [`Content-Length: ${body.length + 1}`], body],
      ["length and chunks", [length, chunked], this.#chunks(body)],
      ["chunks twice", [chunked, chunked], this.#chunks(body)],
      ["coding before chunks", ["Transfer-Encoding: gzip, chunked"], this.#chunks(body)],
      ["coding behind chunks", ["Transfer-Encoding: chunked, gzip"], this.#chunks(body)],
      ["identity", ["Transfer-Encoding: identity"], body],
      ["coding in capitals", ["TRANSFER-ENCODING: CHUNKED"], this.#chunks(body)],
    ];
    const [oddity, fields, content] = oneOf(odd, this.#random);
    this.oddities.push(oddity);
    return [fields, content];
  }

  #chunks(body: string): string {
    let text = "";
    for (let from = 0; from < body.length;) {
      const part = body.slice(from, from + 1 + below(body.length, this.#random));
      from += part.length;
      const size = oneOf([
        part.length.toString(16),
        part.length.toString(16).toUpperCase(),
        `00${part.length.toString(16)}`,
      ], this.#random);
      text += `${this.#size(size)}${this.choose(chunkLines, 0.05)}${this.choose(ends, 0.01)}${part}${
        this.choose(ends, 0.01)
      }`;
    }
    return `${text}0${this.choose(chunkLines, 0.02)}\r\n${this.choose(trailers, 0.1)}${this.choose(ends, 0.01)}`;
  }

  #size(size: string): string {
    return this.choose([
      size,
      ["x", "no chunk size"],
      ["-1", "negative chunk size"],
      [`0x${size}`, "prefixed chunk size"],
      [` ${size}`, "blank before size"],
      ["", "no chunk size"],
    ], 0.02);
  }

  #cut(reply: string): string {
    if (this.chance(0.05)) {
      this.oddities.push("cut");
      return reply.slice(0, below(reply.length, this.#random));
    }
    if (this.chance(0.05)) {
      this.oddities.push("more behind");
      return `${reply}${oneOf(["x", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], this.#random)}`;
    }
    return reply;
  }
}

/** The same for both: what was read, or that it was refused. */
type Outcome =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | "refused";

function ours(port: number, path: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: "127.0.0.1" });
    const connection = new HttpConnection(socket, () => {});
    socket.once("connect", () =>
      connection.send(latin1(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`), {
        written: () => {},
        failed: () => resolve("refused"),
        replied: ({ status, fields }, body) => {
          const headers: Record<string, string> = {};
          for (const [name, value] of fields) headers[name.toLowerCase()] = joined(headers[name.toLowerCase()], value);
          connection.close();
          resolve({ status, headers, body: new TextDecoder().decode(body) });
        },
      }, true));
  });
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

async function undicis(port: number, path: string): Promise<Outcome> {
  const client = new Client(`http://127.0.0.1:${port}`, {
    pipelining: 1,
    maxResponseSize: 1 << 20,
    headersTimeout: 0,
    connectTimeout: 0,
    bodyTimeout: 0,
  });
  try {
    const { statusCode, headers, body } = await client.request({ method: "GET", path });
    const text = await body.text();
    const named = Object.entries(headers).map(([name, value]) =>
      [name, Array.isArray(value) ? value.join(", ") : value ?? ""] as const
    );
    return { status: statusCode, headers: Object.fromEntries(named), body: text };
  } catch {
    return "refused";
  } finally {
    await client.destroy();
  }
}

/** Answers `GET /N` with the N-th reply, in pieces, and closes the connection. */
async function serve(replies: readonly Generated[]): Promise<Server> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    let request = "";
    socket.on("data", (octets: Uint8Array) => {
      request += new TextDecoder().decode(octets);
      const index = /^GET \/(\d+) [\s\S]*\r\n\r\n$/.exec(request)?.[1];
      if (index === undefined) return;
      const reply = replies[Number(index)];
      if (reply === undefined) return void socket.destroy();
      for (const piece of pieces(reply.octets, randomFrom(Number(index)))) socket.write(piece);
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1" }, resolve));
  return server;
}

/** A difference on purpose: ours refuses what undici reads, reads what undici refuses, or both read something else. */
type Difference = "refuses" | "reads" | "differs";

/** Where ours is different on purpose, and why. */
const onPurpose: readonly {
  readonly ours: Difference;
  readonly of: (reply: string, oddities: readonly string[]) => boolean;
  readonly why: string;
}[] = [
  {
    ours: "refuses",
    of: (_, oddities) => oddities.includes("other version"),
    why: "HTTP/0.9 and 2.0 have other messages; undici takes them for 1.1",
  },
  {
    ours: "refuses",
    of: (_, oddities) => oddities.includes("control character in reason"),
    why: "RFC 9112, 4: a reason is made of visible characters and blanks",
  },
  {
    ours: "refuses",
    of: (reply) => /^\s*HTTP\/1\.0/.test(reply) && /transfer-encoding/i.test(reply),
    why: "RFC 9112, 6.1: chunks in HTTP/1.0 are faulty framing",
  },
  {
    ours: "refuses",
    of: (_, oddities) =>
      ["chunks twice", "coding before chunks", "coding behind chunks", "identity"].some((it) => oddities.includes(it)),
    why: "no coding but chunks is asked for, so the body could not be read, and nothing is guessed about its end",
  },
  {
    ours: "reads",
    of: (_, oddities) => oddities.includes("interim reply"),
    why: "RFC 9110, 15.2: interim replies are skipped, 100 too",
  },
  {
    ours: "reads",
    of: (_, oddities) => oddities.includes("204") || oddities.includes("304"),
    why: "RFC 9112, 6.3: they have no body, whatever their fields say",
  },
  {
    ours: "reads",
    of: (_, oddities) => oddities.includes("blank before extension"),
    why: "RFC 9112, 7.1.1: blanks there are to be read and removed",
  },
  {
    ours: "reads",
    of: (_, oddities) => oddities.includes("length as trailer"),
    why: "trailers are skipped, whatever they say",
  },
  {
    ours: "differs",
    of: (_, oddities) => oddities.includes("blanks around a value"),
    why: "RFC 9110, 5.5: neither blank nor tab behind a value is part of it; undici keeps the tab",
  },
];

Deno.test(`${count} replies: ours and undici read the same or both refuse, but for the differences on purpose`, async () => {
  const random = randomFrom(seed);
  const replies = Array.from({ length: count }, (): Generated => {
    const generator = new Generator(random);
    return { octets: latin1(generator.reply()), oddities: generator.oddities };
  });
  const server = await serve(replies);
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const unexplained: unknown[] = [];
  const seen = new Set<string>();
  let next = 0;
  let read = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < replies.length; index = next++) {
      const reply = replies[index];
      if (reply === undefined) return;
      const path = `/${index}`;
      const [own, theirs] = await Promise.all([ours(port, path), undicis(port, path)]);
      if (own !== "refused") read++;
      if (sorted(own) === sorted(theirs)) continue;
      const difference: Difference = own === "refused" ? "refuses" : theirs === "refused" ? "reads" : "differs";
      const text = String.fromCharCode(...reply.octets);
      const known = onPurpose.find(({ ours, of }) => ours === difference && of(text, reply.oddities));
      if (known === undefined) unexplained.push({ text, own, theirs });
      else seen.add(known.why);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  await new Promise((resolve) => server.close(resolve));
  assertEquals(unexplained, []);
  // What no reply shows any more is to be taken off the list.
  assertEquals(onPurpose.filter(({ why }) => !seen.has(why)), []);
  assertEquals(read > count / 4 && read < count * 3 / 4, true, `${read} were read`);
});

function sorted(outcome: Outcome): string {
  if (outcome === "refused") return outcome;
  return JSON.stringify([outcome.status, Object.entries(outcome.headers).sort(), outcome.body]);
}
