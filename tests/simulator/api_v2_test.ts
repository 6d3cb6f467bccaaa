import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { identifier, makeDevice, makeUser } from "../../lib/simulator/users.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { type ApiReply, authApi, call, Peer, textField } from "./peer.ts";

type Params = Readonly<Record<string, string>>;

function post(simulator: DuoSimulator, endpoint: string, params: Params, now = Date.now()): Promise<ApiReply> {
  return call(simulator, { method: "POST", path: `/auth/v2/${endpoint}`, params, keys: authApi, now });
}

function get(simulator: DuoSimulator, endpoint: string, params: Params = {}, now = Date.now()): Promise<ApiReply> {
  return call(simulator, { method: "GET", path: `/auth/v2/${endpoint}`, params, keys: authApi, now });
}

function phone(username: string, position = 1): string {
  return makeDevice(username, position).id;
}

Deno.test("v2 ping and check tell the server's time", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({ clock });
  const time = Math.floor(clock.wallNow() / 1_000);
  assertEquals((await call(simulator, { path: "/auth/v2/ping" })).response, { time });
  assertEquals((await get(simulator, "check", {}, clock.wallNow())).response, { time });
  simulator.setSkew(120);
  assertEquals((await call(simulator, { path: "/auth/v2/ping" })).response, { time: time + 120 });
});

Deno.test("v2 preauth answers for each default user as their state asks", async () => {
  await using simulator = await DuoSimulator.start();
  const results: Record<string, string> = {};
  for (const { username } of simulator.users) {
    results[username] = textField((await post(simulator, "preauth", { username })).response, "result");
  }
  assertEquals(results, {
    alice: "auth",
    bob: "auth",
    carol: "auth",
    dave: "enroll",
    erin: "allow",
    frank: "deny",
    grace: "auth",
    heidi: "auth",
    ivan: "auth",
    judy: "auth",
    mallory: "deny",
    oscar: "auth",
    trudy: "auth",
  });
  const stranger = await post(simulator, "preauth", { username: "nobody at all" });
  assertEquals(textField(stranger.response, "result"), "enroll");
  assertMatch(textField(stranger.response, "enroll_portal_url"), /^https:\/\/127\.0\.0\.1\/portal\?code=/);
  const disabled = await post(simulator, "preauth", { username: "mallory" });
  assertMatch(
    textField(disabled.response, "status_msg"),
    /^Your account is disabled and cannot access this application\./,
  );
  const locked = await post(simulator, "preauth", { username: "frank" });
  assertStringIncludes(textField(locked.response, "status_msg"), "locked out");
});

Deno.test("v2 preauth lists devices: phones with capabilities, tokens without", async () => {
  await using simulator = await DuoSimulator.start();
  const alice = await post(simulator, "preauth", { username: "ALICE" });
  assertEquals(alice.response, {
    result: "auth",
    status_msg: "Account is active",
    devices: [
      {
        device: phone("alice"),
        type: "phone",
        name: "",
        number: "XXX-XXX-0001",
        display_name: "iOS (XXX-XXX-0001)",
        capabilities: ["auto", "push", "sms", "phone", "mobile_otp"],
      },
      {
        device: phone("alice", 2),
        type: "phone",
        name: "",
        number: "XXX-XXX-0002",
        display_name: "Android (XXX-XXX-0002)",
        capabilities: ["auto", "push", "sms", "phone", "mobile_otp"],
      },
    ],
  });
  assertMatch(phone("alice"), /^DP[A-Z0-9]{18}$/);
  const carol = await post(simulator, "preauth", { user_id: identifier("DU", "carol") });
  assertEquals(carol.response, {
    result: "auth",
    status_msg: "Account is active",
    devices: [{ device: identifier("DH", "carol1"), type: "token", name: "", display_name: "Token 1" }],
  });
});

Deno.test("v2 carries groups in preauth and in the outcome, where a user has some", async () => {
  await using simulator = await DuoSimulator.start();
  const groups = ["VPN-Staff", "Everyone"];
  const preauth = await post(simulator, "preauth", { username: "grace" });
  assertEquals(Object.entries(preauth.response ?? {}).find(([name]) => name === "groups")?.[1], groups);
  const auth = await post(simulator, "auth", { username: "grace", factor: "push", device: "auto" });
  assertEquals(auth.response, {
    result: "allow",
    status: "allow",
    status_msg: "Success. Logging you in...",
    groups,
  });
});

