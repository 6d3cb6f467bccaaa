/**
 * What logins leave behind: nothing, whatever their outcome. A slot, a socket or a login that is lost each time would end the
 * program after an hour.
 *
 * @module
 */

import { assertArrayIncludes, assertEquals, assertLessOrEqual } from "@std/assert";
import { type Attribute, attributeType } from "../../lib/radius/attributes.ts";
import type { SimulatedApplication } from "../../lib/simulator/applications.ts";
import { residentMegabytes } from "../../scripts/bench/process_stats.ts";
import { print } from "../../scripts/print.ts";
import { makeApplication } from "../kit/applications.ts";
import { type SectionOptions, World } from "../kit/process_world.ts";

/** Who logs in, what stands in the password field (nothing: there is none), and the answer. */
type Row = readonly [
  user: string,
  typed: string | undefined,
  kind: "accept" | "reject" | "challenge",
  attributes?: readonly Attribute[],
];

/** MS-CHAP2-Response (RFC 2548 section 2.3.2), which duo_only can't check. */
const msChap: Attribute = {
  type: attributeType.vendorSpecific,
  value: Uint8Array.of(0, 0, 1, 55, 25, 52, ...new Uint8Array(50)),
};

/** EAP-Response/Identity (RFC 3748 section 5.1). */
const eap: Attribute = { type: attributeType.eapMessage, value: Uint8Array.of(2, 77, 0, 10, 1, 97, 108, 105, 99, 101) };

/** What a Duo that is well decides, and the program by itself. */
const ordinary: readonly Row[] = [
  ["alice", "push", "accept"],
  ["alice", "phone2", "accept"],
  ["alice", "auto", "accept"],
  ["alice", "123456", "accept"],
  ["alice", "654321", "reject"],
  ["alice", "sms", "reject"],
  ["alice", "push9", "reject"],
  ["alice", "hunter2", "reject"],
  ["bob", "push", "reject"],
  ["carol", "push", "reject"],
  ["carol", "333333", "accept"],
  ["dave", "push", "reject"],
  ["erin", "push", "accept"],
  ["frank", "push", "reject"],
  ["mallory", "push", "reject"],
  ["nobody", "push", "reject"],
  ["root", "push", "accept"],
  ["trudy", "push", "reject"],
  // For these two, auth fails: see the faults.
  ["judy", "phone", "reject"],
  ["oscar", "push", "reject"],
  ["alice", undefined, "reject"],
  ["alice", undefined, "reject", [msChap]],
  ["alice", undefined, "reject", [eap]],
];

/** A section, and the logins that it gets in turn. */
interface Course {
  readonly application: SimulatedApplication;
  readonly mode?: SectionOptions["mode"];
  readonly lines?: readonly string[];
  readonly rows: readonly Row[];
  readonly count: number;
}

/** Four users, since three of them witness an outage for everybody. */
function everybody(kind: Row[2]): readonly Row[] {
  return ["alice", "bob", "carol", "grace"].map((user) => [user, "push", kind] as const);
}

const down = [makeApplication(1, 1), makeApplication(2, 2)] as const;

const courses: readonly Course[] = [
  { application: makeApplication(3, 1), rows: ordinary, count: 1_200 },
  { application: makeApplication(4, 2), rows: ordinary, count: 1_200 },
  { application: down[0], lines: ["failmode=safe"], rows: everybody("accept"), count: 240 },
  { application: down[1], rows: everybody("reject"), count: 240 },
  {
    application: makeApplication(5, 2),
    mode: "auto",
    lines: ["factors=passcode"],
    rows: [["alice", "secret", "challenge"], ["alice", "secret,123456", "accept"]],
    count: 114,
  },
  // heidi is asked and says nothing; for grace Duo says nothing.
  {
    application: makeApplication(6, 1),
    lines: ["login_timeout=5"],
    rows: [["heidi", "push", "reject"], ["grace", "push", "reject"]],
    count: 6,
  },
];

/** Gateways that ask a section at one time: as many as it has slots. */
const lanes = ["127.0.0.2", "127.0.0.3", "127.0.0.4"] as const;

/** How often memory is looked at. */
const readings = 10;

