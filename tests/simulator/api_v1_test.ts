import { assert, assertEquals, assertMatch } from "@std/assert";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { makeDevice, makeUser } from "../../lib/simulator/users.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { type ApiReply, call, radius, textField } from "./peer.ts";

type Params = Readonly<Record<string, string>>;

function post(simulator: DuoSimulator, endpoint: string, params: Params, now = Date.now()): Promise<ApiReply> {
  return call(simulator, { method: "POST", path: `/rest/v1/${endpoint}`, params, keys: radius, now });
}

const allowed = { result: "allow", status: "Success. Logging you in..." };

function denied(status: string): Params {
  return { result: "deny", status };
}

Deno.test("v1 ping says pong, signed or not, and check says valid", async () => {
  await using simulator = await DuoSimulator.start();
  assertEquals((await call(simulator, { path: "/rest/v1/ping" })).response, "pong");
  assertEquals((await call(simulator, { path: "/rest/v1/ping", keys: radius })).response, "pong");
  assertEquals((await call(simulator, { path: "/rest/v1/check", keys: radius })).response, "valid");
});

Deno.test("v1 preauth gives numbered factors, the best as default, and the whole prompt", async () => {
  await using simulator = await DuoSimulator.start();
  const alice = await post(simulator, "preauth", { user: "alice", hostname: "vpn.example.test", failmode: "closed" });
  assertEquals(alice.response, {
    result: "auth",
    factors: { "1": "push1", "2": "push2", "3": "phone1", "4": "phone2", "5": "sms1", "6": "sms2", default: "push1" },
    prompt: [
      "Duo login for alice",
      "",
      "Enter a passcode or select one of the following options:",
      "",
      " 1. Duo Push to XXX-XXX-0001",
      " 2. Duo Push to XXX-XXX-0002",
      " 3. Phone call to XXX-XXX-0001",
      " 4. Phone call to XXX-XXX-0002",
      " 5. SMS passcodes to XXX-XXX-0001",
      " 6. SMS passcodes to XXX-XXX-0002",
      "",
      "Passcode or option (1-6): ",
    ].join("\n"),
  });
  await post(simulator, "auth", { user: "alice", factor: "auto", auto: "sms2" });
  assertMatch(
    textField((await post(simulator, "preauth", { user: "alice" })).response, "prompt"),
    /^ 6\. SMS passcodes to XXX-XXX-0002 \(next code starts with: 1\)$/m,
  );
  assertEquals((await post(simulator, "preauth", { user: "carol" })).response, {
    result: "auth",
    factors: {},
    prompt: "Duo login for carol\n\nPasscode: ",
  });
});

Deno.test("v1 preauth: bypass, disabled, locked out, not enrolled and unknown", async () => {
  await using simulator = await DuoSimulator.start();
  const preauth = async (user: string): Promise<unknown> => (await post(simulator, "preauth", { user })).response;
  assertEquals(await preauth("erin"), allowed);
  assertEquals(
    await preauth("mallory"),
    denied("Your account is disabled and cannot access this application. Please contact your administrator."),
  );
  assertMatch(textField(await preauth("frank"), "status"), /locked out/);
  for (const user of ["dave", "nobody"]) {
    const reply = await preauth(user);
    assertEquals(textField(reply, "result"), "enroll");
    assertMatch(textField(reply, "status"), /^Please enroll at https:\/\/127\.0\.0\.1\/portal\?code=\w+&akey=\w+$/);
  }
});

Deno.test("v1 auth: every way in which a login can end", async () => {
  await using simulator = await DuoSimulator.start();
  const auth = async (params: Params): Promise<unknown> => (await post(simulator, "auth", params)).response;
  const auto = (user: string, auto: string): Promise<unknown> => auth({ user, factor: "auto", auto });
  const wrong = denied("Incorrect passcode. Please try again.");
  for (const word of ["auto", "push", "push1", "push2", "phone", "phone2", "123456"]) {
    assertEquals(await auto("alice", word), allowed, word);
  }
  assertEquals([simulator.counters.pushes, simulator.counters.phoneCalls, simulator.counters.passcodes], [4, 2, 1]);
  assertEquals(await auto("alice", "sms"), denied("New SMS passcodes sent."));
  assertEquals(await auto("alice", simulator.smsCodes("alice")[0] ?? ""), allowed);
  // Words are taken as they stand: what isn't one is a wrong passcode.
  for (const text of ["000000", "PUSH", " push", "hunter2", "voice"]) assertEquals(await auto("alice", text), wrong);
  assertEquals(await auto("alice", "push9"), denied("No such device. Please try again."));
  assertEquals(await auto("bob", "push"), denied("Login request denied."));
  assertEquals(await auto("trudy", "phone"), denied("Login request reported as fraud."));
  assertEquals(await auto("carol", "333333"), allowed);
  assertEquals(await auto("carol", "auto"), denied("No such device. Please try again."));
  assertEquals(await auto("judy", "auto"), allowed);
  assertEquals(await auto("erin", "push"), allowed);
  assertEquals(await auth({ user: "alice", factor: "passcode", code: "123456", phone: "phone1" }), allowed);
  assertEquals(await auth({ user: "alice", factor: "push", phone: "phone2" }), allowed);
  assertEquals(await auth({ user: "alice", factor: "phone", phone: "phone1" }), allowed);
  assertEquals(await auth({ user: "alice", factor: "sms", phone: "phone1" }), denied("New SMS passcodes sent."));
  assertEquals(
    await auth({ user: "judy", factor: "push", phone: "phone1" }),
    denied("No such device. Please try again."),
  );
});