Deno.test("v2 auth refuses wrong parameters with 40001 and 40002 and names them", async () => {
  await using simulator = await DuoSimulator.start();
  const alice = { username: "alice" };
  const cases: readonly (readonly [number, string, Params])[] = [
    [40001, "username or user_id", { factor: "push", device: "auto" }],
    [40002, "username and user_id", { ...alice, user_id: identifier("DU", "alice"), factor: "push", device: "auto" }],
    [40002, "user_id", { user_id: "DUXXXXXXXXXXXXXXXXXX", factor: "push", device: "auto" }],
    [40002, "username", { username: "nobody", factor: "push", device: "auto" }],
    [40002, "username", { username: "dave", factor: "passcode", passcode: "123456" }],
    [40001, "factor", { ...alice, device: "auto" }],
    [40002, "factor", { ...alice, factor: "smoke", device: "auto" }],
    [40002, "factor", { ...alice, factor: "constructor", device: "auto" }],
    [40001, "device", { ...alice, factor: "auto" }],
    [40001, "device", { ...alice, factor: "push" }],
    [40001, "device", { ...alice, factor: "sms" }],
    [40001, "device", { ...alice, factor: "phone" }],
    [40002, "device", { ...alice, factor: "push", device: "phone1" }],
    [40002, "device", { ...alice, factor: "push", device: phone("bob") }],
    [40002, "device", { ...alice, factor: "passcode", passcode: "123456", device: "auto" }],
    [40001, "passcode", { ...alice, factor: "passcode" }],
    [40002, "no capable device", { username: "judy", factor: "push", device: "auto" }],
    [40002, "no capable device", { username: "judy", factor: "push", device: phone("judy") }],
    [40002, "no capable device", { username: "carol", factor: "auto", device: "auto" }],
    [40002, "async", { ...alice, factor: "push", device: "auto", async: "yes" }],
    [40002, "ipaddr", { ...alice, factor: "push", device: "auto", ipaddr: "2001:db8::1" }],
    [40002, "ipaddr", { ...alice, factor: "push", device: "auto", ipaddr: "10.0.0.256" }],
    [40002, "pushinfo", { ...alice, factor: "push", device: "auto", pushinfo: "x".repeat(20_001) }],
  ];
  for (const [code, detail, params] of cases) {
    const reply = await post(simulator, "auth", params);
    assertEquals([reply.status, reply.code, reply.detail], [400, code, detail], JSON.stringify(params).slice(0, 200));
  }
  assertEquals(simulator.counters.pushes, 0);
  const fine = { ...alice, factor: "push", device: "auto", ipaddr: "10.0.0.1", pushinfo: "x".repeat(20_000) };
  assertEquals((await post(simulator, "auth", fine)).status, 200);
});

Deno.test("IPv6 in ipaddr can be allowed", async () => {
  await using simulator = await DuoSimulator.start({ behavior: { acceptIpv6: true } });
  assertEquals((await post(simulator, "preauth", { username: "alice", ipaddr: "2001:db8::1" })).status, 200);
  assertEquals((await post(simulator, "preauth", { username: "alice", ipaddr: "host" })).status, 400);
});

Deno.test("v2 auth, synchronous: every way in which a login can end", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({ clock });
  const auth = async (params: Params): Promise<unknown> =>
    (await post(simulator, "auth", params, clock.wallNow())).response;
  const denied = (status: string, text: string): Params => ({ result: "deny", status, status_msg: text });
  const allowed = { result: "allow", status: "allow", status_msg: "Success. Logging you in..." };
  assertEquals(await auth({ username: "alice", factor: "push", device: phone("alice", 2) }), allowed);
  assertEquals(await auth({ username: "alice", factor: "phone", device: "auto" }), allowed);
  assertEquals(await auth({ username: "alice", factor: "auto", device: "auto" }), allowed);
  assertEquals(await auth({ username: "alice", factor: "passcode", passcode: "123456" }), allowed);
  assertEquals(await auth({ username: "carol", factor: "passcode", passcode: "333333" }), allowed);
  assertEquals(await auth({ username: "judy", factor: "auto", device: "auto" }), allowed);
  assertEquals(await auth({ username: "erin", factor: "push", device: "auto" }), { ...allowed, status: "bypass" });
  const wrong = denied("deny", "Incorrect passcode. Please try again.");
  assertEquals(await auth({ username: "alice", factor: "passcode", passcode: "000000" }), wrong);
  assertEquals(await auth({ username: "alice", factor: "passcode", passcode: "222222" }), wrong);
  assertEquals(
    await auth({ username: "bob", factor: "push", device: "auto" }),
    denied("deny", "Login request denied."),
  );
  assertEquals(
    await auth({ username: "trudy", factor: "push", device: "auto" }),
    denied("fraud", "Login request reported as fraud."),
  );
  assertEquals(
    await auth({ username: "alice", factor: "sms", device: "auto" }),
    denied("sent", "New SMS passcodes sent."),
  );
  assertMatch(JSON.stringify(await auth({ username: "frank", factor: "push", device: "auto" })), /"locked_out"/);
  assertEquals(simulator.counters.pushes, 4);
  assertEquals(simulator.counters.phoneCalls, 2);

  const late = auth({ username: "oscar", factor: "push", device: "auto" });
  await simulator.whenCalled({ user: "oscar" });
  await clock.advance(59_999);
  assertEquals(simulator.findCalls({ user: "oscar", outcome: "open" }).length, 1);
  await clock.advance(1);
  assertEquals(await late, denied("timeout", "Login timed out."));
});

