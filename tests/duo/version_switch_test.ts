import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import type { AuthResult, CallLimits, DuoApi, DuoFailure, KeysValid, Pending, Preauth } from "../../lib/duo/api.ts";
import { VersionSwitch } from "../../lib/duo/version_switch.ts";

type Answer<Result> = () => Result | DuoFailure | Promise<Result | DuoFailure>;

const wrongType: DuoFailure = {
  kind: "refused",
  status: 403,
  code: 40301,
  message: "Access forbidden",
  detail: "Wrong integration type for this API.",
};
const unknownIkey: DuoFailure = {
  kind: "refused",
  status: 401,
  code: 40102,
  message: "Invalid integration key",
  detail: "",
};
const down: DuoFailure = { kind: "unavailable", cause: "refused", detail: "Connection refused" };
const preauthOk: Preauth = { kind: "auth", choices: { version: 2, devices: [] }, groups: [] };
const allowed: AuthResult = {
  kind: "allow",
  text: "Success. Logging you in...",
  status: "allow",
  factor: "push",
  txid: null,
  device: null,
  groups: [],
};

/** An API that answers as it is told and counts. */
class Scripted implements DuoApi {
  readonly calls: string[] = [];
  constructor(
    readonly version: 1 | 2,
    readonly answers: { check?: Answer<KeysValid>; preauth?: Answer<Preauth>; auth?: Answer<AuthResult | Pending> } =
      {},
  ) {}
  check(): Promise<KeysValid | DuoFailure> {
    this.calls.push("check");
    return Promise.resolve(this.answers.check?.() ?? { kind: "valid" });
  }
  preauth(): Promise<Preauth | DuoFailure> {
    this.calls.push("preauth");
    return Promise.resolve(this.answers.preauth?.() ?? preauthOk);
  }
  auth(): Promise<AuthResult | Pending | DuoFailure> {
    this.calls.push("auth");
    return Promise.resolve(this.answers.auth?.() ?? allowed);
  }
}

function limits(signal = new AbortController().signal): CallLimits {
  return { deadline: systemClock.now() + 60_000, signal };
}

function create(
  v1: Scripted,
  v2: Scripted,
  setting: "auto" | 1 | 2 = "auto",
): { versions: VersionSwitch; moves: string[] } {
  const moves: string[] = [];
  const moved = ({ why }: { why: string }): void => void moves.push(why);
  return { versions: new VersionSwitch({ setting, v1, v2, clock: systemClock, moved }), moves };
}

const authRequest = {
  user: "alice",
  factor: { kind: "auto" },
  ip: undefined,
  choices: { version: 2, devices: [] },
} as const;

Deno.test("VersionSwitch: twenty first logins at once cost one refused call to version 2", async () => {
  const v1 = new Scripted(1);
  const gate = Promise.withResolvers<DuoFailure>();
  const v2 = new Scripted(2, { preauth: () => gate.promise });
  const { versions, moves } = create(v1, v2);
  const logins = Array.from({ length: 20 }, () => versions.preauth("alice", undefined, limits()));
  gate.resolve(wrongType);
  const results = await Promise.all(logins);
  assertEquals(results.map(({ kind }) => kind), Array(20).fill("auth"));
  assertEquals(v2.calls, ["preauth"]);
  assertEquals(v1.calls.length, 20);
  assertEquals(moves.length, 1);
  assertEquals(versions.choice.version, 1);
});

Deno.test("VersionSwitch: twenty logins refused at auth only cost one refused auth, and each begins once on version 1", async () => {
  const v1 = new Scripted(1);
  const v2 = new Scripted(2, { auth: () => wrongType });
  const { versions } = create(v1, v2);
  const results = await Promise.all(Array.from({ length: 20 }, async () => {
    await versions.preauth("alice", undefined, limits());
    return await versions.auth(authRequest, limits());
  }));
  assertEquals(results.map(({ kind }) => kind), Array(20).fill("allow"));
  assertEquals(v2.calls.filter((call) => call === "auth").length, 1);
  assertEquals(v1.calls.filter((call) => call === "auth").length, 20);
});

Deno.test("VersionSwitch: a push that is waited for on version 2 holds nobody up", async () => {
  const over = Promise.withResolvers<AuthResult>();
  let begun = 0;
  const v2 = new Scripted(2, {
    auth: () => begun++ === 0 ? { kind: "pending", txid: "1", wait: () => over.promise } : allowed,
  });
  const { versions } = create(new Scripted(1), v2);
  const first = versions.auth(authRequest, limits());
  assertEquals((await versions.auth(authRequest, limits())).kind, "allow");
  over.resolve(allowed);
  assertEquals((await first).kind, "allow");
});

