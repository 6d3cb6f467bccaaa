import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Clock } from "../../lib/clock.ts";
import { authorization, dateHeader, signV2 } from "../../lib/duo/signature.ts";
import { certificateKinds } from "../../lib/simulator/certificates.ts";
import type { FaultAction } from "../../lib/simulator/faults.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { apiReply, call, Peer, type PeerRequest, radius, textField } from "./peer.ts";

const preauth: PeerRequest = { path: "/rest/v1/preauth", params: { user: "alice" }, keys: radius };
const push: PeerRequest = {
  path: "/rest/v1/auth",
  params: { user: "alice", factor: "auto", auto: "push" },
  keys: radius,
};

/** What one call sees under one fault: a reply's status and text, or null for a connection that ended. */
async function under(action: FaultAction, request: PeerRequest = push): Promise<{
  readonly status: number | null;
  readonly text: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly pushes: number;
  readonly outcome: string | undefined;
  readonly kept: boolean;
}> {
  await using simulator = await DuoSimulator.start();
  simulator.addFault({ do: action, times: 1 });
  await using peer = await Peer.connect(simulator);
  const reply = await peer.request(request);
  const { pushes } = simulator.counters;
  await simulator.whenCalled({ outcome: simulator.calls[0]?.outcome ?? "open" });
  const [seen] = simulator.calls;
  assertEquals(seen?.faults, [action.kind]);
  const kept = reply !== null && (await peer.request(preauth)) !== null;
  return {
    status: reply?.status ?? null,
    text: reply?.text ?? "",
    headers: reply?.headers ?? new Map(),
    pushes,
    outcome: seen?.outcome,
    kept,
  };
}

Deno.test("status faults: any code, with and without Retry-After", async () => {
  const busy = await under({ kind: "status", status: 503 });
  assertEquals([busy.status, JSON.parse(busy.text).code, busy.pushes, busy.kept], [503, 50300, 0, true]);
  const limited = await under({ kind: "status", status: 429 });
  assertEquals([limited.status, JSON.parse(limited.text).code], [429, 42901]);
  assert(!limited.headers.has("retry-after"));
  const hinted = await under({ kind: "status", status: 429, retryAfter: "3", xRetryAfter: "4" });
  assertEquals([hinted.headers.get("retry-after"), hinted.headers.get("x-retry-after")], ["3", "4"]);
  const odd = await under({ kind: "status", status: 500, code: null, message: "m", detail: "d" });
  assertEquals(JSON.parse(odd.text), { stat: "FAIL", code: null, message: "m", message_detail: "d" });
});

Deno.test("cut-before-read carries nothing out, cut-after-read does; both end the connection", async () => {
  const before = await under({ kind: "cut-before-read" });
  assertEquals([before.status, before.pushes, before.outcome], [null, 0, "cut"]);
  const after = await under({ kind: "cut-after-read" });
  assertEquals([after.status, after.pushes, after.outcome], [null, 1, "cut"]);
});

Deno.test("cut-after-read doesn't wait for a push that nobody answers", async () => {
  await using simulator = await DuoSimulator.start();
  simulator.addFault({ match: { path: "auth" }, do: { kind: "cut-after-read" } });
  await using peer = await Peer.connect(simulator);
  assertEquals(await peer.request({ ...push, params: { user: "heidi", factor: "auto", auto: "push" } }), null);
  assertEquals(simulator.pending.length, 1);
});

