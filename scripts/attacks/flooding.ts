/**
 * Attacks by numbers: on slots, logs, secrets and descriptors.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { attributeType } from "../../lib/radius/attributes.ts";
import { signRequest } from "../../lib/radius/authenticator.ts";
import { encodePacket, packetCode } from "../../lib/radius/packet.ts";
import { makeDevice, makeUser } from "../../lib/simulator/users.ts";
import { sharedSecret, World } from "../../tests/kit/process_world.ts";
import { TempDir } from "../../tests/kit/program.ts";
import { type Attack, Attacker, count, forge, gatewayOf, type Outcome, pause, persist, within } from "./attack.ts";

/** Users whose pushes wait for an answer by hand. */
const waiting = Array.from(
  { length: 60 },
  (_, index) =>
    makeUser({ username: `waiting${index}`, devices: [makeDevice(`waiting${index}`, 1)], rule: { answer: "ask" } }),
);
const alice = makeUser({ username: "alice", devices: [makeDevice("alice", 1)], passcodes: ["123456"] });
const bob = makeUser({ username: "bob", devices: [makeDevice("bob", 1)], rule: { answer: "deny" } });
const users = [alice, bob, ...waiting];

/** Packets of the flood on the log. */
const flood = 12_000;
/** What such a flood may leave in log and events together, in octets. */
const allowance = 400_000;

/** All of them. */
export const flooding: readonly Attack[] = [
  {
    name: "Take all slots from other gateways",
    tried: "60 logins that wait, from one gateway, max_pending=40; then a login from another",
    run: async () => {
      await using world = await World.start({ application: "auth", lines: ["max_pending=40"], simulator: { users } });
      const greedy = gatewayOf(world, "127.0.0.2");
      for (const { username } of waiting) await greedy.begin({ user: username, password: "push" });
      await world.simulator.whenPending(10);
      await world.fence();
      const other = await gatewayOf(world, "127.0.0.3").login({ user: "alice", password: "123456" });
      return { held: other.kind === "accept", seen: `the other gateway's login: ${other.kind}` };
    },
  },
  {
    name: "Open failmode=safe by using up the slots",
    tried: "max_pending=3, safe; 30 logins that wait, then one of a user whom Duo denies",
    run: async () => {
      await using world = await World.start({
        application: "auth",
        lines: ["max_pending=3", "failmode=safe"],
        simulator: { users },
      });
      const greedy = gatewayOf(world, "127.0.0.2");
      const begun = await Promise.all(
        waiting.slice(0, 30).map(({ username }) => greedy.begin({ user: username, password: "push" })),
      );
      await world.simulator.whenPending(1);
      const denied = await gatewayOf(world, "127.0.0.2").login({ user: "bob", password: "push" });
      const early = await Promise.all(begun.map(({ result }) => within(100, result)));
      const accepted = [denied, ...early].filter((result) => result?.kind === "accept").length;
      return { held: accepted === 0, seen: `${count(accepted, "login")} let in` };
    },
  },
  {
    name: "Use slots up for good",
    tried: "max_pending=3; 30 logins that end in an Accept, a denial, nonsense or a wrong secret; then one more",
    run: async () => {
      await using world = await World.start({ application: "auth", lines: ["max_pending=3"], simulator: { users } });
      const gateway = gatewayOf(world);
      for (let round = 0; round < 8; round++) {
        await gateway.login({ user: "alice", password: "123456" });
        await gateway.login({ user: "bob", password: "123456" });
        await gateway.login({ user: "alice", password: "no factor at all" });
        await gateway.login({ user: "nobody", password: new Uint8Array([0xff, 0xfe]) });
      }
      const last = await gateway.login({ user: "alice", password: "123456" });
      return { held: last.kind === "accept", seen: `the last login: ${last.kind}` };
    },
  },
  {
    name: "Fill the disk through the log",
    tried: `${flood} unsigned requests of random octets`,
    run: async () => {
      await using world = await World.start({
        application: "auth",
        lines: ["radius_require_message_authenticator_1=false"],
      });
      await using attacker = new Attacker(world.port);
      const before = world.log.length + written(world);
      await attacker.flood((function* (): Generator<Uint8Array> {
        for (let index = 0; index < flood; index++) {
          yield forge({ user: `user${index % 50}`, field: randomBytes(16), identifier: index & 0xff });
        }
      })());
      await world.settled();
      const octets = world.log.length + written(world) - before;
      return { held: octets < allowance, seen: `${Math.round(octets / 1_000)} kB written` };
    },
  },
  {
    name: "Have an Allow event lost",
    tried: "stdout stands still; 15,000 unsigned requests from 200 addresses around a login; then stdout goes on",
    run: stallStdout,
  },
  {
    name: "Keep a login waiting by a flood",
    tried: "3,000 unsigned requests of random octets while somebody logs in",
    run: async () => {
      await using world = await World.start({
        application: "auth",
        lines: ["radius_require_message_authenticator_1=auto"],
      });
      await using attacker = new Attacker(world.port, "127.0.0.9");
      const flooded = attacker.flood(
        Array.from(
          { length: 3_000 },
          (_, index) => forge({ user: "alice", field: randomBytes(16), identifier: index & 0xff }),
        ),
      );
      const result = await within(10_000, persist(world, { user: "alice", password: "123456" }));
      await flooded;
      return { held: result?.kind === "accept", seen: result?.kind ?? "no answer in 10 s" };
    },
  },
  {
    name: "Guess a secret from this machine",
    tried:
      "1,000 Status-Servers from an address that is no gateway's, all with the right secret: how many are looked at",
    run: async () => {
      await using world = await World.start({ application: "auth", lines: ["radius_ip_1=192.0.2.1"] });
      await using attacker = new Attacker(world.port);
      const begun = performance.now();
      await attacker.flood(Array.from({ length: 1_000 }, (_, identifier) => statusServer(identifier & 0xff)));
      await pause(500);
      const seconds = (performance.now() - begun) / 1_000;
      const { length } = attacker.received;
      // A check of this machine's own needs some at once.
      return {
        held: length > 0 && length <= 100 + 10 * seconds,
        seen: `${count(length, "guess", "guesses")} of 1,000`,
      };
    },
  },
  {
    name: "Run into ports that the program holds",
    tried: "a start with max_pending=3000, its sockets counted all the while",
    run: countSockets,
  },
];

