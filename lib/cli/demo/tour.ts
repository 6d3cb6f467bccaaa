/**
 * The tour of the demo: logins as a gateway sends them, and how each of them should end.
 *
 * @module
 */

import { systemClock } from "../../clock.ts";
import { attributeType, encodeVendorAttributes, textAttribute } from "../../radius/attributes.ts";
import { type LoginResult, RadiusClient } from "../../radius/client.ts";
import { demoSecret, type DemoSection, type Stage } from "./stage.ts";

/** A row of the tour's table. */
export interface Row {
  readonly version: 1 | 2;
  readonly what: string;
  readonly user: string;
  readonly typed: string;
  readonly answer: string;
  /** Reply-Message. */
  readonly text: string;
  /** In ms. */
  readonly took: number;
  readonly asExpected: boolean;
}

/** A login of the tour. */
interface Stop {
  readonly what: string;
  readonly user: string;
  readonly typed: string;
  readonly expected: "accept" | "reject";
}

const stops: readonly Stop[] = [
  { what: "push approved", user: "alice", typed: "push", expected: "accept" },
  { what: "push denied", user: "bob", typed: "push", expected: "reject" },
  { what: "a call to the second phone", user: "alice", typed: "phone2", expected: "accept" },
  { what: "codes sent by SMS", user: "alice", typed: "sms", expected: "reject" },
  { what: "passcode", user: "alice", typed: "123456", expected: "accept" },
  { what: "a password typed by mistake", user: "alice", typed: "hunter2", expected: "reject" },
  { what: "unknown user", user: "nobody", typed: "push", expected: "reject" },
];

/** Takes the tour and yields its rows as they come. */
export async function* takeTour(stage: Stage): AsyncGenerator<Row> {
  for (const version of [1, 2] as const) {
    const secure = sectionOf(stage, version, "secure");
    for (const stop of stops) yield await visit(version, stop, secure);
    yield await repeat(stage, secure);
    await stage.simulator.setReachable(false);
    yield await visit(version, down("safe", "accept"), sectionOf(stage, version, "safe"));
    yield await visit(version, down("secure", "reject"), secure);
    await stage.simulator.setReachable(true);
  }
}

function down(failmode: string, expected: "accept" | "reject"): Stop {
  return { what: `Duo down, failmode=${failmode}`, user: "alice", typed: "push", expected };
}

function sectionOf({ sections }: Stage, version: 1 | 2, failmode: "safe" | "secure"): DemoSection {
  const section = sections.find((one) => one.version === version && one.failmode === failmode);
  if (!section) throw new Error(`The demo has no section for version ${version} with failmode=${failmode}`);
  return section;
}

async function visit(version: 1 | 2, { what, user, typed, expected }: Stop, section: DemoSection): Promise<Row> {
  await using gateway = createGateway(section);
  const result = await gateway.login({
    user,
    password: typed,
    attributes: [textAttribute(attributeType.callingStationId, "192.0.2.7")],
  });
  return { version, what, user, typed, ...describe(result), asExpected: result.kind === expected };
}

/** A gateway asks three times, each time as for something new, but with Cisco's name for one session; Duo must be asked once. */
async function repeat({ simulator }: Stage, section: DemoSection): Promise<Row> {
  const { calls } = simulator;
  const before = calls.at(-1)?.number ?? 0;
  const gateways = [1, 2, 3].map(() => createGateway(section));
  try {
    const session = new TextEncoder().encode("audit-session-id=c0000207004711");
    const attributes = [encodeVendorAttributes(9, [{ type: 1, value: session }])];
    const results = await Promise.all(
      gateways.map((gateway) => gateway.login({ user: "ivan", password: "push", attributes })),
    );
    const pushes = simulator.findCalls({ path: "auth", after: before }).length;
    const [first] = results;
    if (!first) throw new Error("The repeating gateway asked nothing");
    const { answer, text, took } = describe(first);
    return {
      version: section.version,
      what: "a gateway that asks three times",
      user: "ivan",
      typed: "push",
      answer: `${answer}, ${pushes} push${pushes === 1 ? "" : "es"}`,
      text,
      took,
      asExpected: pushes === 1 && results.every(({ kind }) => kind === "accept"),
    };
  } finally {
    for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
  }
}

function createGateway({ port }: DemoSection): RadiusClient {
  return new RadiusClient({
    socket: Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
    server: { hostname: "127.0.0.1", port },
    secret: new TextEncoder().encode(demoSecret),
    clock: systemClock,
    requireMessageAuthenticator: true,
  });
}

function describe(result: LoginResult): Pick<Row, "answer" | "text" | "took"> {
  return {
    answer: result.kind === "timeout" ? "no answer" : `Access-${result.kind[0]?.toUpperCase()}${result.kind.slice(1)}`,
    text: result.kind === "timeout" ? "" : result.messages.join(""),
    took: result.elapsed,
  };
}