Deno.test("spoiled replies: JSON, body, HTML, HTTP, length", async () => {
  const json = await under({ kind: "malformed-json" });
  assertEquals([json.status, json.pushes], [200, 1]);
  await assertRejects(() => Promise.resolve().then(() => JSON.parse(json.text)), SyntaxError);
  assertEquals((await under({ kind: "empty-body" })).text, "");
  const html = await under({ kind: "html-body", status: 502 });
  assertEquals([html.status, html.headers.get("content-type"), html.pushes], [502, "text/html", 0]);
  const response = await under({ kind: "response", response: { result: "maybe", status: "\u0007" } });
  assertEquals(JSON.parse(response.text), { stat: "OK", response: { result: "maybe", status: "\u0007" } });
  const body = await under({ kind: "body", body: "{}", status: 418, type: "x/y" });
  assertEquals([body.status, body.text, body.headers.get("content-type")], [418, "{}", "x/y"]);
  assertEquals((await under({ kind: "truncated-body" })).status, null);
  await assertRejects(() => under({ kind: "malformed-http" }), TypeError, "No HTTP");
});

Deno.test("close-after answers and ends the connection, announced or not", async () => {
  const quiet = await under({ kind: "close-after" });
  assertEquals([quiet.status, quiet.headers.get("connection"), quiet.kept], [200, "keep-alive", false]);
  const announced = await under({ kind: "close-after", announced: true });
  assertEquals([announced.status, announced.headers.get("connection"), announced.kept], [200, "close", false]);
});

Deno.test("delay waits by the clock and goes on with the next fault", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({ clock });
  simulator.addFault({ do: { kind: "delay", ms: 5_000 }, times: 1 });
  simulator.addFault({ do: { kind: "status", status: 500 }, times: 1 });
  const request = { ...preauth, now: clock.wallNow() };
  const late = call(simulator, request);
  await simulator.whenCalled({ path: "preauth" });
  await clock.advance(4_999);
  assertEquals(simulator.calls[0]?.outcome, "open");
  await clock.advance(1);
  assertEquals((await late).status, 500);
});

Deno.test("slow sends the reply in eight pieces with a pause before each", async () => {
  const pauses: number[] = [];
  const impatient: Clock = {
    now: () => 0,
    wallNow: () => Date.now(),
    after: (delay, action) => {
      pauses.push(delay);
      const timer = setTimeout(action, 0);
      return () => clearTimeout(timer);
    },
  };
  await using simulator = await DuoSimulator.start({ clock: impatient });
  simulator.addFault({ do: { kind: "slow", ms: 100 } });
  assertEquals((await call(simulator, preauth)).status, 200);
  assertEquals(pauses, Array(8).fill(100));
});

Deno.test("hang gives no answer until the client goes", async () => {
  await using simulator = await DuoSimulator.start();
  simulator.addFault({ do: { kind: "hang" } });
  const peer = await Peer.connect(simulator);
  const reply = peer.request(push);
  await simulator.whenCalled({ path: "auth" });
  await peer[Symbol.asyncDispose]();
  assertEquals(await reply, null);
  const [hung] = await simulator.whenCalled({ outcome: "hung" });
  assertEquals([hung?.carriedOut, simulator.counters.pushes], [false, 0]);
});

Deno.test("a client that goes away during a push is recorded as gone", async () => {
  await using simulator = await DuoSimulator.start();
  const peer = await Peer.connect(simulator);
  const reply = peer.request({ ...push, params: { user: "heidi", factor: "auto", auto: "push" } });
  await simulator.whenPending();
  await peer[Symbol.asyncDispose]();
  assertEquals(await reply, null);
  const [gone] = await simulator.whenCalled({ outcome: "gone" });
  assertEquals(gone?.path, "/rest/v1/auth");
});

Deno.test("cut-in-status-poll is for status calls alone, and what was cut is told at the next poll", async () => {
  await using simulator = await DuoSimulator.start();
  simulator.addFault({ do: { kind: "cut-in-status-poll" }, times: 1 });
  const params = { user: "alice", factor: "auto", auto: "push", async: "1" };
  const txid = textField((await call(simulator, { ...push, params })).response, "txid");
  const poll: PeerRequest = { path: "/rest/v1/status", params: { txid }, keys: radius };
  await using peer = await Peer.connect(simulator);
  assertEquals(await peer.request(poll), null);
  assertEquals((await call(simulator, poll)).response, { status: "Pushed a login request to your device..." });
  assertEquals((await call(simulator, poll)).response, { result: "allow", status: "Success. Logging you in..." });
});

