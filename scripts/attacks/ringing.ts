/**
 * Attacks that ring phones: with no secret at all, or more often than somebody can bear; and that ride on somebody else's
 * approval.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { attributeType } from "../../lib/radius/attributes.ts";
import { integer, text, World } from "../../tests/kit/process_world.ts";
import { type Attack, Attacker, count, forge, gatewayOf, type Outcome, pause, quiet, within } from "./attack.ts";

/** The phones stayed silent, or not. */
async function silence(world: World, remark = ""): Promise<Outcome> {
  await quiet(world);
  const rung = world.asked("auth");
  return { held: rung === 0, seen: `${count(rung, "request")} to a phone${remark}` };
}

/** A gateway that doesn't sign, as attackers like it best. */
const unsigned = { application: "auth", lines: ["radius_require_message_authenticator_1=false"] } as const;

/** A login's password as a gateway that is misused sends it, and what must not come of it: a request to Duo's auth. */
function typed(name: string, tried: string, password: string | Uint8Array): Attack {
  return {
    name,
    tried,
    run: async () => {
      await using world = await World.start({ application: "auth" });
      const { kind } = await gatewayOf(world).login({ user: "alice", password });
      return await silence(world, `, ${kind}`);
    },
  };
}

/** All of them. */
export const ringing: readonly Attack[] = [
  {
    name: "Ring a phone without the secret: an empty field",
    tried: "20 unsigned requests with a User-Password of no octets",
    run: async () => {
      await using world = await World.start(unsigned);
      await using attacker = new Attacker(world.port);
      await attacker.flood(
        Array.from({ length: 20 }, (_, identifier) => forge({ user: "alice", field: new Uint8Array(), identifier })),
      );
      return await silence(world);
    },
  },
  {
    name: "Ring a phone without the secret: noise as Latin-1",
    tried: "1,500 unsigned requests of 16 random octets, pw_codec=latin-1, unmatched_text=auto",
    run: async () => {
      await using world = await World.start({
        application: "auth",
        lines: [...unsigned.lines, "pw_codec=latin-1", "unmatched_text=auto", "push_limit=0"],
      });
      await using attacker = new Attacker(world.port);
      await attacker.flood(noise(1_500));
      return await silence(world);
    },
  },
  {
    name: "Ring a phone without the secret: noise as UTF-8",
    tried: "3,000 unsigned requests of 16 random octets, unmatched_text=auto",
    run: async () => {
      await using world = await World.start({
        application: "auth",
        lines: [...unsigned.lines, "unmatched_text=auto", "push_limit=0"],
      });
      await using attacker = new Attacker(world.port);
      await attacker.flood(noise(3_000));
      return await silence(world);
    },
  },
  typed("Ring a phone by a password that ends in the delimiter", "password hunter2,", "hunter2,"),
  typed("Ring a phone by a lone byte order mark", "password EF BB BF", new Uint8Array([0xef, 0xbb, 0xbf])),
  {
    name: "Have the digits of a password checked as a passcode",
    tried: "password Summer,2024",
    run: async () => {
      await using world = await World.start({ application: "auth" });
      await gatewayOf(world).login({ user: "alice", password: "Summer,2024" });
      const sent = world.asked("auth");
      return { held: sent === 0, seen: sent === 0 ? "nothing was sent to Duo" : "2024 was sent to Duo" };
    },
  },
  {
    name: "Tire a user out with pushes",
    tried: "30 signed requests for one user from 30 ports, none answered",
    run: async () => {
      await using world = await World.start({ application: "auth" });
      for (let index = 0; index < 30; index++) await world.begin("heidi", "push");
      await world.simulator.whenPending(1);
      await world.fence();
      await pause(500);
      const { length } = world.simulator.pending;
      return { held: length <= 3, seen: `${count(length, "push", "pushes")} at once` };
    },
  },
  ride("a NAS-Port that never changes", () => [integer(attributeType.nasPort, 5)]),
  ride("a NAS-Port-Id that never changes", () => [text(attributeType.nasPortId, "ge-0/0/1")]),
  ride(
    "a NAS-Port that others change, without the user's address",
    (turn) => [integer(attributeType.nasPort, 5 + turn)],
  ),
];

/** Fields that nobody encrypted. */
function noise(number: number): readonly Uint8Array[] {
  return Array.from(
    { length: number },
    (_, index) => forge({ user: "alice", field: randomBytes(16), identifier: index & 0xff }),
  );
}

/** A thief who knows the password, at the same gateway and the same moment as the owner. */
function ride(what: string, attributes: (turn: number) => Parameters<World["begin"]>[2]): Attack {
  return {
    name: "Ride on the owner's approval",
    tried: `the owner's push waits, a thief logs in with the same password; ${what}`,
    run: async () => {
      await using world = await World.start({ application: "auth" });
      // What the program has learned of the gateway before.
      for (const turn of [1, 2]) await world.ask("alice", "123456", attributes(turn) ?? []);
      const owner = await world.begin("heidi", "push", attributes(0));
      const [push] = await world.simulator.whenPending(1);
      const thief = await world.begin("heidi", "push", attributes(0));
      await world.fence();
      world.simulator.answer(push?.number ?? -1, "approve");
      const first = await within(10_000, owner.result);
      // A push of its own may ring now, and nobody approves that one.
      const second = await within(2_000, thief.result);
      const held = first?.kind === "accept" && second?.kind !== "accept";
      return { held, seen: `owner ${first?.kind ?? "no answer"}, thief ${second?.kind ?? "still waits"}` };
    },
  };
}
