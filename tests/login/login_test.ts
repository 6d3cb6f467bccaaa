/**
 * What a login tells those it asks, how much time it gives them, and what it says where it ends.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { AuthRequest, CallLimits } from "../../lib/duo/api.ts";
import { login } from "../../lib/login/login.ts";
import { autoMode } from "../../lib/login/modes/auto.ts";
import type { Primary, PrimaryLimits, PrimaryRequest, PrimaryResult } from "../../lib/login/primary/primary.ts";
import type { LoginRequest } from "../../lib/login/request.ts";
import type { DuoGate, Section } from "../../lib/login/section.ts";
import { Slots } from "../../lib/login/slots.ts";
import { answer, phone, Rig, type RigRequest } from "./rig.ts";

/** Asks of a login, in their order: with what, and until when. */
interface Asked {
  readonly primary: [PrimaryRequest, PrimaryLimits][];
  readonly preauth: [user: string, ip: string | undefined, CallLimits][];
  readonly auth: [AuthRequest, CallLimits][];
}

const phones = { version: 2, devices: [phone("one")] } as const;

/** A Duo of this version that lets everybody in. */
function approving(asked: Asked, version: 1 | 2 = 2): DuoGate {
  return {
    preauth: (user, ip, limits) => {
      asked.preauth.push([user, ip, limits]);
      return Promise.resolve({ kind: "auth", choices: phones, groups: ["staff"], version });
    },
    auth: (request, limits) => {
      asked.auth.push([request, limits]);
      return Promise.resolve({ ...answer("allow", request), version });
    },
  };
}