Deno.test("skew for one request, and for all", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({ clock });
  const code = async (): Promise<unknown> => (await call(simulator, { ...preauth, now: clock.wallNow() })).code;
  simulator.addFault({ match: { path: "preauth" }, do: { kind: "skew", seconds: -400 }, times: 1 });
  assertEquals([await code(), await code()], [40105, undefined]);
  simulator.setSkew(400);
  assertEquals([await code(), await code()], [40105, 40105]);
  await simulator.reset();
  assertEquals(await code(), undefined);
});

Deno.test("faults match by path, version, key, user, place on the connection, and the Nth time", async () => {
  await using simulator = await DuoSimulator.start();
  const error = { kind: "status", status: 500 } as const;
  const statuses = async (requests: readonly PeerRequest[]): Promise<readonly (number | undefined)[]> => {
    await using peer = await Peer.connect(simulator);
    const seen = [];
    for (const request of requests) seen.push((await peer.request(request))?.status);
    return seen;
  };
  const ping1: PeerRequest = { path: "/rest/v1/ping" };
  const ping2: PeerRequest = { path: "/auth/v2/ping" };
  const bob: PeerRequest = { ...preauth, params: { user: "bob" } };
  const cases = [
    [{ path: "ping" }, [500, 500, 200, 200]],
    [{ path: "/auth/v2/ping" }, [200, 500, 200, 200]],
    [{ version: 1 }, [500, 200, 500, 500]],
    [{ ikey: radius.ikey }, [200, 200, 500, 500]],
    [{ user: "bob" }, [200, 200, 200, 500]],
    [{ reused: true }, [200, 500, 500, 500]],
    [{ reused: false }, [500, 200, 200, 200]],
    [{ path: "preauth", nth: 2 }, [200, 200, 200, 500]],
    [{ path: "auth" }, [200, 200, 200, 200]],
  ] as const;
  for (const [match, expected] of cases) {
    simulator.clearFaults();
    const id = simulator.addFault({ match, do: error });
    assertEquals(await statuses([ping1, ping2, preauth, bob]), expected, JSON.stringify(match));
    assertEquals(simulator.faults[0]?.hits, expected.filter((status) => status === 500).length);
    assert(simulator.removeFault(id) && !simulator.removeFault(id));
  }
  simulator.addFault({ do: error, times: 2 });
  assertEquals(await statuses([ping1, ping1, ping1]), [500, 500, 200]);
});

Deno.test("each wrong certificate is refused, and the good one is accepted again", async () => {
  await using simulator = await DuoSimulator.start();
  for (const kind of certificateKinds) {
    await simulator.setCertificate(kind);
    if (kind === "good") await call(simulator, { path: "/rest/v1/ping" });
    else await assertRejects(() => Peer.connect(simulator), Error, undefined, kind);
  }
  await simulator.reset();
  assertEquals((await call(simulator, { path: "/rest/v1/ping" })).response, "pong");
  assertEquals(simulator.calls.length, 1);
});

Deno.test("the certificate is for localhost, 127.0.0.1, the names given, and no others", async () => {
  await using simulator = await DuoSimulator.start({ names: ["duo.example.test"] });
  for (const name of ["localhost", "api-sim.duosecurity.test", "duo.example.test"]) {
    await (await Peer.connect(simulator, name))[Symbol.asyncDispose]();
  }
  await assertRejects(() => Peer.connect(simulator, "other.example.test"));
});

Deno.test("connections can be dropped, cut, and refused; the port stays the same", async () => {
  await using simulator = await DuoSimulator.start();
  const { port } = simulator;
  simulator.dropConnections(1);
  await assertRejects(() => Peer.connect(simulator));
  await using idle = await Peer.connect(simulator);
  assertEquals((await idle.request({ path: "/rest/v1/ping" }))?.status, 200);
  simulator.cutConnections("idle");
  assertEquals(await idle.closed(), true);
  await simulator.setReachable(false);
  await assertRejects(() => Peer.connect(simulator), Error, "ECONNREFUSED");
  await simulator.setReachable(true);
  assertEquals(simulator.port, port);
  assertEquals((await call(simulator, { path: "/rest/v1/ping" })).status, 200);
});

