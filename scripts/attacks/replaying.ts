/**
 * Attacks with what was seen on the wire: requests, and answers to challenges, a second time.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { type Attribute, attributeType } from "../../lib/radius/attributes.ts";
import { verifyResponseAuthenticator } from "../../lib/radius/authenticator.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import { sharedSecret, World } from "../../tests/kit/process_world.ts";
import { type Attack, Attacker, count, forge, gatewayOf, hidden, type Outcome, pause, within } from "./attack.ts";

/** Answers are kept for 30 s; after that the memory for replays is alone. In ms. */
const keptFor = 31_000;

/** All of them. */
export const replaying: readonly Attack[] = [
  {
    name: "Ring again with a captured request",
    tried: "one signed request of an approved login, from 10 other ports, at once and after 31 s",
    waits: true,
    run: async () => {
      await using world = await World.start({ application: "auth" });
      const captured = await world.begin("alice", "push");
      await captured.result;
      const replay = async (): Promise<void> => {
        for (let index = 0; index < 5; index++) {
          await using attacker = new Attacker(world.port);
          await attacker.send(captured.bytes);
          await world.fence();
        }
      };
      await replay();
      const early = world.asked("auth") - 1;
      await pause(keptFor);
      await replay();
      const late = world.asked("auth") - 1 - early;
      return {
        held: early + late === 0,
        seen: `${count(early + late, "push", "pushes")} more (${early} early, ${late} late)`,
      };
    },
  },
  {
    name: "Lock a gateway out with another one's request",
    tried: "a signed request, sent again with the address of a gateway that doesn't sign",
    run: async () => {
      await using world = await World.start({ application: "auth" });
      const plain = gatewayOf(world, "127.0.0.3");
      const before = await plain.login({ user: "alice", password: "123456", messageAuthenticator: false });
      const captured = await gatewayOf(world, "127.0.0.2").begin({ user: "alice", password: "123456" });
      await captured.result;
      await using attacker = new Attacker(world.port, "127.0.0.3");
      await attacker.send(captured.bytes);
      await world.fence();
      const after = await plain.login({ user: "alice", password: "123456", messageAuthenticator: false });
      return {
        held: before.kind === "accept" && after.kind === "accept",
        seen: `its logins: ${before.kind} before, ${after.kind} after`,
      };
    },
  },
  {
    name: "Keep an answer from a login that waits",
    tried: "a forged datagram with the port and identifier of an unsigned gateway's login",
    run: async () => {
      await using world = await World.start({
        application: "auth",
        lines: ["radius_require_message_authenticator_1=false"],
      });
      // Gateway and attacker share the socket: to the program they are one address and port.
      await using both = new Attacker(world.port);
      const authenticator = randomBytes(16);
      const secret = new TextEncoder().encode(sharedSecret);
      await both.send(forge({ user: "heidi", field: hidden("push", authenticator), authenticator, identifier: 7 }));
      const [push] = await world.simulator.whenPending(1);
      for (let index = 0; index < 3; index++) {
        await both.send(forge({ user: "heidi", field: randomBytes(16), identifier: 7 }));
      }
      await world.fence();
      world.simulator.answer(push?.number ?? -1, "approve");
      const answered = await both.gets(
        (datagram) =>
          datagram[0] === packetCode.accessAccept && verifyResponseAuthenticator(datagram, authenticator, secret),
        5_000,
      );
      return { held: answered, seen: answered ? "the real Accept came" : "the real Accept did not come" };
    },
  },
  {
    name: "Answer a challenge twice",
    tried: "a State that was answered, again after a reload",
    run: () =>
      withChallenge([], async (world, state) => {
        const gateway = gatewayOf(world);
        const first = await gateway.login({ user: "carol", password: "300001", attributes: [state] });
        const { kind: reloaded } = await world.reload(["exempt_username_1=somebody"]);
        const again = await gateway.login({ user: "carol", password: "300002", attributes: [state] });
        return {
          held: first.kind === "accept" && reloaded === "reloaded" && again.kind !== "accept",
          seen: `first ${first.kind}, again ${again.kind}`,
        };
      }),
  },
  {
    name: "Answer a challenge in another section",
    tried: "a State of one section, sent to another one with the same keys",
    run: () =>
      withChallenge([{ application: "auth", mode: "auto", lines: ["factors=passcode"] }], async (world, state) => {
        const other = gatewayOf(world, "127.0.0.1", world.ports[1]);
        const { kind } = await other.login({ user: "carol", password: "300001", attributes: [state] });
        return { held: kind !== "accept", seen: kind };
      }),
  },
];

/** A section that asks for a passcode, and the State of a challenge of carol's. */
async function withChallenge(
  further: NonNullable<Parameters<typeof World.start>[0]>["further"],
  attack: (world: World, state: Attribute) => Promise<Outcome>,
): Promise<Outcome> {
  await using world = await World.start({
    application: "auth",
    mode: "auto",
    lines: ["factors=passcode"],
    ...(further === undefined ? {} : { further }),
  });
  const challenge = await within(10_000, gatewayOf(world).login({ user: "carol", password: "secret" }));
  if (challenge?.kind !== "challenge" || challenge.state === undefined) {
    return { held: false, seen: `no challenge came, but ${challenge?.kind}` };
  }
  return await attack(world, { type: attributeType.state, value: challenge.state });
}