Deno.test("3,000 logins of every outcome through three slots: none lacks one, and nothing is left behind", async () => {
  const [first, ...others] = courses.map(({ application, mode = "duo_only", lines = [] }): SectionOptions => ({
    application,
    mode,
    lines: ["max_pending=3", "push_limit=0", "exempt_username_1=root", ...lines],
  }));
  await using world = await World.start({
    ...first,
    further: others,
    simulator: { applications: courses.map(({ application }) => application), transcriptLimit: 100 },
  });
  for (const { ikey } of down) world.simulator.addFault({ match: { ikey }, do: { kind: "status", status: 503 } });
  world.simulator.addFault({ match: { path: "auth", user: "judy" }, do: { kind: "cut-after-read" } });
  world.simulator.addFault({
    match: { path: "auth", user: "oscar" },
    do: { kind: "status", status: 400, code: 40002 },
  });
  world.simulator.addFault({ match: { path: "auth", user: "grace" }, do: { kind: "hang" } });

  const unconnected = (): boolean => world.simulator.counters.openConnections === 0;
  const wrong: string[] = [];
  const memory: number[] = [];
  let done = 0;
  const total = courses.reduce((sum, { count }) => sum + count, 0);
  assertEquals(total, 3_000);

  const run = async ({ rows, count }: Course, port: number): Promise<void> => {
    const turns = Array.from({ length: count }, (_, index) => rows[index % rows.length]).values();
    await Promise.all(lanes.map(async (address) => {
      await using gateway = world.gateway(address, { port });
      for (const turn of turns) {
        if (turn === undefined) throw new Error("Each course has rows");
        const [user, password, kind, attributes = []] = turn;
        const result = await gateway.login({ user, attributes, ...(password === undefined ? {} : { password }) });
        if (result.kind !== kind) wrong.push(`${user} ${password}: ${result.kind}`);
        if (++done % (total / readings) === 0) memory.push(residentMegabytes(world.pid));
      }
    }));
  };
  // What is opened once and kept is open after the first logins. Connections to Duo are closed when they have been idle for a while.
  await run({ ...first, application: down[0], rows: ordinary, count: ordinary.length }, world.port);
  await world.until(unconnected);
  const before = world.descriptors();
  done = 0;
  await Promise.all(courses.map((course, index) => run(course, world.ports[index] ?? 0)));
  await world.settled();

  const reasons = Map.groupBy(world.events, ({ reason }) => reason);
  assertEquals(world.events.length, total + ordinary.length);
  const overloaded = reasons.get("overloaded") ?? [];
  // A machine that others use may let the program stand still while it waits for Duo, which is no lack of a slot.
  const stoodStill = overloaded.filter(({ msg }) => msg.includes("This process stood still for"));
  assertEquals(overloaded.filter((event) => !stoodStill.includes(event)), []);
  assertLessOrEqual(stoodStill.length, total / 30);
  assertLessOrEqual(wrong.length, stoodStill.length, wrong.join("\n"));
  assertArrayIncludes([...reasons.keys()], [
    "approved",
    "challenge",
    "duo-refused",
    "duo-unavailable",
    "exempt",
    "failmode",
    "not-enrolled",
    "preauth-allow",
    "preauth-deny",
    "timeout",
    "unknown-device",
    "unrecognized-text",
  ]);

  const { pending_logins, sections, log_lines_dropped } = await world.status();
  assertEquals([pending_logins, log_lines_dropped], [0, 0]);
  assertEquals(sections.map(({ pending }) => pending), courses.map(() => 0));
  assertEquals(await world.metric("duoproxy_pending_logins"), 0);
  await world.until(() => unconnected() && world.descriptors() <= before);

  const slope = ((memory.at(-1) ?? 0) - (memory[1] ?? 0)) / (readings - 2) * readings / total * 1_000;
  const counts = [...reasons].map(([reason, events]) => `${reason} ${events.length}`).join(", ");
  print(`${total} logins: ${counts}`);
  print(`memory in MB: ${memory.map((value) => value.toFixed(0)).join(" ")}; ${slope.toFixed(1)} MB each 1,000 logins`);
});