Deno.test("a code from a token is right once, one from an SMS too, and new codes end the old ones", async () => {
  await using simulator = await DuoSimulator.start();
  const result = async (passcode: string): Promise<string> =>
    textField((await post(simulator, "auth", { username: "alice", factor: "passcode", passcode })).response, "result");
  assertEquals([await result("100001"), await result("100001"), await result("100002")], ["allow", "deny", "allow"]);
  await post(simulator, "auth", { username: "alice", factor: "sms", device: "auto" });
  const [first = "", second = ""] = simulator.smsCodes("alice");
  const preauth = await post(simulator, "preauth", { username: "alice" });
  assertStringIncludes(JSON.stringify(preauth.response), '"sms_nextcode":"1"');
  assertEquals([await result(first), await result(first)], ["allow", "deny"]);
  assertStringIncludes(
    JSON.stringify((await post(simulator, "preauth", { username: "alice" })).response),
    '"sms_nextcode":"2"',
  );
  await post(simulator, "auth", { username: "alice", factor: "sms", device: "auto" });
  assertEquals(simulator.smsCodes("alice").length, 3);
  if (!simulator.smsCodes("alice").includes(second)) assertEquals(await result(second), "deny");
});

Deno.test("v2 auth, asynchronous: pushed at once, then the outcome as soon as it is there", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({ clock });
  const begun = await post(
    simulator,
    "auth",
    { username: "heidi", factor: "push", device: "auto", async: "1" },
    clock.wallNow(),
  );
  const txid = textField(begun.response, "txid");
  assertEquals(begun.response, { txid });
  assertMatch(txid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const poll = async (): Promise<unknown> => (await get(simulator, "auth_status", { txid }, clock.wallNow())).response;
  const waiting = { result: "waiting", status: "pushed", status_msg: "Pushed a login request to your device..." };
  assertEquals(await poll(), waiting);

  const held = poll();
  await simulator.whenCalled({ path: "auth_status" }, 2);
  await clock.advance(9_999);
  assertEquals(simulator.findCalls({ path: "auth_status", outcome: "open" }).length, 1);
  await clock.advance(1);
  assertEquals(await held, waiting);

  const last = poll();
  await simulator.whenCalled({ path: "auth_status" }, 3);
  const [pending] = await simulator.whenPending();
  assert(pending !== undefined && simulator.answer(pending.number, "approve"));
  const allowed = { result: "allow", status: "allow", status_msg: "Success. Logging you in..." };
  assertEquals(await last, allowed);
  assertEquals(await poll(), allowed);
  assertEquals(simulator.answer(pending.number, "deny"), false);
  assertEquals(simulator.counters.pushes, 1);
});

Deno.test("v2 auth, asynchronous: even an approval that came before the first status call is told after pushed", async () => {
  await using simulator = await DuoSimulator.start();
  const params = { username: "alice", factor: "push", device: "auto", async: "1" };
  const txid = textField((await post(simulator, "auth", params)).response, "txid");
  const results = [];
  for (let index = 0; index < 3; index++) {
    results.push(textField((await get(simulator, "auth_status", { txid })).response, "status"));
  }
  assertEquals(results, ["pushed", "allow", "allow"]);
});

Deno.test("a call goes through calling and answered; nobody at the phone ends it with the text about the key", async () => {
  const clock = new FakeClock();
  const user = makeUser({
    username: "zoe",
    devices: [makeDevice("zoe", 1)],
    rule: { answer: "timeout", after: 4_000 },
  });
  const slow = makeUser({
    username: "yan",
    devices: [makeDevice("yan", 1)],
    rule: { answer: "approve", after: 4_000 },
  });
  await using simulator = await DuoSimulator.start({ clock, users: [user, slow] });
  const params = { username: "yan", factor: "phone", device: "auto", async: "1" };
  const txid = textField((await post(simulator, "auth", params, clock.wallNow())).response, "txid");
  const status = async (): Promise<string> =>
    textField((await get(simulator, "auth_status", { txid }, clock.wallNow())).response, "status");
  assertEquals(await status(), "calling");
  await clock.advance(2_000);
  assertEquals(await status(), "answered");
  await clock.advance(2_000);
  assertEquals(await status(), "allow");

  const late = post(simulator, "auth", { username: "zoe", factor: "phone", device: "auto" }, clock.wallNow());
  await simulator.whenCalled({ user: "zoe" });
  await clock.advance(60_000);
  assertEquals(textField((await late).response, "result"), "deny");
});

