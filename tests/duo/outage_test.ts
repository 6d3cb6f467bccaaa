/**
 * Who is a witness of an outage and who is not, and what two of them do (see the design's rule of failmode).
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plainName } from "../../lib/duo/user_name.ts";
import { type Call, type Ending, FakeDuo, kinds, ok, silence, well } from "./fake_duo.ts";

/** Ways in which a call ends when Duo is out, and the words that name them. */
const witnesses: readonly { readonly name: string; readonly ending: Ending; readonly words: RegExp }[] = [
  {
    name: "no such host",
    ending: { stage: "look-up", end: "error", code: "ENOTFOUND" },
    words: /looked up \(ENOTFOUND\)/,
  },
  { name: "a resolver that fails", ending: { stage: "look-up", end: "error", code: "EAI_AGAIN" }, words: /EAI_AGAIN/ },
  { name: "a resolver that is silent", ending: { stage: "look-up", end: "time" }, words: /look-up .* within/ },
  { name: "a refused connection", ending: { stage: "connect", end: "error", code: "ECONNREFUSED" }, words: /refused/ },
  { name: "no route", ending: { stage: "connect", end: "error", code: "EHOSTUNREACH" }, words: /EHOSTUNREACH/ },
  { name: "a black hole", ending: { stage: "connect", end: "time" }, words: /No connection within/ },
  { name: "a silent HTTP proxy", ending: { stage: "tunnel", end: "time" }, words: /No answer of the HTTP proxy/ },
  {
    name: "an HTTP proxy that refuses",
    ending: { stage: "tunnel", end: "tunnel-refused", tunnelStatus: 502 },
    words: /HTTP proxy refused .*502/,
  },
  { name: "a cut handshake", ending: { stage: "handshake", end: "cut", code: "ECONNRESET" }, words: /handshake/ },
  { name: "a silent handshake", ending: { stage: "handshake", end: "time" }, words: /No TLS handshake within/ },
  { name: "a failed handshake", ending: { stage: "handshake", end: "error" }, words: /TLS with Duo/ },
  {
    name: "an untrusted certificate",
    ending: { stage: "handshake", end: "error", code: "CERT_HAS_EXPIRED", untrusted: true },
    words: /certificate is not trusted \(CERT_HAS_EXPIRED\)/,
  },
  { name: "a cut while writing", ending: { stage: "write", end: "cut" }, words: /while the request was written/ },
  { name: "a cut before the answer", ending: { stage: "reply", end: "cut" }, words: /before the whole answer/ },
  { name: "silence", ending: silence, words: /No answer within/ },
  { name: "no HTTP", ending: { stage: "reply", end: "malformed" }, words: /no HTTP/ },
  { name: "503", ending: { status: 503, body: "" }, words: /status 503/ },
  { name: "500 in Duo's envelope", ending: { status: 500, body: '{"stat":"FAIL","code":50000}' }, words: /status 500/ },
  { name: "a body that is not Duo's", ending: { status: 200, body: "<html>" }, words: /not its envelope/ },
  { name: "an empty body", ending: { status: 200, body: "" }, words: /0 octets/ },
];

/** `ending` for these endpoints, and a Duo that is well for the others. */
function failing(ending: Ending, ...endpoints: readonly string[]): (call: Call) => Ending {
  return (call) => endpoints.includes(call.endpoint) ? ending : well(call);
}

for (const version of [1, 2] as const) {
  for (const { name, ending, words } of witnesses) {
    Deno.test(`${name} at preauth and at ping or check is an outage (version ${version})`, async () => {
      for (const other of ["ping", "check"]) {
        await using duo = new FakeDuo({ version });
        duo.sender.script = failing(ending, "preauth", other);
        const [result] = await duo.after(9_000, duo.ask("alice"));
        assert(typeof result === "object" && result.kind === "outage", kinds([result ?? "pending"])[0]);
        assert(words.test(result.first) && result.first.startsWith("preauth: "), result.first);
        assert(words.test(result.second) && result.second.startsWith(`${other}: `), result.second);
        assertEquals(result.untrusted, name === "an untrusted certificate");
        assertEquals(duo.sender.count("preauth"), 1);
        for (const { endpoint, fresh, urgent } of duo.sender.calls) {
          // Behind logins that hang nobody would ever hear of it.
          assertEquals([fresh, urgent], endpoint === "preauth" ? [false, false] : [true, true]);
        }
      }
    });

    Deno.test(`${name} at preauth alone is one answer: once more, then a reject (version ${version})`, async () => {
      await using duo = new FakeDuo({ version });
      duo.sender.script = failing(ending, "preauth");
      const results = await duo.after(14_000, duo.ask("alice"));
      assertEquals(kinds(results), ["duo-error"]);
      assertEquals(duo.sender.count("preauth"), 2);
    });
  }

  Deno.test(`a preauth that is answered at the second try counts (version ${version})`, async () => {
    await using duo = new FakeDuo({ version });
    duo.sender.script = (call) =>
      call.endpoint !== "preauth"
        ? well(call)
        : duo.sender.count("preauth") === 1
        ? silence
        : ok({ result: "deny", status_msg: "no", status: "no" });
    assertEquals(kinds(await duo.after(9_000, duo.ask("alice"))), ["deny"]);
  });
}