/** A signed Status-Server (RFC 5997). */
function statusServer(identifier: number): Uint8Array {
  const bytes = encodePacket({
    code: packetCode.statusServer,
    identifier,
    authenticator: randomBytes(16),
    attributes: [{ type: attributeType.messageAuthenticator, value: new Uint8Array(16) }],
  });
  signRequest(bytes, new TextEncoder().encode(sharedSecret));
  return bytes;
}

/** Octets of events. */
function written(world: World): number {
  return world.events.reduce((sum, event) => sum + JSON.stringify(event).length + 1, 0);
}

/** A shell that hands the program's stdout on only once a file is there. */
async function stallStdout(): Promise<Outcome> {
  using dir = new TempDir();
  const gate = `${dir.path}/go`;
  const script = 'gate=$1; shift; exec "$@" > >(while [ ! -e "$gate" ]; do sleep 0.05; done; exec cat)';
  await using world = await World.start({
    application: "auth",
    lines: ["radius_require_message_authenticator_1=false"],
    wrap: (line) => ["bash", "-c", script, "bash", gate, ...line],
  });
  // Each address has a few lines of its own before what it does is summed up.
  const makeNoise = async (each: number): Promise<void> => {
    for (let source = 1; source <= 200; source++) {
      await using attacker = new Attacker(world.port, `127.0.1.${source}`);
      await attacker.flood(
        Array.from(
          { length: each },
          (_, identifier) => forge({ user: `user${source}`, field: randomBytes(16), identifier }),
        ),
      );
      // What the kernel has no room for would fill no queue.
      if (source % 4 === 0) await world.fence();
    }
  };
  await makeNoise(60);
  const { kind } = await persist(world, { user: "alice", password: "123456" }, "127.0.0.2");
  await makeNoise(15);
  dir.write("go", "");
  await within(10_000, world.settled());
  const events = world.events.filter(({ status, username }) => status === "Allow" && username === "alice").length;
  return {
    held: kind === "accept" && events === 1,
    seen: `${kind}, ${count(events, "Allow event")} of ${world.events.length}`,
  };
}

/** Counts the program's sockets from its first moment until it listens. */
async function countSockets(): Promise<Outcome> {
  using dir = new TempDir();
  const file = dir.write("pid", "");
  let most = 0;
  let looks = 0;
  const over = new AbortController();
  const watching = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      const pid = Number(Deno.readTextFileSync(file));
      if (pid > 0) {
        most = Math.max(most, sockets(pid));
        looks++;
      }
      await pause(1);
    }
  })();
  try {
    await using _ = await World.start({
      application: "auth",
      lines: ["max_pending=3000"],
      wrap: (line) => ["sh", "-c", 'echo $$ >"$1"; shift; exec "$@"', "sh", file, ...line],
    });
  } finally {
    over.abort();
    await watching;
  }
  return { held: looks > 10 && most > 0 && most < 100, seen: `${count(most, "socket")} at most in ${looks} looks` };
}

/** Sockets that a process has open. */
function sockets(pid: number): number {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/fd`)].filter(({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/${pid}/fd/${name}`).startsWith("socket:");
      } catch {
        return false;
      }
    }).length;
  } catch {
    return 0;
  }
}
