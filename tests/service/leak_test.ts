/**
 * A proxy that has seen three times `max_pending` logins of each outcome holds nothing of them: an hour of logins must end as it
 * began.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Attribute, attributeType, encodeVendorAttributes } from "../../lib/radius/attributes.ts";
import type { LoginResult } from "../../lib/radius/client.ts";
import { FakeClock, settle } from "../kit/fake_clock.ts";
import { shown, text, versions, World } from "../kit/world.ts";

const maxPending = 3;
const nothing = { logins: 0, joinable: 0, slots: 0, holders: 0, pushes: 0, waiting: 0 };
const auditSession = encodeVendorAttributes(9, [{
  type: 1,
  value: new TextEncoder().encode("audit-session-id=0a1b"),
}]);

/** Lets the proxy's time pass, slowly beside what comes through sockets, until something has happened. */
async function until<Result>(world: World, clock: FakeClock, awaited: Promise<Result>): Promise<Result> {
  let over = false;
  const noted = awaited.finally(() => over = true);
  await using gateway = world.gateway();
  while (!over) {
    // A whole way through the sockets, so that calls to Duo get on while the clock stands still.
    await gateway.statusServer();
    await clock.advance(1);
  }
  return await noted;
}

/** What is asked, the words that the user reads (or their beginning), and the reasons of the events. */
interface Outcome {
  readonly user: string;
  readonly field: string;
  readonly attributes?: readonly Attribute[];
  readonly reasons: readonly string[];
}

/** Outcomes that need nothing but the simulator's people. */
const outcomes: readonly Outcome[] = [
  { user: "alice", field: "push", reasons: ["approved"] },
  { user: "alice", field: "123456", reasons: ["approved"] },
  { user: "alice", field: "000000", reasons: ["denied"] },
  { user: "alice", field: "sms", reasons: ["push-limit", "sms-sent"] },
  { user: "alice", field: "push9", reasons: ["unknown-device"] },
  { user: "alice", field: "hunter2", reasons: ["unrecognized-text"] },
  { user: "al\nice", field: "push", reasons: ["bad-user-name"] },
  { user: "bob", field: "push", reasons: ["denied", "push-limit"] },
  { user: "carol", field: "push", reasons: ["unknown-device"] },
  { user: "dave", field: "push", reasons: ["not-enrolled"] },
  { user: "erin", field: "push", reasons: ["preauth-allow"] },
  { user: "mallory", field: "push", reasons: ["preauth-deny"] },
  { user: "service", field: "push", reasons: ["exempt"] },
  {
    user: "alice",
    field: "123456",
    attributes: [text(attributeType.state, "made up")],
    reasons: ["approved"],
  },
];

/** Begins as many logins at once as there are slots. */
async function begin(
  world: World,
  { user, field, attributes }: Omit<Outcome, "reasons">,
): Promise<readonly Promise<LoginResult>[]> {
  const exchanges = Array.from({ length: maxPending }, () => world.begin(user, field, attributes));
  return (await Promise.all(exchanges)).map(({ result }) => result);
}

for (const { version, application } of versions) {
  Deno.test(`three times max_pending logins of each outcome leave nothing behind (version ${version})`, async () => {
    const clock = new FakeClock();
    await using world = await World.start({
      application,
      clock,
      lines: [`max_pending=${maxPending}`, "failmode=safe", "exempt_username_1=service"],
    });
    /** Has the outcome three times as often as there are slots, and gives the reasons of the events. */
    const run = async (
      asked: Omit<Outcome, "reasons">,
      underWay: () => Promise<unknown> = () => Promise.resolve(),
    ): Promise<readonly string[]> => {
      world.events.length = 0;
      for (let round = 0; round < 3; round++) {
        const results = await begin(world, asked);
        await underWay();
        for (const result of await until(world, clock, Promise.all(results))) {
          assert(result.kind !== "timeout", shown(result));
        }
        assertEquals(world.proxy.held, nothing, `${asked.user}, ${asked.field}`);
      }
      assertEquals(world.events.length, 3 * maxPending);
      return [...new Set(world.events.map(({ reason }) => reason))].toSorted();
    };

    for (const { reasons, ...asked } of outcomes) {
      assertEquals(await run(asked), reasons, `${asked.user}, ${asked.field}`);
    }

    const answerAll = async (): Promise<void> => {
      const [push] = await until(world, clock, world.simulator.whenPending(1));
      await settle();
      world.simulator.answer(push?.number ?? -1, "approve");
    };
    const joined = { user: "heidi", field: "push", attributes: [auditSession] };
    assertEquals(await run(joined, answerAll), ["approved", "joined"]);

    // With all slots taken by pushes that nobody answers others are rejected, until the login's time is over.
    world.events.length = 0;
    const unanswered = await begin(world, { user: "oscar", field: "push" });
    await until(world, clock, world.simulator.whenPending(maxPending));
    for (let count = 0; count < 3 * maxPending; count++) {
      assertEquals((await world.ask("alice", "push")).kind, "reject");
    }
    assertEquals(world.events.map(({ reason }) => reason), Array(3 * maxPending).fill("overloaded"));
    await clock.advance(58_000);
    for (const { kind } of await until(world, clock, Promise.all(unanswered))) assertEquals(kind, "reject");
    assertEquals(world.events.slice(-maxPending).map(({ reason }) => reason), Array(maxPending).fill("timeout"));
    assertEquals(world.proxy.held, nothing);

    const cut = world.simulator.addFault({ match: { path: "auth" }, do: { kind: "cut-after-read" } });
    assertEquals(await run({ user: "grace", field: "push" }), ["duo-unavailable", "push-limit"]);
    world.simulator.removeFault(cut);
    world.simulator.addFault({ do: { kind: "cut-after-read" } });
    assertEquals(await run({ user: "ivan", field: "push" }), ["failmode"]);
    world.simulator.clearFaults();

    // Kept connections are closed when nobody has used them for a while.
    await clock.advance(10_000);
    while (world.simulator.counters.openConnections > 0) await settle();

    // What is still under way when the proxy is given up.
    const last = await begin(world, { user: "heidi", field: "push" });
    await until(world, clock, world.simulator.whenPending(2 * maxPending));
    await world.proxy[Symbol.asyncDispose]();
    for (const { kind } of await Promise.all(last)) assertEquals(kind, "reject");
    assertEquals(world.proxy.held, nothing);
    assertEquals(clock.pending, 0);
    while (world.simulator.counters.openConnections > 0) await settle();
  });
}
