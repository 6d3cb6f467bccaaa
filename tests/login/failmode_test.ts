import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { DuoFailure } from "../../lib/duo/api.ts";
import type { Outage } from "../../lib/duo/outage.ts";
import { decideFailure, type Failmode } from "../../lib/login/failmode.ts";
import { Rig } from "./rig.ts";

const outage: Outage = {
  kind: "outage",
  first: "preauth: No answer within 6.0 s",
  second: "ping: The connection was refused (ECONNREFUSED)",
  lasting: 125_000,
  untrusted: false,
};

const failures: readonly (readonly [DuoFailure, string])[] = [
  [{ kind: "unavailable", cause: "refused", detail: "The connection was refused" }, "duo-unavailable"],
  [{ kind: "unavailable", cause: "untrusted", detail: "Not trusted" }, "duo-untrusted"],
  [{ kind: "unavailable", cause: "timeout", detail: "No answer" }, "timeout"],
  [{ kind: "delayed", detail: "This process stood still" }, "overloaded"],
  [{ kind: "overloaded", detail: "EMFILE" }, "overloaded"],
  [{ kind: "refused", status: 401, code: 40103, message: "", detail: "" }, "duo-refused"],
  [{ kind: "refused", status: 429, code: 42901, message: "", detail: "" }, "rate-limited"],
  [{ kind: "refused", status: 500, code: 50001, message: "", detail: "" }, "duo-refused"],
  [{ kind: "duo-error", detail: "An unknown result" }, "duo-error"],
  [{ kind: "aborted" }, "shutting-down"],
];

const failmodes: readonly Failmode[] = ["safe", "secure"];

Deno.test("failmode has a say about an outage alone", () => {
  for (const failmode of failmodes) {
    for (const [failure, reason] of failures) {
      const decision = decideFailure(failmode, failure);
      assertEquals([decision.allow, decision.decidedBy, decision.reason], [false, null, reason]);
    }
    const { allow, decidedBy } = decideFailure(failmode, outage);
    assertEquals([allow, decidedBy], [failmode === "safe", failmode]);
  }
});

for (const failmode of failmodes) {
  for (const untrusted of [false, true]) {
    Deno.test(`an outage under failmode=${failmode}${untrusted ? ", by a certificate" : ""}: event and log name both witnesses and how long`, async () => {
      const rig = new Rig({ failmode });
      rig.preauth = () => ({ ...outage, untrusted });
      const verdict = await rig.ask({ user: "alice" });
      const allowed = failmode === "safe";
      assertEquals(verdict.kind, allowed ? "accept" : "reject");
      const [event] = rig.events;
      assertEquals([event?.status, event?.failmode], [allowed ? "Allow" : "Reject", failmode]);
      assertEquals(event?.reason, untrusted ? "duo-untrusted" : allowed ? "failmode" : "duo-unavailable");
      assertStringIncludes(event?.msg ?? "", `${outage.first}; ${outage.second}`);
      const [line = ""] = rig.lines;
      assertMatch(line, allowed ? /^error: alice was let in without a second factor/ : /^warning: alice was refused/);
      assertStringIncludes(line, `${outage.first}; ${outage.second}. It has been so for 2 minutes`);
    });
  }
}

Deno.test("a flood of failmode's decisions has an event each, and ten lines a minute", async () => {
  const rig = new Rig({ failmode: "safe" });
  rig.preauth = () => outage;
  for (let count = 0; count < 100; count++) await rig.ask({ user: `user${count}` });
  assertEquals([rig.events.length, rig.lines.length], [100, 10]);
  await rig.clock.advance(60_000);
  await rig.ask({ user: "alice" });
  assertEquals([rig.events.length, rig.lines.length], [101, 11]);
  assertStringIncludes(rig.lines.at(-1) ?? "", "before, 90 more logins ended so without a line here");
});

Deno.test("lines about other failures do not use up those about outages", async () => {
  const rig = new Rig({ failmode: "safe" });
  rig.preauth = () => ({ kind: "overloaded", detail: "EMFILE" });
  for (let count = 0; count < 100; count++) await rig.ask({ user: `user${count}` });
  rig.preauth = () => outage;
  await rig.ask({ user: "alice" });
  assertMatch(rig.lines.at(-1) ?? "", /alice was let in/);
});