/** A primary that says this of each password. */
function primaryOf(asked: Asked, results: Readonly<Record<string, PrimaryResult>>): Primary {
  return {
    checksPassword: true,
    check: (request, limits) => {
      asked.primary.push([request, limits]);
      return Promise.resolve(
        results[request.password] ?? { kind: "rejected", reason: "wrong-password", text: "Wrong" },
      );
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function nothingAsked(): Asked {
  return { primary: [], preauth: [], auth: [] };
}

const auto = autoMode({ allowConcat: true, delimiter: ",", delimitedPasswordLength: 0, factors: ["auto"] });
const accepted: PrimaryResult = { kind: "accepted" };

/** Asks a section with a primary that knows `hunter2`, ten seconds after the request came. */
async function late(changes: Partial<Section>): Promise<Asked> {
  const asked = nothingAsked();
  const rig = new Rig({
    mode: auto,
    primary: primaryOf(asked, { hunter2: accepted }),
    duo: approving(asked),
    loginTimeout: 58_000,
    ...changes,
  });
  const request = rig.request({ field: "hunter2,push" });
  await rig.clock.advance(10_000);
  await login(request, rig.section);
  return asked;
}

Deno.test("a login's time begins with its first datagram, and the first factor leaves half of it to the second", async () => {
  const { primary, preauth, auth } = await late({ apiTimeout: 0 });
  assertEquals([primary[0]?.[1].deadline, preauth[0]?.[2].deadline, auth[0]?.[1].deadline], [29_000, 58_000, 58_000]);
});

Deno.test("api_timeout bounds the second factor as a whole, and never lengthens a login", async () => {
  assertEquals((await late({ apiTimeout: 20_000 })).auth[0]?.[1].deadline, 30_000);
  assertEquals((await late({ apiTimeout: 60_000 })).auth[0]?.[1].deadline, 58_000);
});

Deno.test("what the proxy gives up reaches everybody who is asked", async () => {
  const { signal } = new AbortController();
  const { primary, preauth, auth } = await late({ signal });
  assertEquals(
    [primary[0]?.[1].signal, preauth[0]?.[2].signal, auth[0]?.[1].signal].map((given) => given === signal),
    [true, true, true],
  );
});

Deno.test("Duo is told who asks, with which factor, from where, and what there is to choose from", async () => {
  const asked = nothingAsked();
  const rig = new Rig({ duo: approving(asked) });
  const request: LoginRequest = {
    ...rig.request({ field: "phone2" }),
    clientIp: { text: "198.51.100.7", ipv4: "198.51.100.7" },
  };
  await login(request, rig.section);
  assertEquals(asked.preauth.map(([user, ip]) => [user, ip]), [["alice", "198.51.100.7"]]);
  assertEquals(asked.auth.map(([request]) => request), [{
    user: "alice",
    factor: { kind: "word", factor: "phone", number: 2 },
    ip: "198.51.100.7",
    choices: phones,
  }]);
  assertEquals(rig.events[0]?.client_ip, "198.51.100.7");
});

Deno.test("the first factor gets the password without the factor, and as a whole where that was wrong", async () => {
  const tried = async (results: Readonly<Record<string, PrimaryResult>>): Promise<readonly string[]> => {
    const asked = nothingAsked();
    const rig = new Rig({ mode: auto, primary: primaryOf(asked, results), duo: approving(asked) });
    const { kind } = await rig.ask({ field: "hunter2,123456" });
    const factors = asked.auth.map(([{ factor }]) => factor.kind);
    return [...asked.primary.map(([{ user, password }]) => `${user}/${password}`), kind, ...factors];
  };
  const [left, whole] = ["alice/hunter2", "alice/hunter2,123456"];
  assertEquals(await tried({ hunter2: accepted }), [left, "accept", "passcode"]);
  assertEquals(await tried({ "hunter2,123456": accepted }), [left, whole, "accept", "auto"]);
  assertEquals(await tried({}), [left, whole, "reject"]);
  const failed: PrimaryResult = { kind: "failed", reason: "primary-unavailable", text: "Away" };
  assertEquals(await tried({ hunter2: failed, "hunter2,123456": accepted }), [left, "reject"]);
});

for (const version of [1, 2] as const) {
  Deno.test(`an event names the version of the API that answered last (${version})`, async () => {
    const rig = new Rig({ duo: approving(nothingAsked(), version) });
    await rig.ask();
    const gate = approving(nothingAsked(), version);
    await rig.ask({}, {
      ...rig.section,
      duo: { ...gate, auth: (request) => Promise.resolve(answer("deny", request)) },
    });
    const moved: DuoGate = { preauth: approving(nothingAsked(), 2).preauth, auth: gate.auth };
    await rig.ask({}, { ...rig.section, duo: moved });
    await rig.ask({ user: "exempt" });
    assertEquals(rig.events.map(({ api_version }) => api_version), [version, version, version, null]);
  });
}

Deno.test("exempt names are compared as they are", async () => {
  const asked = nothingAsked();
  const rig = new Rig({ duo: approving(asked), exemptUsernames: new Set(["root"]) });
  for (const user of ["root", "Root", "ROOT", "CORP\\root", "root@example.com", "roo"]) await rig.ask({ user });
  assertEquals(rig.events.map(({ reason }) => reason), ["exempt", ...Array(5).fill("approved")]);
});

Deno.test("Duo's words lose what steers a screen on their way to the user and the event", async () => {
  const rig = new Rig();
  const text = "Denied\u202e by\r\nyour \u0007admin\u200b";
  for (const kind of ["deny", "allow"] as const) {
    rig.preauth = () => ({ kind, text, groups: [] });
    assertEquals((await rig.ask()).text, "Denied by your admin");
  }
  assertEquals(rig.events.map(({ msg }) => msg), ["Denied by your admin", "Denied by your admin"]);
});

Deno.test("a user who has to enrol is told where, and the event says what it is about", async () => {
  const rig = new Rig();
  rig.preauth = () => ({ kind: "enroll", text: "Enroll at https://example.com/" });
  assertEquals((await rig.ask()).text, "Enroll at https://example.com/");
  assertEquals(rig.events[0]?.msg, "User is not enrolled: Enroll at https://example.com/");
});

Deno.test("a push that failed is told with its transaction, and one that never began without any", async () => {
  const rig = new Rig();
  const cut = { kind: "unavailable", cause: "network", detail: "Cut" } as const;
  for (const failure of [cut, { ...cut, txid: "7ab3" }]) {
    const [verdict] = await rig.begin({});
    rig.pushes[0]?.end(failure);
    await verdict;
  }
  assertEquals(rig.events.map(({ txid, factor }) => [txid, factor]), [[null, "push"], ["7ab3", "push"]]);
});

Deno.test("groups are those of auth, where it names none those of preauth, and are told by duo_only alone", async () => {
  const groupsOf = async (changes: Partial<Section>, groups: readonly string[]): Promise<readonly string[]> => {
    const rig = new Rig(changes);
    const preauth = rig.preauth("alice");
    if (preauth instanceof Promise || preauth.kind !== "auth") throw new Error("Preauth of the rig asks");
    rig.preauth = () => ({ ...preauth, groups: ["early"] });
    const [verdict] = await rig.begin({ field: "push" });
    const [push] = rig.pushes;
    push?.end({ ...answer("allow", push.request), groups });
    const end = await verdict;
    return end?.kind === "accept" ? end.groups : [];
  };
  assertEquals(await groupsOf({}, ["late", "other"]), ["late", "other"]);
  assertEquals(await groupsOf({}, []), ["early"]);
  assertEquals(await groupsOf({ mode: auto }, ["late"]), []);
});

/** What the log says, beside the event, of failures at preauth. */
const levels: readonly (readonly [status: number, level: string])[] = [[401, "error"], [403, "error"], [
  400,
  "warning",
]];

for (const [status, level] of levels) {
  Deno.test(`a refusal with ${status} is a line of level ${level} that names who was kept out`, async () => {
    const rig = new Rig();
    rig.preauth = () => ({ kind: "refused", status, code: null, message: "No", detail: "" });
    await rig.ask();
    assertEquals(rig.lines.length, 1);
    assertMatch(rig.lines[0] ?? "", new RegExp(`^${level}: alice was refused: Duo answered ${status}`));
  });
}

Deno.test("what is given up because the proxy stops needs no line", async () => {
  const rig = new Rig();
  rig.preauth = () => ({ kind: "aborted" });
  await rig.ask();
  assertEquals([rig.lines, rig.events[0]?.reason], [[], "shutting-down"]);
});

Deno.test("slots are held by the gateway that asks: its flood leaves the last ones to another", async () => {
  const rig = new Rig({ pushLimit: 0, slots: new Slots({ limit: 20, reserve: 8 }), maxPending: 20 });
  const flood = await rig.begin(...Array<RigRequest>(20).fill({}));
  const other = await rig.begin(...Array<RigRequest>(8).fill({ gateway: "192.0.2.2" }));
  assertEquals(rig.begun, 20);
  assertEquals(rig.events.map(({ nas_ip, reason }) => `${nas_ip} ${reason}`), Array(8).fill("192.0.2.1 overloaded"));
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all([...flood, ...other]);
});

Deno.test("a bug is an event of each login that it ends, and leaves nothing behind", async () => {
  const rig = new Rig();
  rig.preauth = () => Promise.reject(new TypeError("x is undefined"));
  await assertRejects(() => rig.ask({ user: "alice" }), TypeError);
  assertEquals(
    rig.events.map(({ username, status, reason, msg }) => [username, status, reason, msg]),
    [["alice", "Error", "internal-error", "Internal error"]],
  );
  const { slots, pending } = rig.section;
  assertEquals([slots.taken, slots.holders, pending.count, pending.held, rig.clock.pending], [0, 0, 0, 0, 0]);
});
