/**
 * Whether anybody answers a TLS handshake, found out without the runtime's TLS.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { connect, type Socket } from "node:net";
import { greet } from "../../lib/net/tls_greeting.ts";
import { systemRandom } from "../../lib/random.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";

const forever = new AbortController().signal;

/** An open and paused connection, and the promise of its end. */
async function open(port: number): Promise<{ readonly socket: Socket; readonly closed: Promise<void> }> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.pause();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return { socket, closed };
}

/** A server that takes one connection, reads once, and does as it is told. */
function peer(then: (connection: Deno.Conn, read: Uint8Array) => void | Promise<void>): {
  readonly port: number;
  readonly done: Promise<void>;
} {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = (async () => {
    const connection = await listener.accept();
    const buffer = new Uint8Array(4_096);
    const count = await connection.read(buffer) ?? 0;
    await then(connection, buffer.subarray(0, count));
    listener.close();
  })();
  return { port: listener.addr.port, done };
}

for (const host of ["localhost", "127.0.0.1"]) {
  Deno.test(`a server of TLS goes on with the handshake that a greeting begins: ${host}`, async () => {
    await using simulator = await DuoSimulator.start();
    // In between, to see what it says.
    const octets: number[] = [];
    const relay = peer(async (near, hello) => {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: simulator.port });
      await far.write(hello);
      const buffer = new Uint8Array(4_096);
      const count = await far.read(buffer) ?? 0;
      octets.push(...buffer.subarray(0, Math.min(count, 6)));
      await near.write(buffer.subarray(0, count));
      far.close();
      near.close();
    });
    const { socket, closed } = await open(relay.port);
    assertEquals(await greet(socket, host, forever, systemRandom), { kind: "answered" });
    await closed;
    await relay.done;
    // A record of the handshake, not an alert, and in it a ServerHello.
    assertEquals([octets[0], octets[5]], [22, 2]);
  });
}

Deno.test("a server that is silent answers no greeting, which can be taken back", async () => {
  const { promise: greeted, resolve } = Promise.withResolvers<void>();
  const { port, done } = peer(async (connection) => {
    resolve();
    assertEquals(await connection.read(new Uint8Array(1)), null);
    connection.close();
  });
  const { socket, closed } = await open(port);
  const patience = new AbortController();
  const result = greet(socket, "localhost", patience.signal, systemRandom);
  await greeted;
  patience.abort();
  assertEquals(await result, { kind: "aborted" });
  await closed;
  await done;
});

Deno.test("a server that closes at a greeting has cut it", async () => {
  const { port, done } = peer((connection) => connection.close());
  const { socket, closed } = await open(port);
  const result = await greet(socket, "localhost", forever, systemRandom);
  assertEquals([result.kind, result.kind === "failed" && result.end], ["failed", "cut"]);
  await closed;
  await done;
});
