/**
 * Duo out in every way there is, on the program as it runs: the first logins are decided in their time, all later ones at once.
 *
 * @module
 */

import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { makeApplication } from "../kit/applications.ts";
import {
  blackHole,
  canHaveDeadResolver,
  type DeadPeer,
  deadResolver,
  refusingPeer,
  silentPeer,
} from "../kit/dead_peers.ts";
import { type SectionOptions, World } from "../kit/process_world.ts";
import { TempDir } from "../kit/program.ts";

const failmodes = ["safe", "secure"] as const;

/** What a gateway waits for an answer, in ms: a login that takes longer has no answer. */
const patience = 15_000;
/** Logins after the third user's. */
const later = 100;

/** One way in which Duo is out, for a section of each failmode. */
interface Way {
  readonly name: string;
  /** Where Duo is said to be; undefined: the simulator. */
  readonly lines: readonly string[];
  /** What the event says of the first witness. */
  readonly words: RegExp;
  /** Connections or calls so far; undefined where nobody can count them. */
  readonly contacts?: () => number | undefined;
}

function at(peer: DeadPeer): Pick<Way, "lines" | "contacts"> {
  return { lines: [`api_host=${peer.host}`, `api_port=${peer.port}`], contacts: () => peer.connections };
}

/** A section for each way and failmode, with keys of its own: what is known of an outage is kept by them. */
function sectionsOf(ways: readonly Way[]): readonly SectionOptions[] {
  return ways.flatMap(({ lines }, way) =>
    failmodes.map((failmode, index) => ({
      application: makeApplication(2 * way + index, 2),
      lines: [...lines, `failmode=${failmode}`],
    }))
  );
}

/** Asks a section for users, all at once, and gives what the gateway got. */
async function ask(world: World, section: number, users: readonly string[]): Promise<readonly string[]> {
  const gateway = world.gateway("127.0.0.1", { port: world.ports[section] ?? 0, total: patience });
  return await Promise.all(users.map(async (user) => (await gateway.login({ user, password: "push" })).kind));
}

async function judge(t: Deno.TestContext, world: World, ways: readonly Way[]): Promise<void> {
  const decided = ways.flatMap(() => failmodes.map((failmode) => failmode === "safe" ? "accept" : "reject"));
  // The ways don't disturb each other, and it takes a while to find Duo silent.
  const first = await Promise.all(decided.map((_, section) => ask(world, section, ["alice", "bob", "carol"])));
  const contacts = ways.map((way) => way.contacts?.());
  const preauths = world.asked("preauth");
  const users = Array.from({ length: later }, (_, index) => `user${index}`);
  const then: (readonly string[])[] = [];
  for (const section of decided.keys()) then.push(await ask(world, section, users));
  const contactsThen = ways.map((way) => way.contacts?.());
  await world.settled();
  const calls = world.asked("preauth") - preauths;

  for (const [way, { name, words }] of ways.entries()) {
    for (const [index, failmode] of failmodes.entries()) {
      const section = 2 * way + index;
      await t.step(`${name}: failmode=${failmode} decides, from the fourth user on without a call`, () => {
        const kind = failmode === "safe" ? "accept" : "reject";
        assertEquals(first[section], [kind, kind, kind]);
        assertEquals(new Set(then[section]), new Set([kind]));
        const { ikey } = makeApplication(section, 2);
        const events = world.events.filter(({ server_section_ikey }) => server_section_ikey === ikey);
        assertEquals(events.length, 3 + later);
        for (const event of events) assertEquals(event.failmode, failmode);
        const [one, ...others] = events.filter(({ msg }) => msg.includes("preauth: "));
        assert(one !== undefined && words.test(one.msg), one?.msg);
        assertLess(others.length, 3);
        for (const { msg } of events.slice(3)) assertStringIncludes(msg, "three users before found Duo out");
      });
    }
    await t.step(`${name}: only the probes go on`, () => {
      const [before, after] = [contacts[way], contactsThen[way]];
      if (before === undefined || after === undefined) return;
      // A probe is two calls each five seconds: far fewer than logins.
      assertGreater(before, 0);
      assertLess(after - before, later);
    });
  }
  assertEquals(calls, 0);
}

Deno.test("Duo refusing, silent, a black hole, or silent after TLS: failmode decides in time, and soon at once", async (t) => {
  await using silent = silentPeer();
  await using hole = await blackHole();
  await using refusing = refusingPeer();
  const ways: Way[] = [
    { name: "refusing", ...at(refusing), words: /refused/ },
    { name: "silent", ...at(silent), words: /No TLS handshake within/ },
    { name: "a black hole", ...at(hole), words: /No connection within/ },
    { name: "silent after TLS", lines: [], words: /No answer within/ },
  ];
  const [one = {}, ...further] = sectionsOf(ways);
  const applications = ways.flatMap((_, way) => failmodes.map((_, index) => makeApplication(2 * way + index, 2)));
  await using world = await World.start({ ...one, further, simulator: { applications } });
  world.simulator.addFault({ do: { kind: "hang" } });
  await judge(t, world, ways);
});

const resolvers = canHaveDeadResolver();

Deno.test({
  name: "a name server that answers nothing: failmode decides in time, and soon at once" +
    (resolvers ? "" : " (skipped: it takes root and a mount namespace)"),
  ignore: !resolvers,
  fn: async (t) => {
    using folder = new TempDir();
    using dead = deadResolver(folder.path);
    const way: Way = { name: "a dead resolver", lines: ["api_host=api-dead.duo.test"], words: /look-up/ };
    const [one = {}, ...further] = sectionsOf([way]);
    await using world = await World.start({ ...one, further, wrap: (line) => dead.wrap(line) });
    await judge(t, world, [way]);
  },
});

Deno.test("handshakes that nobody answers take some descriptors, and then no more", async () => {
  await using silent = silentPeer();
  const lines = [`api_host=${silent.host}`, `api_port=${silent.port}`, "api_timeout=1", "failmode=safe"];
  await using world = await World.start({ application: makeApplication(0, 2), lines });
  // One user is no outage that is known, so each login tries for itself.
  const round = async (): Promise<number> => {
    const kinds = await ask(world, 0, Array.from({ length: 20 }, () => "alice"));
    assertEquals(new Set(kinds), new Set(["accept"]));
    return world.descriptors();
  };
  const first = await round();
  await round();
  // Calls in the background may be under way.
  assertLess(await round(), first + 8);
});
