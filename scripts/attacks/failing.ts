/**
 * Attacks on failmode: letting Duo look as if it were away, and it being away without anybody noticing.
 *
 * @module
 */

import type { FaultAction } from "../../lib/simulator/faults.ts";
import { Peer } from "../../tests/check/peers.ts";
import { World } from "../../tests/kit/process_world.ts";
import { starve } from "../starved.ts";
import { type Attack, count, gatewayOf, type Outcome } from "./attack.ts";

/** Answers of a Duo that is well. */
const oddities: readonly FaultAction[] = [
  { kind: "response", response: { result: "deny", status_msg: 42 } },
  { kind: "response", response: { result: "perhaps", status_msg: "?" } },
  {
    kind: "response",
    response: { result: "auth", status_msg: "Go on", devices: [{ capabilities: ["auto", "push"] }] },
  },
  { kind: "response", response: ["deny"] },
  { kind: "status", status: 400, code: 50001 },
  { kind: "status", status: 401, code: 50001 },
  { kind: "status", status: 429, code: 42901 },
];

const lockedOut = { name: "Lock everybody out while Duo is away", waits: true } as const;

/** All of them. */
export const failing: readonly Attack[] = [
  ...(["auth", "radius"] as const).map((application): Attack => ({
    name: "Open failmode=safe by one odd answer",
    tried: `${oddities.length} odd answers of a healthy Duo to preauth, version ${
      application === "auth" ? 2 : 1
    } of its API`,
    run: async () => {
      await using world = await World.start({ application, lines: ["failmode=safe"] });
      let letIn = 0;
      for (const action of oddities) {
        // The second try gets the same.
        const id = world.simulator.addFault({ match: { path: "preauth" }, do: action });
        const { kind } = await gatewayOf(world).login({ user: "mallory", password: "push" });
        if (kind === "accept") letIn++;
        world.simulator.removeFault(id);
      }
      return { held: letIn === 0, seen: `let in by ${letIn} of ${oddities.length}` };
    },
  })),
  {
    name: "Open failmode=safe for somebody else",
    tried: "three slow answers for one user, then a login of a user whom Duo denies",
    waits: true,
    run: async () => {
      await using world = await World.start({ application: "auth", lines: ["failmode=safe"] });
      world.simulator.addFault({ match: { path: "preauth", user: "alice" }, do: { kind: "delay", ms: 9_000 } });
      const slow = await Promise.all([1, 2, 3].map(() => gatewayOf(world).login({ user: "alice", password: "push" })));
      const { kind } = await gatewayOf(world).login({ user: "mallory", password: "push" });
      const letIn = slow.filter((result) => result.kind === "accept").length;
      const events = world.events.filter(({ failmode }) => failmode === "safe").length;
      return { held: kind === "reject" && events === 0, seen: `mallory ${kind}, alice let in ${letIn} of 3 times` };
    },
  },
  {
    name: "Open failmode=safe by using up the processor",
    tried:
      "a tenth of a core, 400 unsigned requests a second for 15 s, Duo is well; logins of a user whom Duo denies between",
    waits: true,
    run: async () => {
      const { letInByFailmode, deniedLetIn, logins, preauths } = await starve(15);
      return {
        held: letInByFailmode.length === 0 && deniedLetIn === 0 && preauths > 0,
        seen: `${letInByFailmode.length} of ${count(logins, "login")} let in by failmode`,
      };
    },
  },
  outage("refuses", async (world) => await world.simulator.setReachable(false)),
  outage("takes requests and is silent", (world) => {
    world.simulator.addFault({ do: { kind: "hang" } });
    return Promise.resolve();
  }),
  {
    ...lockedOut,
    tried: "Duo takes connections and says nothing, failmode=safe: three users, then a fourth",
    run: async () => {
      await using silent = await Peer.start(() => {});
      return await fourUsers([`api_port=${silent.port}`]);
    },
  },
  {
    ...lockedOut,
    tried: "the way to Duo is a black hole, failmode=safe: three users, then a fourth",
    run: async () => {
      await using hole = await BlackHole.open();
      return await fourUsers([`api_port=${hole.port}`]);
    },
  },
  {
    name: "Stand between the program and Duo",
    tried: "a certificate of another CA, failmode=secure",
    run: async () => {
      await using world = await World.start({ application: "auth" });
      await world.simulator.setCertificate("other-ca");
      world.simulator.clearCalls();
      const result = await world.ask("alice", "123456");
      const told = world.simulator.calls.length;
      const words = world.events.map(({ msg }) => msg).join(" ");
      const named = /certificate|trust/i.test(words);
      return {
        held: result.kind === "reject" && told === 0 && named,
        seen: `${result.kind}, ${count(told, "request")} told to it${named ? "" : ", the event doesn't say why"}`,
      };
    },
  },
];

/** The other way round: who waits for `safe` must not be locked out while Duo is away. */
function outage(what: string, begin: (world: World) => Promise<void>): Attack {
  return {
    ...lockedOut,
    tried: `Duo ${what}, failmode=safe: three users, then a fourth`,
    run: () => fourUsers([], begin),
  };
}

/** Twice at most: a program that was short of a processor is no witness of anything, and says so by rejecting. */
async function fourUsers(lines: readonly string[], begin?: (world: World) => Promise<void>): Promise<Outcome> {
  const outcome = await askFour(lines, begin);
  return outcome.held ? outcome : await askFour(lines, begin);
}

async function askFour(lines: readonly string[], begin?: (world: World) => Promise<void>): Promise<Outcome> {
  await using world = await World.start({ application: "auth", lines: ["failmode=safe", ...lines] });
  await begin?.(world);
  const ask = async (user: string): Promise<number> => {
    const result = await gatewayOf(world).login({ user, password: "push" });
    return result.kind === "accept" ? result.elapsed : Infinity;
  };
  // The first three are witnesses of the outage, each for itself.
  const took = [...await Promise.all(["alice", "grace", "judy"].map(ask)), await ask("ivan")];
  const seen = took.map((one) => one === Infinity ? "rejected" : `${(one / 1_000).toFixed(1)} s`).join(", ");
  // "At once" leaves room for a machine that is busy.
  return { held: took.every((one) => one <= 15_000) && (took[3] ?? Infinity) <= 2_000, seen };
}

/** A port whose connections are never made: its queue is full, and nobody takes from it. */
class BlackHole implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  readonly #connections: Deno.TcpConn[] = [];

  static async open(): Promise<BlackHole> {
    const hole = new BlackHole();
    for (;;) {
      const tooLong = AbortSignal.timeout(500);
      try {
        hole.#connections.push(await Deno.connect({ hostname: "127.0.0.1", port: hole.port, signal: tooLong }));
      } catch {
        return hole;
      }
    }
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close();
    this.#listener.close();
    return Promise.resolve();
  }
}