Deno.test("VersionSwitch: a step whose first try found Duo down is tried by the next login", async () => {
  let tries = 0;
  const v2 = new Scripted(2, { preauth: () => ++tries === 1 ? down : preauthOk });
  const { versions } = create(new Scripted(1), v2);
  const results = await Promise.all([1, 2, 3].map(() => versions.preauth("alice", undefined, limits())));
  assertEquals(results.map(({ kind }) => kind), ["unavailable", "auth", "auth"]);
});

Deno.test("VersionSwitch: who waits for another's try gives up with her own login", async () => {
  const never = Promise.withResolvers<Preauth>();
  const v2 = new Scripted(2, { preauth: () => never.promise });
  const { versions } = create(new Scripted(1), v2);
  const first = versions.preauth("alice", undefined, limits());
  const controller = new AbortController();
  const second = versions.preauth("bob", undefined, limits(controller.signal));
  controller.abort();
  assertEquals((await second).kind, "aborted");
  const third = await versions.preauth("carol", undefined, { ...limits(), deadline: systemClock.now() });
  assertEquals(third.kind, "delayed");
  never.resolve(preauthOk);
  assertEquals((await first).kind, "auth");
});

Deno.test("VersionSwitch: 40102 on version 2 is believed only if version 1 says the same, and then not asked again", async () => {
  const v1 = new Scripted(1, { check: () => unknownIkey });
  const v2 = new Scripted(2, { preauth: () => unknownIkey });
  const { versions, moves } = create(v1, v2);
  for (let count = 0; count < 3; count++) {
    assertEquals(await versions.preauth("alice", undefined, limits()), { ...unknownIkey, version: 2 });
  }
  assertEquals([v1.calls, v2.calls.length, moves], [["check"], 3, []]);
});

Deno.test("VersionSwitch: 40102 on version 2 alone moves the application to version 1", async () => {
  const v1 = new Scripted(1);
  const { versions } = create(v1, new Scripted(2, { preauth: () => unknownIkey }));
  assertEquals((await versions.preauth("alice", undefined, limits())).kind, "auth");
  assertEquals(v1.calls, ["check", "preauth"]);
});

Deno.test("VersionSwitch: a fixed version is never left", async () => {
  const v1 = new Scripted(1);
  const two = create(v1, new Scripted(2, { preauth: () => wrongType }), 2);
  assertEquals(await two.versions.preauth("alice", undefined, limits()), { ...wrongType, version: 2 });
  assertEquals(v1.calls, []);
  const v2 = new Scripted(2);
  const one = create(v1, v2, 1);
  assertEquals((await one.versions.preauth("alice", undefined, limits())).kind, "auth");
  assertEquals(v2.calls, []);
});

Deno.test("VersionSwitch: an answer carries the version that gave it, also when the application has moved meanwhile", async () => {
  const over = Promise.withResolvers<AuthResult>();
  const slow = Promise.withResolvers<Preauth>();
  const answers: Answer<Preauth>[] = [() => preauthOk, () => slow.promise, () => wrongType];
  const v2 = new Scripted(2, {
    preauth: () => answers.shift()?.() ?? wrongType,
    auth: () => ({ kind: "pending", txid: "t", wait: () => over.promise }),
  });
  const { versions } = create(new Scripted(1), v2);
  assertEquals((await versions.preauth("alice", undefined, limits())).version, 2);
  const push = versions.auth(authRequest, limits());
  const second = versions.preauth("bob", undefined, limits());
  const third = await versions.preauth("carol", undefined, limits());
  assertEquals([third.version, versions.choice.version], [1, 1]);
  over.resolve(allowed);
  slow.resolve(preauthOk);
  assertEquals([(await push).version, (await second).version], [2, 2]);
});

Deno.test("VersionSwitch: what never got an answer carries no version", async () => {
  const gate = Promise.withResolvers<Preauth>();
  const { versions } = create(new Scripted(1), new Scripted(2, { preauth: () => gate.promise }));
  const first = versions.preauth("alice", undefined, limits());
  const end = new AbortController();
  const waiting = versions.preauth("bob", undefined, limits(end.signal));
  end.abort();
  assertEquals(await waiting, { kind: "aborted" });
  gate.resolve(preauthOk);
  assertEquals((await first).version, 2);
});
