import { assertEquals, assertMatch } from "@std/assert";
import { explainShortage, OverloadLog } from "../../lib/login/overload.ts";
import { Slots } from "../../lib/login/slots.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { Rig } from "./rig.ts";

Deno.test("a shortage is said at once, and then once a minute with how many there were since", async () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = new OverloadLog(clock, (message) => void lines.push(message));
  for (let count = 0; count < 50; count++) log.rejected("192.0.2.1", "why");
  await clock.advance(59_999);
  log.rejected("192.0.2.1", "why");
  assertEquals(lines, ["A login from 192.0.2.1 was rejected as overloaded: why"]);
  await clock.advance(1);
  log.rejected("192.0.2.1", "another reason");
  log.rejected("192.0.2.1", "why");
  assertEquals(lines.slice(1), [
    "A login from 192.0.2.1 was rejected as overloaded: another reason (50 more since the last such line)",
  ]);
  await clock.advance(60_000);
  log.rejected("192.0.2.2", "why");
  assertEquals(lines.slice(2), [
    "A login from 192.0.2.2 was rejected as overloaded: why (1 more since the last such line)",
  ]);
});

Deno.test("what helps is named: max_pending, or the limit of open files where that is what keeps it low", () => {
  const full = { slots: new Slots({ limit: 100, reserve: 10 }), maxPending: 100 };
  const low = { slots: new Slots({ limit: 60 }), maxPending: 100 };
  assertMatch(explainShortage("section", full), /max_pending/);
  assertEquals(explainShortage("section", full).includes("LimitNOFILE"), false);
  assertMatch(explainShortage("section", low), /LimitNOFILE/);
  assertMatch(explainShortage("process", full), /LimitNOFILE/);
  assertMatch(explainShortage("share", full), /last 10 of 100.*max_pending/);
});

Deno.test("a login without a slot is rejected whatever the failmode, with an event, and a line that names the remedy", async () => {
  for (const failmode of ["safe", "secure"] as const) {
    const rig = new Rig({ failmode, slots: new Slots({ limit: 1 }), maxPending: 1 });
    const [first] = await rig.begin({});
    for (let count = 0; count < 5; count++) assertEquals((await rig.ask({ user: "bob" })).kind, "reject");
    assertEquals(rig.events.map(({ reason, failmode }) => [reason, failmode]), Array(5).fill(["overloaded", null]));
    assertEquals(rig.lines, [
      "error: A login from 192.0.2.1 was rejected as overloaded: all 1 logins of max_pending are under way: raise it",
    ]);
    rig.pushes[0]?.approve();
    await first;
    await rig.approved({ user: "bob" });
    assertEquals(rig.section.slots.taken, 0);
  }
});

Deno.test("a call to Duo that fails through a shortage of ours is said once a minute, with what helps", async () => {
  const rig = new Rig({ failmode: "safe", pushLimit: 0 });
  for (let count = 0; count < 3; count++) {
    const [verdict] = await rig.begin({});
    rig.pushes[0]?.end({ kind: "delayed", detail: "This process stood still" });
    assertEquals((await verdict)?.kind, "reject");
  }
  rig.preauth = () => ({ kind: "overloaded", detail: "EMFILE" });
  assertEquals((await rig.ask()).kind, "reject");
  await rig.clock.advance(60_000);
  assertEquals((await rig.ask()).kind, "reject");
  assertEquals(rig.events.map(({ reason, failmode }) => [reason, failmode]), Array(5).fill(["overloaded", null]));
  assertEquals(rig.lines.length, 2);
  assertMatch(rig.lines[0] ?? "", /stood still.*processor/);
  assertMatch(rig.lines[1] ?? "", /EMFILE.*LimitNOFILE.*3 more/);
});