Deno.test("v1 auth refuses wrong parameters with 40001 and 40002 and names them", async () => {
  await using simulator = await DuoSimulator.start({ behavior: { unknownFactor: "error" } });
  const user = "alice";
  const cases: readonly (readonly [number, string, Params])[] = [
    [40001, "user", { factor: "auto", auto: "push" }],
    [40001, "factor", { user, auto: "push" }],
    [40001, "auto", { user, factor: "auto" }],
    [40001, "auto", { user, factor: "auto", auto: "" }],
    [40001, "code", { user, factor: "passcode" }],
    [40001, "phone", { user, factor: "push" }],
    [40002, "phone", { user, factor: "push", phone: "phone0" }],
    [40002, "phone", { user, factor: "phone", phone: "phone3" }],
    [40002, "factor", { user, factor: "constructor" }],
    [40002, "auto", { user, factor: "auto", auto: "push9" }],
    [40002, "user", { user: "nobody", factor: "auto", auto: "push" }],
    [40002, "async", { user, factor: "auto", auto: "push", async: "true" }],
    [40002, "ipaddr", { user, factor: "auto", auto: "push", ipaddr: "::1" }],
  ];
  for (const [code, detail, params] of cases) {
    const reply = await post(simulator, "auth", params);
    assertEquals([reply.status, reply.code, reply.detail], [400, code, detail], JSON.stringify(params));
  }
  assertEquals((await post(simulator, "preauth", { user, failmode: "safe" })).detail, "failmode");
  assertEquals((await post(simulator, "preauth", {})).code, 40001);
  assertEquals(simulator.counters.pushes, 0);
});

Deno.test("v1 numbers count capable devices, or phones where that is asked for", async () => {
  const users = [makeUser({
    username: "zoe",
    devices: [makeDevice("zoe", 1, { capabilities: ["phone"] }), makeDevice("zoe", 2)],
  })];
  for (const [numbering, name] of [["capable", "push1"], ["phones", "push2"]] as const) {
    await using simulator = await DuoSimulator.start({ users, behavior: { numbering } });
    const { response } = await post(simulator, "preauth", { user: "zoe" });
    assert(JSON.stringify(response).includes(`"1":"${name}"`), numbering);
    assertEquals((await post(simulator, "auth", { user: "zoe", factor: "auto", auto: name })).response, allowed);
  }
});

Deno.test("v1 asynchronous: only txid, then a text without result until it is over", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({ clock });
  const params = { user: "heidi", factor: "auto", auto: "phone", async: "1" };
  const begun = await post(simulator, "auth", params, clock.wallNow());
  const txid = textField(begun.response, "txid");
  assertEquals(begun.response, { txid });
  const poll = async (): Promise<unknown> =>
    (await call(simulator, { path: "/rest/v1/status", params: { txid }, keys: radius, now: clock.wallNow() })).response;
  assertEquals(await poll(), { status: "Dialing XXX-XXX-0001..." });
  const held = poll();
  await simulator.whenCalled({ path: "auth_status" }, 2);
  const [pending] = simulator.pending;
  assert(pending !== undefined && simulator.answer(pending.number, "deny"));
  assertEquals(await held, denied("Login request denied."));
});

Deno.test("v1 status refuses absent and unknown transactions", async () => {
  await using simulator = await DuoSimulator.start();
  for (const [code, params] of [[40001, {}], [40002, { txid: "x" }]] as const) {
    assertEquals((await call(simulator, { path: "/rest/v1/status", params, keys: radius })).code, code);
  }
});