Deno.test("v2 auth_status refuses absent, unknown and foreign transactions, and a held one where that is asked for", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({
    clock,
    behavior: { pollHold: 1_000, pollEnds: "invalid" },
  });
  const status = async (params: Params): Promise<unknown> =>
    (await get(simulator, "auth_status", params, clock.wallNow())).code;
  assertEquals(await status({}), 40001);
  assertEquals(await status({ txid: "45f7c92b-f45f-4862-8545-e0f58e78075a" }), 40002);
  const foreign = await call(simulator, {
    path: "/rest/v1/auth",
    params: { user: "heidi", factor: "auto", auto: "push", async: "1" },
    keys: { ikey: "DISIMULATORRADIUS001", skey: simulator.applications[0]?.skey ?? "" },
    now: clock.wallNow(),
  });
  assertEquals(await status({ txid: textField(foreign.response, "txid") }), 40002);
  const params = { username: "heidi", factor: "push", device: "auto", async: "1" };
  const txid = textField((await post(simulator, "auth", params, clock.wallNow())).response, "txid");
  assertEquals(await status({ txid }), undefined);
  const held = status({ txid });
  await simulator.whenCalled({ path: "auth_status" }, 5);
  await clock.advance(1_000);
  assertEquals(await held, 40002);
});

Deno.test("unanswered pushes count towards a lockout", async () => {
  await using simulator = await DuoSimulator.start({ behavior: { lockoutAfter: 2 } });
  const denyOnce = (): Promise<ApiReply> =>
    post(simulator, "auth", { username: "bob", factor: "push", device: "auto" });
  await denyOnce();
  await denyOnce();
  assertStringIncludes(JSON.stringify((await denyOnce()).response), "locked_out");
  assertEquals(textField((await post(simulator, "preauth", { username: "bob" })).response, "result"), "deny");
  await simulator.reset();
  assertEquals(textField((await post(simulator, "preauth", { username: "bob" })).response, "result"), "auth");
});

Deno.test("v2 enroll and enroll_status follow an enrolment to its end", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({ clock });
  const send = (endpoint: string, params: Params): Promise<ApiReply> =>
    post(simulator, endpoint, params, clock.wallNow());
  const { response } = await send("enroll", { username: "new", valid_secs: "60" });
  assertEquals(textField(response, "username"), "new");
  const pair = { user_id: textField(response, "user_id"), activation_code: textField(response, "activation_code") };
  assertMatch(pair.activation_code, /^duo:\/\//);
  assertEquals((await send("enroll_status", pair)).response, "waiting");
  assertEquals((await send("enroll_status", { ...pair, activation_code: "duo://x" })).response, "invalid");
  assertEquals((await send("enroll_status", { user_id: pair.user_id })).code, 40001);
  assert(simulator.completeEnrollment("new"));
  assertEquals((await send("enroll_status", pair)).response, "success");
  assertEquals(textField((await send("preauth", { username: "new" })).response, "result"), "auth");
  assertEquals((await send("enroll", { username: "new" })).code, 40002);
  assertEquals((await send("enroll", { valid_secs: "-1" })).code, 40002);
  const random = (await send("enroll", { valid_secs: "60" })).response;
  await clock.advance(61_000);
  const expired = { user_id: textField(random, "user_id"), activation_code: textField(random, "activation_code") };
  assertEquals((await send("enroll_status", expired)).response, "invalid");
});

Deno.test("logo gives an image, or 404 with 40401 when there is none", async () => {
  for (const path of ["/auth/v2/logo", "/rest/v1/logo"]) {
    await using simulator = await DuoSimulator.start();
    await using peer = await Peer.connect(simulator);
    const reply = await peer.request({ path, keys: authApi });
    assertEquals(reply?.headers.get("content-type"), "image/png");
    assertEquals([...reply?.body.subarray(1, 4) ?? []], [0x50, 0x4e, 0x47]);
    await using without = await DuoSimulator.start({ behavior: { logo: null } });
    assertEquals((await call(without, { path, keys: authApi })).code, 40401);
  }
});
