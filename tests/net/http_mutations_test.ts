/**
 * A hundred thousand replies that something is wrong with: each ends in a reply or a refusal, and never in a second request.
 *
 * @module
 */

import { EventEmitter } from "node:events";
import { assertEquals } from "@std/assert";
import { type ConnectionSocket, HttpConnection } from "../../lib/net/http_connection.ts";
import type { ReplyHead } from "../../lib/net/http_head.ts";
import { type MessageLimits, type MessageReader, readReply } from "../../lib/net/http_message.ts";
import { below, latin1, oneOf, pieces, randomFrom } from "./random.ts";

const count = 100_000;

const wellFormed: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 37\r\n\r\n{"stat":"OK","response":{"time":1234}}'
    .slice(0, -1),
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1a;x=y\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nA: b\r\n\r\n",
  "HTTP/1.1 200 OK\r\nServer: x\r\nConnection: close\r\n\r\nuntil the end",
  "HTTP/1.0 200 OK\r\n\r\nuntil the end",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nKeep-Alive: timeout=5\r\n\r\n{}",
  "HTTP/1.1 204 No Content\r\nDate: Wed, 25 Nov 2026 17:40:29 GMT\r\n\r\n",
  "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
  "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
];

/** What is put in where it does harm. */
const tokens: readonly string[] = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  "\0",
  "\xff",
  ":",
  " ",
  "0",
  "0\r\n\r\n",
  "ffffffff",
  "Content-Length: 5\r\n",
  "Content-Length: 99999999999999999999\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close\r\n",
  "HTTP/1.1 ",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\n\r\n",
  " folded\r\n",
];

function mutate(text: string, random: () => number): string {
  const at = below(text.length + 1, random);
  const length = below(12, random);
  switch (below(6, random)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(below(256, random)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(at + length);
    case 2:
      return text.slice(0, at + length) + text.slice(at);
    case 3:
      return text.slice(0, at) + oneOf(tokens, random) + text.slice(at);
    case 4:
      return text.slice(0, at);
    default:
      return text.slice(0, at) + oneOf(wellFormed, random).slice(below(80, random));
  }
}

function makeReply(random: () => number): Uint8Array<ArrayBuffer> {
  let text = oneOf(wellFormed, random);
  for (let mutations = 1 + below(3, random); mutations > 0; mutations--) text = mutate(text, random);
  return latin1(text);
}

/** As in the client. */
const limits: MessageLimits = { head: 16_384, body: 1 << 20 };

function readAll(parts: readonly Uint8Array[]): string {
  const reader = readReply(limits);
  for (const part of parts) reader.feed(part);
  reader.end();
  return outcomeOf(reader);
}

function outcomeOf({ state, head, body, problem }: MessageReader<ReplyHead>): string {
  if (state === "failed") return problem === "cut" || problem === "nothing" ? "cut" : "malformed";
  return `${state} ${head?.status} ${JSON.stringify(head?.fields)} ${body}`;
}

/** A socket in memory that remembers what became of it. */
class MemorySocket extends EventEmitter implements ConnectionSocket {
  writes = 0;
  destroyed = false;

  write(_: Uint8Array, done: () => void): void {
    this.writes++;
    done();
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/** Sends one request over a connection whose peer says this and closes. */
function exchange(parts: readonly Uint8Array[]): { readonly outcomes: readonly string[]; readonly writes: number } {
  const socket = new MemorySocket();
  const outcomes: string[] = [];
  const connection = new HttpConnection(socket, () => {});
  connection.send(new Uint8Array(1), {
    written: () => {},
    replied: ({ status, fields }, body) => outcomes.push(`done ${status} ${JSON.stringify(fields)} ${body}`),
    failed: (end) => outcomes.push(end),
  }, false);
  for (const part of parts) if (!socket.destroyed) socket.emit("data", part);
  socket.emit("end");
  socket.emit("close");
  assertEquals([socket.destroyed, connection.closed], [true, true]);
  return { outcomes, writes: socket.writes };
}

Deno.test(`${count} mutated replies: how they were cut into pieces changes nothing, and each ends in one reply or refusal`, () => {
  const random = randomFrom(7);
  const kinds = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const reply = makeReply(random);
    const expected = readAll([reply]);
    const parts = pieces(reply, random);
    const about = (): string => `reply ${index}: ${JSON.stringify(String.fromCharCode(...reply))}`;
    if (readAll(parts) !== expected) assertEquals(readAll(parts), expected, about());
    if (index % 20 === 0) assertEquals(readAll([...reply].map((octet) => Uint8Array.of(octet))), expected, about());
    const { outcomes, writes } = exchange(parts);
    if (outcomes.length !== 1 || outcomes[0] !== expected || writes !== 1) {
      assertEquals({ outcomes, writes }, { outcomes: [expected], writes: 1 }, about());
    }
    const kind = expected.split(" ")[0] ?? "";
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  // The mutations would prove nothing if all were refused, or none.
  assertEquals([...kinds.keys()].sort(), ["cut", "done", "malformed"]);
  for (const [kind, seen] of kinds) assertEquals(seen > count / 20, true, `${kind}: ${seen}`);
});
