/**
 * What two witnesses of an outage do (see the design's rule of failmode), and what is remembered of it.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plainName } from "../../lib/duo/user_name.ts";
import { type Call, type Ending, FakeDuo, kinds, ok, silence, well } from "./fake_duo.ts";

/** `ending` for these endpoints, and a Duo that is well for the others. */
function failing(ending: Ending, ...endpoints: readonly string[]): (call: Call) => Ending {
  return (call) => endpoints.includes(call.endpoint) ? ending : well(call);
}

Deno.test("preauth has 14 s: 6 for the first try, 3 for the pair, 5 for the second try", async () => {
  await using duo = new FakeDuo();
  // Nobody can tell: the pair's silence may be ours.
  duo.sender.script = ({ endpoint }) => endpoint === "preauth" ? silence : { ...silence, lag: 300 };
  const login = duo.ask("alice");
  assertEquals(kinds(await duo.after(13_999, login)), ["pending"]);
  assertEquals(kinds(await duo.after(1, login)), ["overloaded"]);
  assertEquals(duo.sender.calls.map(({ endpoint, at }) => [endpoint, at]), [
    ["preauth", 0],
    ["ping", 6_000],
    ["check", 6_000],
    ["preauth", 9_000],
  ]);
});

Deno.test("api_timeout bounds the first try, and the login's own deadline all of it", async () => {
  await using duo = new FakeDuo({ apiTimeout: 2_500 });
  duo.sender.script = () => silence;
  assertEquals(kinds(await duo.after(5_500, duo.ask("alice"))), ["outage"]);
  assertEquals(duo.sender.calls.map(({ at }) => at), [0, 2_500, 2_500]);
  const late = duo.service.preauth("bob", undefined, {
    deadline: duo.clock.now() + 4_000,
    signal: new AbortController().signal,
  });
  assertEquals(kinds(await duo.after(4_000, late)), ["overloaded"]);
});

for (const loginTimeout of [5_000, 6_000, 8_000, 10_000, 20_000]) {
  for (const apiTimeout of [0, 1_000, 3_000, 10_000]) {
    const name = `login_timeout=${loginTimeout / 1_000} and api_timeout=${apiTimeout / 1_000}`;

    Deno.test(`${name}: a silent Duo is found out within the first login's time`, async () => {
      await using duo = new FakeDuo({ apiTimeout });
      duo.sender.script = () => silence;
      const deadline = duo.clock.now() + loginTimeout - 50;
      const login = duo.service.preauth("alice", undefined, { deadline, signal: new AbortController().signal });
      assertEquals(kinds(await duo.after(loginTimeout - 51, login)), ["outage"]);
      for (const { urgent } of duo.sender.calls.slice(1)) assert(urgent);
    });

    Deno.test(`${name}: one silent preauth of a Duo that is well is tried once more`, async () => {
      await using duo = new FakeDuo({ apiTimeout });
      duo.sender.script = (call) =>
        call.endpoint === "preauth" && duo.sender.count("preauth") === 1 ? silence : well(call);
      const deadline = duo.clock.now() + loginTimeout - 50;
      const login = duo.service.preauth("alice", undefined, { deadline, signal: new AbortController().signal });
      assertEquals(kinds(await duo.after(loginTimeout - 51, login)), ["auth"]);
    });
  }
}

Deno.test("a pair that began before the first witness does not count for it, and one pair serves all who are older", async () => {
  await using duo = new FakeDuo();
  duo.sender.script = (call) => call.endpoint === "preauth" ? silence : { ...well(call), after: 2_000 };
  const alice = duo.ask("alice");
  await duo.clock.advance(100);
  const others = ["bob", "carol"].map((user) => duo.ask(user));
  await duo.clock.advance(100);
  const dave = duo.ask("dave");
  await duo.clock.advance(5_900);
  // Hers began at 6.0 s. That of those who failed at 6.1 and 6.2 s begins at 6.5 s, and fails.
  assertEquals([duo.sender.count("ping"), duo.sender.count("check")], [1, 1]);
  duo.sender.script = ({ endpoint }) => endpoint === "preauth" ? silence : { status: 503, body: "" };
  assertEquals(kinds(await duo.after(399, ...others, dave)), ["pending", "pending", "pending"]);
  assertEquals(kinds(await duo.after(1, ...others, dave)), ["outage", "outage", "outage"]);
  assertEquals([duo.sender.count("ping"), duo.sender.count("check")], [2, 2]);
  // For her the first pair was well, so it is her second try that decides.
  assertEquals(kinds(await duo.after(6_500, alice)), ["duo-error"]);
});