Deno.test("cutting idle connections leaves those alone on which a call is being answered", async () => {
  await using simulator = await DuoSimulator.start();
  await using peer = await Peer.connect(simulator);
  const reply = peer.request({ ...push, params: { user: "heidi", factor: "auto", auto: "push" } });
  const [pending] = await simulator.whenPending();
  simulator.cutConnections("idle");
  assert(pending !== undefined && simulator.answer(pending.number, "approve"));
  const seen = await reply;
  assertEquals(seen === null ? null : textField(apiReply(seen).response, "result"), "allow");
});

Deno.test("the transcript tells who asked what on which connection, and how it ended", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({ clock });
  const request = { ...preauth, params: { user: "alice", ipaddr: "10.1.2.3" }, now: clock.wallNow() };
  await using peer = await Peer.connect(simulator);
  await peer.request({ path: "/rest/v1/ping" });
  await peer.request(request);
  await call(simulator, { ...request, keys: { ...radius, skey: "wrong" } });
  const [, second, third] = simulator.calls;
  if (second === undefined) throw new TypeError("Two calls were expected");
  const { headers, ...rest } = second;
  assertEquals(rest, {
    number: 2,
    connection: 1,
    onConnection: 2,
    method: "POST",
    path: "/rest/v1/preauth",
    version: 1,
    endpoint: "preauth",
    host: `127.0.0.1:${simulator.port}`,
    ikey: radius.ikey,
    params: { user: "alice", ipaddr: "10.1.2.3" },
    receivedAt: 0,
    endedAt: 0,
    outcome: "answered",
    carriedOut: true,
    signature: "v2 sha1",
    status: 200,
    code: undefined,
    result: "auth",
    txid: undefined,
    faults: [],
  });
  assertEquals(headers["date"], dateHeader(clock.wallNow()));
  assert(!("authorization" in headers));
  assertEquals([third?.connection, third?.code, third?.carriedOut], [2, 40103, false]);
  assertEquals(simulator.findCalls({ path: "preauth", user: "alice", version: 1 }).length, 2);
  assertEquals(simulator.findCalls({ after: 2 }).length, 1);
  assertEquals(simulator.counters.endpoints, { "v1/ping": 1, "v1/preauth": 2 });
  const signature = signV2(
    { date: "x", method: "GET", host: "h", path: "/", params: [] },
    radius.skey,
    "hmac-sha1",
  );
  assert(!JSON.stringify(simulator.calls).includes(authorization(radius.ikey, signature).slice(6, 30)));
});

Deno.test("the transcript keeps the latest calls and counts all", async () => {
  await using simulator = await DuoSimulator.start({ transcriptLimit: 3 });
  await using peer = await Peer.connect(simulator);
  for (let index = 0; index < 10; index++) await peer.request({ path: "/rest/v1/ping" });
  assert(simulator.calls.length >= 3 && simulator.calls.length <= 6);
  assertEquals(simulator.calls.at(-1)?.number, 10);
  assertEquals(simulator.counters.endpoints["v1/ping"], 10);
});

Deno.test("closing the simulator ends waiting calls, and whoever waits for calls", async () => {
  const simulator = await DuoSimulator.start();
  await using peer = await Peer.connect(simulator);
  const reply = peer.request({ ...push, params: { user: "heidi", factor: "auto", auto: "push" } });
  await simulator.whenPending();
  const waiting = assertRejects(() => simulator.whenCalled({ path: "check" }), Error, "The simulator was closed");
  await simulator[Symbol.asyncDispose]();
  await waiting;
  assertEquals(await reply, null);
});
