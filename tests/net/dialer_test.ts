import { assert, assertEquals } from "@std/assert";
import { type Dialed, Dialer } from "../../lib/net/dialer.ts";
import type { LookUp } from "../../lib/net/look_up.ts";
import { FakeClock, settle } from "../kit/fake_clock.ts";
import { freePort } from "../kit/ports.ts";
import { blackHole, startTcpPeer } from "./peers.ts";

const forever = new AbortController().signal;

function addressOf(dialed: Dialed): string | undefined {
  if (dialed.kind !== "open") return dialed.kind;
  const { remoteAddress } = dialed.socket;
  dialed.socket.destroy();
  return remoteAddress;
}

/** A resolver that knows one name. */
function knows(...addresses: readonly string[]): LookUp {
  return () => Promise.resolve(addresses);
}

Deno.test("a look-up that never ends is given up with the signal", async () => {
  const stages: string[] = [];
  const dialer = new Dialer(new FakeClock(), () => new Promise(() => {}));
  const patience = new AbortController();
  const dialed = dialer.connect("a", 1, { signal: patience.signal, entered: (stage) => stages.push(stage) });
  await settle();
  patience.abort();
  assertEquals([(await dialed).kind, stages, dialer.open], ["aborted", ["look-up"], 0]);
});

Deno.test("an address is not looked up", async () => {
  const stages: string[] = [];
  await using peer = await startTcpPeer();
  const dialer = new Dialer(new FakeClock(), () => Promise.reject(new Error("asked")));
  const dialed = await dialer.connect("127.0.0.1", peer.port, {
    signal: forever,
    entered: (stage) => stages.push(stage),
  });
  assertEquals([addressOf(dialed), stages], ["127.0.0.1", ["connect"]]);
  await dialer.closed();
  assertEquals(dialer.open, 0);
});

Deno.test("when an address refuses, the next one is tried at once", async () => {
  await using peer = await startTcpPeer();
  const clock = new FakeClock();
  const dialer = new Dialer(clock, knows("127.0.0.2", "127.0.0.3", "127.0.0.1"));
  assertEquals(addressOf(await dialer.connect("a", peer.port, { signal: forever })), "127.0.0.1");
  await dialer.closed();
  assertEquals([dialer.open, clock.pending], [0, 0]);
});

Deno.test("when an address does not answer, the next one is tried beside it after a quarter of a second", async () => {
  await using peer = await startTcpPeer();
  using _ = await blackHole("127.0.0.2", peer.port);
  const clock = new FakeClock();
  const dialer = new Dialer(clock, knows("127.0.0.2", "127.0.0.1"));
  const dialed = dialer.connect("a", peer.port, { signal: forever });
  await clock.advance(249);
  assertEquals(peer.accepted, 0);
  await clock.advance(1);
  assertEquals(addressOf(await dialed), "127.0.0.1");
  await dialer.closed();
  assertEquals([dialer.open, dialer.lingering, clock.pending], [0, 1, 0]);
});

Deno.test("when all addresses refuse, the first one's failure is told", async () => {
  const clock = new FakeClock();
  const dialer = new Dialer(clock, knows("127.0.0.2", "127.0.0.1"));
  const port = freePort();
  const dialed = await dialer.connect("a", port, { signal: forever });
  assert(dialed.kind === "failed", dialed.kind);
  assertEquals([dialed.code, dialed.message.includes("127.0.0.2")], ["ECONNREFUSED", true]);
  await dialer.closed();
  assertEquals([dialer.open, clock.pending], [0, 0]);
});

Deno.test("a black hole takes a few descriptors, and then no more", async () => {
  using hole = await blackHole();
  const dialer = new Dialer(new FakeClock());
  const giveUp = async (): Promise<void> => {
    const patience = new AbortController();
    const dialed = dialer.connect("127.0.0.1", hole.port, { signal: patience.signal });
    await settle();
    patience.abort();
    assertEquals((await dialed).kind, "aborted");
  };
  for (let time = 0; time < 30; time++) await giveUp();
  assertEquals([dialer.open, dialer.lingering], [0, 8]);

  // What answers is found all the same, and what refuses is named.
  await using peer = await startTcpPeer();
  assertEquals(addressOf(await dialer.connect("127.0.0.1", peer.port, { signal: forever })), "127.0.0.1");
  const refused = await dialer.connect("127.0.0.1", freePort(), { signal: forever });
  assertEquals(refused.kind === "failed" && refused.code, "ECONNREFUSED");
  await dialer.closed();
  assertEquals(dialer.open, 0);
});

Deno.test("behind black holes the address that answers is found among several", async () => {
  await using peer = await startTcpPeer();
  using _ = await blackHole("127.0.0.2", peer.port);
  const dialer = new Dialer(new FakeClock(), knows("127.0.0.2", "127.0.0.1"));
  for (let time = 0; time < 8; time++) {
    const patience = new AbortController();
    const dialed = dialer.connect("127.0.0.2", peer.port, { signal: patience.signal });
    await settle();
    patience.abort();
    await dialed;
  }
  assertEquals(addressOf(await dialer.connect("a", peer.port, { signal: forever })), "127.0.0.1");
  assertEquals(dialer.lingering, 8);
  await dialer.closed();
});