Deno.test("two other users whose preauths failed with 5xx or a foreign body within 30 s are a second witness", async () => {
  const disturbed: readonly Ending[] = [{ status: 503, body: "" }, { status: 200, body: "<html>" }];
  for (const ending of disturbed) {
    await using duo = new FakeDuo();
    duo.sender.script = failing(ending, "preauth");
    assertEquals(kinds(await duo.after(0, duo.ask("alice"))), ["duo-error"]);
    assertEquals(kinds(await duo.after(15_000, duo.ask("bob"))), ["duo-error"]);
    const [result] = await duo.after(15_000, duo.ask("carol"));
    assert(typeof result === "object" && result.kind === "outage");
    assertStringIncludes(result.second, "preauth of 2 other users");
    // Ping and check were answered all the time, so nobody is let in without a try of her own.
    assertEquals(duo.service.silent, false);
  }
});

Deno.test("other users' failures count for 30 s, until a preauth is answered, and only in these two ways", async () => {
  const bad: Ending = { status: 503, body: "" };
  await using duo = new FakeDuo();
  duo.sender.script = failing(bad, "preauth");
  await duo.after(0, duo.ask("alice"), duo.ask("bob"));
  // bob's two failures and alice's are of two users: enough for carol, but no longer after 30 s.
  assertEquals(kinds(await duo.after(30_001, duo.ask("carol"))), ["outage"]);
  await duo.after(30_001);
  assertEquals(kinds(await duo.after(0, duo.ask("dave"))), ["duo-error"]);

  for (const answer of [ok({ result: "deny" }), ok({ result: "perhaps" }), { status: 400, body: "" }]) {
    await using healed = new FakeDuo();
    healed.sender.script = failing(bad, "preauth");
    await healed.after(1_000, healed.ask("alice"));
    await healed.after(1_000, healed.ask("bob"));
    healed.sender.script = failing(answer, "preauth");
    await healed.after(1_000, healed.ask("erin"));
    healed.sender.script = failing(bad, "preauth");
    assertEquals(kinds(await healed.after(1_000, healed.ask("carol"))), ["duo-error"]);
  }

  await using silent = new FakeDuo();
  silent.sender.script = failing(silence, "preauth");
  await silent.after(14_000, silent.ask("alice"), silent.ask("bob"));
  assertEquals(kinds(await silent.after(14_000, silent.ask("carol"))), ["duo-error"]);
});

Deno.test("one user under many spellings is one user", async () => {
  assertEquals(
    ["alice", "ALICE", " alice ", "CORP\\alice", "corp\\Alice@example.com", "alice@example.com", "a\\b\\Alice@x@y"].map(
      plainName,
    ),
    Array(7).fill("alice"),
  );
  assertEquals(plainName("@alice"), "@alice");
  await using duo = new FakeDuo();
  duo.sender.script = failing({ status: 503, body: "" }, "preauth");
  for (const user of ["mallory", "MALLORY", "CORP\\mallory", "mallory@example.com", "Mallory"]) {
    assertEquals(kinds(await duo.after(1_000, duo.ask(user))), ["duo-error"]);
  }
  duo.sender.script = () => ({ status: 503, body: "" });
  for (const user of ["mallory", "MALLORY", "CORP\\mallory", "mallory@example.com"]) {
    assertEquals(kinds(await duo.after(1_000, duo.ask(user))), ["outage"]);
    assertEquals(duo.service.silent, false);
  }
});

Deno.test("three slow answers for one user let in nobody", async () => {
  await using duo = new FakeDuo();
  duo.sender.script = (call) =>
    call.endpoint !== "preauth" ? well(call) : call.user === "slow" ? silence : ok({ result: "deny" });
  const slow = [1, 2, 3].map(() => duo.ask("slow"));
  assertEquals(kinds(await duo.after(14_000, ...slow)), ["duo-error", "duo-error", "duo-error"]);
  assertEquals(kinds(await duo.after(0, duo.ask("denied"))), ["deny"]);
});

Deno.test("after three users nobody waits any more, while the pair that probes every 5 s fails", async () => {
  await using duo = new FakeDuo();
  duo.sender.script = () => silence;
  const first = ["alice", "bob", "carol"].map((user) => duo.ask(user));
  assertEquals(kinds(await duo.after(9_500, ...first)), ["outage", "outage", "outage"]);
  assertEquals(duo.service.silent, true);
  const calls = duo.sender.calls.length;
  const [at] = await duo.after(0, duo.ask("dave"));
  assert(typeof at === "object" && at.kind === "outage");
  assertStringIncludes(at.first, "three users");
  assertStringIncludes(at.second, "within 3.0 s");
  assertEquals(at.lasting, 3_500);
  assertEquals(duo.sender.calls.length, calls);
  // Two minutes on, all that was sent are the pairs: one each 5 s and the 3 s that it takes.
  for (let count = 0; count < 60; count++) {
    assertEquals(kinds(await duo.after(2_000, duo.ask(`user${count}`))), ["outage"]);
  }
  const sent = duo.sender.calls.slice(calls).map(({ endpoint }) => endpoint);
  assertEquals(sent.filter((endpoint) => endpoint === "preauth"), []);
  assertEquals(sent.length, 2 * 120 / 8);

  duo.sender.script = well;
  await duo.clock.advance(8_000);
  assertEquals(duo.service.silent, false);
  assertEquals(kinds(await duo.after(0, duo.ask("dave"))), ["auth"]);
  const said = duo.log.join("\n");
  assertStringIncludes(said, "Three users have found Duo out");
  assertStringIncludes(said, "Duo answers again after 2 minutes; 64 login(s)");
});

