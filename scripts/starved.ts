/**
 * `deno run -A scripts/starved.ts [SECONDS]`: the program on a tenth of a core under `failmode=safe`, with 400 forged packets a
 * second, while Duo is well. Nobody may be let in by failmode: being short of time is our fault, never Duo's.
 *
 * Of the forged packets half are made by somebody who knows no secret, half by somebody who does and asks for users that Duo has
 * never heard of, so that each of them is a call to Duo. Between them people log in: one who may, and one whom Duo denies.
 *
 * `DUOPROXY_BINARY` names a compiled program to try in place of the source. Where control groups can't be had the program is
 * stopped and continued by signals instead. Loopback only.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { type Attribute, attributeType, textAttribute } from "../lib/radius/attributes.ts";
import { encodePacket, packetCode } from "../lib/radius/packet.ts";
import { hidePassword } from "../lib/radius/password.ts";
import { sharedSecret, World } from "../tests/kit/process_world.ts";
import { complain, print } from "./print.ts";

/** What came of it. */
export interface Starved {
  /** How the program was held back. */
  readonly held: "control group" | "signals";
  readonly forged: number;
  /** Logins of people. */
  readonly logins: number;
  /** Answers to them, by kind: `accept`, `reject`, `timeout`. */
  readonly answers: Readonly<Record<string, number>>;
  /** Logins of the denied user that were let in. */
  readonly deniedLetIn: number;
  /** What events say of logins that failmode let in, of whatever packet. */
  readonly letInByFailmode: readonly string[];
  /** Events by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Preauth calls that reached Duo. */
  readonly preauths: number;
}

/** Packets a second that nobody of the house has sent. */
const forgedRate = 400;
/** Logins of people a second. */
const loginRate = 5;
/** What a gateway waits for an answer, in ms. */
const patience = 20_000;

/** Runs the program for so many seconds. */
export async function starve(seconds: number): Promise<Starved> {
  await using world = await World.start({ application: "auth", lines: ["failmode=safe"] });
  const answers = new Map<string, number>();
  let deniedLetIn = 0;
  const people: Promise<void>[] = [];
  const gateway = world.gateway("127.0.0.2", { total: patience });
  const held = hold(world.pid);
  let forged = 0;
  try {
    using forger = new Forger(world.port);
    const begun = performance.now();
    for (let second = 0; (second = (performance.now() - begun) / 1_000) < seconds;) {
      while (forged < second * forgedRate) forger.send(forged++);
      while (people.length < second * loginRate) {
        const denied = people.length % 2 === 1;
        people.push((async () => {
          // mallory is disabled, which preauth says.
          const login = { user: denied ? "mallory" : "alice", password: denied ? "push" : "123456" };
          const { kind } = await gateway.login(login);
          answers.set(kind, (answers.get(kind) ?? 0) + 1);
          if (denied && kind === "accept") deniedLetIn++;
        })());
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(people);
  } finally {
    held.release();
  }
  await world.settled();
  const reasons = new Map<string, number>();
  for (const { reason } of world.events) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return {
    held: held.kind,
    forged,
    logins: people.length,
    answers: Object.fromEntries(answers),
    deniedLetIn,
    letInByFailmode: world.events.filter(({ status, failmode }) => status === "Allow" && failmode !== null)
      .map(({ username, latency_ms, msg }) => `${username} after ${latency_ms} ms: ${msg}`),
    reasons: Object.fromEntries(reasons),
    preauths: world.asked("preauth"),
  };
}

/** Sends packets without a signature from a few ports of a gateway's address. */
class Forger implements Disposable {
  readonly #secret = new TextEncoder().encode(sharedSecret);
  readonly #sockets = Array.from(
    { length: 16 },
    () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
  );
  readonly #server: Deno.NetAddr;

  constructor(port: number) {
    this.#server = { transport: "udp", hostname: "127.0.0.1", port };
  }

  send(number: number): void {
    const authenticator = randomBytes(16);
    const attributes: Attribute[] = [
      textAttribute(attributeType.userName, `nobody${number}`),
      {
        type: attributeType.userPassword,
        value: number % 2 === 0
          ? randomBytes(16)
          : hidePassword(new TextEncoder().encode("push"), authenticator, this.#secret),
      },
    ];
    const identifier = Math.floor(number / this.#sockets.length) & 0xff;
    const packet = encodePacket({ code: packetCode.accessRequest, identifier, authenticator, attributes });
    // What the system doesn't take is as lost as on any network.
    void this.#sockets[number % this.#sockets.length]?.send(packet, this.#server).catch(() => {});
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.close();
  }
}

/** A process that gets a tenth of a core. */
interface Held {
  readonly kind: Starved["held"];
  release(): void;
}

function hold(pid: number): Held {
  return holdByGroup(pid) ?? holdBySignals(pid);
}

/** By the scheduler's quota: 10 ms of each 100. */
function holdByGroup(pid: number): Held | undefined {
  const places = [
    { folder: "/sys/fs/cgroup/cpu", file: "cpu.cfs_quota_us", quota: "10000" },
    { folder: "/sys/fs/cgroup", file: "cpu.max", quota: "10000 100000" },
  ];
  for (const { folder, file, quota } of places) {
    const group = `${folder}/duoproxy-starved-${pid}`;
    try {
      Deno.mkdirSync(group);
    } catch {
      continue;
    }
    try {
      Deno.writeTextFileSync(`${group}/${file}`, quota);
      Deno.writeTextFileSync(`${group}/cgroup.procs`, String(pid));
      return {
        kind: "control group",
        release: () => {
          Deno.writeTextFileSync(`${folder}/cgroup.procs`, String(pid));
          Deno.removeSync(group);
        },
      };
    } catch {
      Deno.removeSync(group);
    }
  }
  return undefined;
}

/** By signals: stopped for 90 ms of each 100. */
function holdBySignals(pid: number): Held {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const turn = (): void => {
    stopped = !stopped;
    Deno.kill(pid, stopped ? "SIGSTOP" : "SIGCONT");
    timer = setTimeout(turn, stopped ? 90 : 10);
  };
  turn();
  return {
    kind: "signals",
    release: () => {
      clearTimeout(timer);
      Deno.kill(pid, "SIGCONT");
    },
  };
}

if (import.meta.main) {
  const seconds = Number(Deno.args[0] ?? 60);
  const result = await starve(seconds);
  print(JSON.stringify(result, undefined, 2));
  if (result.letInByFailmode.length > 0 || result.deniedLetIn > 0) {
    complain("Somebody was let in by failmode though Duo was well");
    Deno.exit(1);
  }
}
