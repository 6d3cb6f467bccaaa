/**
 * Connections that are cut at every octet: whatever happens, the server sees a request once.
 *
 * @module
 */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import type { HttpResult } from "../../lib/net/http_client.ts";
import { allClosed, clientOf, endings, Relay, replyOf, requestBy, short, TlsPeer } from "./peers.ts";

/** Octets that pass in both directions when nothing is cut. They vary by a few: signatures have different lengths. */
async function wholeExchange(): Promise<
  { readonly client: number; readonly server: number; readonly request: number }
> {
  await using peer = await TlsPeer.start();
  await using relay = await Relay.start(peer.port);
  await using client = clientOf(relay.port);
  assertEquals(short(await client.request(requestBy(systemClock))), "200 hello");
  return { ...relay.passed, request: peer.octets };
}

const whole = await wholeExchange();

/** A failure that says nothing untrue about how far the request came. */
function assertPlausible(result: HttpResult, came: number): void {
  if (result.kind === "reply") return assertEquals([short(result), came], ["200 hello", 1]);
  assert(result.kind === "failed", result.kind);
  const { stage, end, reused, untrusted } = result.failure;
  assert(end === "cut" || end === "error", JSON.stringify(result.failure));
  assert(stage === "connect" || stage === "handshake" || stage === "write" || stage === "reply", stage);
  assertEquals([reused, untrusted], [false, false]);
  if (came === 1) assert(stage === "write" || stage === "reply", stage);
}

for (const from of ["client", "server"] as const) {
  for (const way of endings) {
    Deno.test(`cut (${way}) after each octet that the ${from} sends: one request at most, and no socket left`, async () => {
      let came = 0;
      let failed = 0;
      await using peer = await TlsPeer.start();
      await using relay = await Relay.start(peer.port);
      // Each octet of what matters here; the certificate in the middle of the handshake in larger steps.
      const last = whole[from] + 8;
      for (let after = 0; after <= last; after += after < 40 || after > last - whole.request - 60 ? 1 : 29) {
        relay.cut = { from, after, way };
        const client = clientOf(relay.port);
        const before = peer.requests.length;
        const result = await client.request(requestBy(systemClock));
        await client[Symbol.asyncDispose]();
        assertEquals(client.open, 0, `${after} octets`);
        const requests = peer.requests.length - before;
        assertLessOrEqual(requests, 1, `${after} octets`);
        assertPlausible(result, requests);
        came += requests;
        if (result.kind === "failed") failed++;
      }
      // It was cut before and behind what matters.
      assert(failed > 100, `${failed} failed`);
      if (from === "server") assert(came > 20, `${came} came`);
    });
  }
}

/** Where a server ends the connection on which it has read a request. */
const places: readonly (readonly [where: string, sent: string])[] = [
  ["before the reply", ""],
  ["in the status line", "HTTP/1.1 2"],
  ["in the head", "HTTP/1.1 200 OK\r\nContent-Le"],
  ["behind the head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"],
  ["in the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"],
  ["in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"],
  ["before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
  ["behind an interim reply", "HTTP/1.1 100 Continue\r\n\r\n"],
];

for (const [where, sent] of places) {
  for (const way of endings) {
    Deno.test(`a server that ends the connection ${where} (${way}) gets no second request, on a new or a kept connection`, async () => {
      await using peer = await TlsPeer.start((connection) => {
        if (peer.requests.length === 2) return connection.send(replyOf("kept"));
        connection.send(sent);
        connection.close(way);
      });
      await using client = clientOf(peer.port);
      const first = await client.request(requestBy(systemClock));
      assert(first.kind === "failed", short(first));
      assertEquals([first.failure.reused, peer.requests.length], [false, 1]);

      assertEquals(short(await client.request(requestBy(systemClock))), "200 kept");
      const second = await client.request(requestBy(systemClock));
      assert(second.kind === "failed", short(second));
      assert(second.failure.end === "cut" || second.failure.end === "error", short(second));
      assertEquals([second.failure.reused, peer.requests.length, peer.accepted], [true, 3, 2]);
      await allClosed(client);
    });
  }
}

for (const way of endings) {
  Deno.test(`a kept connection that the server ends while it is idle (${way}) is not used again`, async () => {
    let end = (): void => {};
    await using peer = await TlsPeer.start((connection) => {
      connection.send(replyOf("hello"));
      end = () => connection.close(way);
    });
    await using client = clientOf(peer.port);
    assertEquals(short(await client.request(requestBy(systemClock))), "200 hello");
    end();
    await allClosed(client);
    const result = await client.request(requestBy(systemClock));
    assertEquals([short(result), peer.accepted, peer.requests.length], ["200 hello", 2, 2]);
  });

  Deno.test(`a kept connection that the server ends just when it is used again (${way}) loses one request at most`, async () => {
    let end = (): void => {};
    await using peer = await TlsPeer.start((connection) => {
      connection.send(replyOf("hello"));
      end = () => connection.close(way);
    });
    await using client = clientOf(peer.port);
    assertEquals(short(await client.request(requestBy(systemClock))), "200 hello");
    // Nothing of the end has come to the client when it writes.
    end();
    const result = await client.request(requestBy(systemClock));
    assertLessOrEqual(peer.requests.length, 2);
    if (result.kind === "failed") assertEquals(result.failure.reused, true);
    else assertEquals(short(result), "200 hello");
  });
}