Deno.test("one user may fail as often as she likes: nobody is decided at once for it", async () => {
  await using duo = new FakeDuo();
  duo.sender.script = () => silence;
  const logins = ["alice", "ALICE", "CORP\\alice", "alice@example.com", "bob"].map((user) => duo.ask(user));
  assertEquals(kinds(await duo.after(9_500, ...logins)), Array(5).fill("outage"));
  assertEquals(duo.service.silent, false);
});

Deno.test("an answer to a preauth under way ends the outage", async () => {
  await using duo = new FakeDuo();
  duo.sender.script = ({ user }) => user === "erin" ? { ...ok({ result: "deny" }), after: 2_500 } : silence;
  const early = ["alice", "bob", "carol"].map((user) => duo.ask(user));
  await duo.clock.advance(8_000);
  const erin = duo.ask("erin");
  assertEquals(kinds(await duo.after(1_500, ...early)), ["outage", "outage", "outage"]);
  assertEquals(duo.service.silent, true);
  assertEquals(kinds(await duo.after(1_000, erin)), ["deny"]);
  assertEquals(duo.service.silent, false);
});

Deno.test("nobody is decided at once when the probes say nothing for more than 10 s", async () => {
  await using duo = new FakeDuo();
  duo.sender.script = () => silence;
  await duo.after(9_500, ...["alice", "bob", "carol"].map((user) => duo.ask(user)));
  // This process stands still: its silence is its own.
  duo.sender.script = () => ({ ...silence, lag: 1_000 });
  await duo.clock.advance(10_001);
  assertEquals(duo.service.silent, false);
  assertEquals(kinds(await duo.after(14_000, duo.ask("dave"))), ["overloaded"]);
  duo.sender.script = () => silence;
  await duo.clock.advance(16_000);
  assertEquals(duo.service.silent, true);
});

Deno.test("who waited in our own queue waits on, and is decided with the others once three users have met the outage", async () => {
  await using duo = new FakeDuo();
  duo.sender.script = ({ user }) => user === "queued" ? { stage: "queue", end: "time" } : silence;
  const queued = duo.ask("queued");
  const witnesses = ["alice", "bob"].map((user) => duo.ask(user));
  assertEquals(kinds(await duo.after(9_500, ...witnesses, queued)), ["outage", "outage", "pending"]);
  // Two are not enough.
  assertEquals(kinds(await duo.after(1_500, queued)), ["pending"]);
  const third = duo.ask("carol");
  assertEquals(kinds(await duo.after(2_999, queued)), ["pending"]);
  assertEquals(kinds(await duo.after(1, queued)), ["overloaded"]);

  const again = duo.ask("queued");
  assertEquals(kinds(await duo.after(3_000, third)), ["pending"]);
  assertEquals(kinds(await duo.after(3_000, third, again)), ["outage", "outage"]);
});

Deno.test("what is known of an outage outlives a reload", async () => {
  await using before = new FakeDuo();
  before.sender.script = () => silence;
  await before.after(9_500, ...["alice", "bob", "carol"].map((user) => before.ask(user)));
  await using after = new FakeDuo({ clock: before.clock, memory: before.memory });
  after.sender.script = () => silence;
  assertEquals(kinds(await after.after(0, after.ask("dave"))), ["outage"]);
  await before[Symbol.asyncDispose]();
  // The new one probes by itself.
  await after.clock.advance(60_000);
  assertEquals(after.service.silent, true);
  assertEquals(after.sender.count("preauth"), 0);
});

Deno.test("a login that is given up is no witness, and leaves nothing behind", async () => {
  const duo = new FakeDuo();
  duo.sender.script = () => silence;
  const login = duo.ask("alice");
  await duo.clock.advance(7_000);
  duo.giveUp();
  assertEquals(kinds(await duo.after(0, login)), ["aborted"]);
  await duo[Symbol.asyncDispose]();
  await duo.clock.advance(0);
  assertEquals(duo.clock.pending, 0);
});

Deno.test("a reload in an outage goes on watching it, without a login", async () => {
  await using before = new FakeDuo();
  before.sender.script = () => ({ stage: "connect", end: "error", code: "ECONNREFUSED" });
  for (const user of ["alice", "bob", "carol"]) await before.after(0, before.ask(user));
  const { clock, memory } = before;
  await before.service[Symbol.asyncDispose]();
  await using after = new FakeDuo({ clock, memory });
  after.sender.script = before.sender.script;
  after.service.start();
  await clock.advance(60_000);
  assertEquals(kinds(await after.after(0, after.ask("dave"))), ["outage"]);
  assertEquals(after.sender.count("preauth"), 0);
  after.sender.script = well;
  await clock.advance(5_000);
  assertEquals(kinds(await after.after(0, after.ask("dave"))), ["auth"]);
});
