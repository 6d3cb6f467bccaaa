/**
 * Which ends of calls are witnesses of an outage, and which are not.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
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