/** Ways in which a call ends that say nothing about Duo, and what becomes of the login. */
const notWitnesses: readonly { readonly name: string; readonly ending: Ending; readonly result: string }[] = [
  ...["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EAGAIN"].map((code) => ({
    name: code,
    ending: { stage: "connect", end: "error", code } as const,
    result: "overloaded",
  })),
  { name: "a code that nobody knows", ending: { stage: "connect", end: "error", code: "EWHAT" }, result: "overloaded" },
  { name: "an error without a code", ending: { stage: "connect", end: "error" }, result: "overloaded" },
  {
    name: "a mistake of ours in the handshake",
    ending: { stage: "handshake", end: "error", code: "ERR_INVALID_ARG_TYPE" },
    result: "overloaded",
  },
  { name: "a wait in our own queue", ending: { stage: "queue", end: "time" }, result: "overloaded" },
  { name: "a request that could not be written", ending: { stage: "write", end: "time" }, result: "overloaded" },
  { name: "a wait in which we stood still", ending: { ...silence, lag: 251 }, result: "overloaded" },
  {
    name: "a wait full of short stand-stills",
    ending: { ...silence, lag: 200, lagInAll: 4_001 },
    result: "overloaded",
  },
  { name: "a cut while we stood still", ending: { stage: "reply", end: "cut", lag: 251 }, result: "overloaded" },
  {
    name: "a look-up while we stood still",
    ending: { stage: "look-up", end: "error", code: "EAI_AGAIN", lag: 251 },
    result: "overloaded",
  },
  { name: "a wait of under 2 s outside our queue", ending: { ...silence, underWay: 1_999 }, result: "overloaded" },
  ...[400, 401, 402, 403, 404, 429, 499].map((status) => ({
    name: `${status} with code 50001`,
    ending: { status, body: '{"stat":"FAIL","code":50001}' } as const,
    result: "refused",
  })),
  { name: "403 of a box in between", ending: { status: 403, body: "<html>" }, result: "refused" },
  { name: "a result that nobody knows", ending: ok({ result: "perhaps" }), result: "duo-error" },
];

for (const { name, ending, result } of notWitnesses) {
  Deno.test(`${name} is no witness, though it comes at every call`, async () => {
    await using duo = new FakeDuo();
    duo.sender.script = () => ending;
    const logins = ["alice", "bob", "carol", "dave"].map((user) => duo.ask(user));
    assertEquals(kinds(await duo.after(14_000, ...logins)), Array(4).fill(result));
    assertEquals(duo.service.silent, false);
  });

  Deno.test(`${name} at ping and check is no second witness`, async () => {
    await using duo = new FakeDuo();
    duo.sender.script = failing(ending, "ping", "check");
    duo.sender.script = (call) => call.endpoint === "preauth" ? { status: 503, body: "" } : ending;
    const [found] = await duo.after(14_000, duo.ask("alice"));
    assert(found !== undefined && kinds([found])[0] !== "outage");
  });
}

for (const code of ["ENOTFOUND", "ECONNREFUSED", "ENETUNREACH", "ECONNRESET"]) {
  Deno.test(`${code} is not believed while no socket can be opened`, async () => {
    await using duo = new FakeDuo({ canOpenSockets: () => false });
    const stage = code === "ENOTFOUND" ? "look-up" : "connect";
    duo.sender.script = () => ({ stage, end: "error", code });
    assertEquals(kinds(await duo.after(0, duo.ask("alice"))), ["overloaded"]);
  });
}

Deno.test("a wait of 2 s, or of half of a shorter api_timeout, is long enough", async () => {
  for (
    const [apiTimeout, underWay, result] of [[0, 2_000, "outage"], [1_000, 500, "outage"], [
      1_000,
      499,
      "overloaded",
    ]] as const
  ) {
    await using duo = new FakeDuo({ apiTimeout });
    duo.sender.script = () => ({ ...silence, underWay });
    assertEquals(kinds(await duo.after(14_000, duo.ask("alice"))), [result]);
  }
});

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
