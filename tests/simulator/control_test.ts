import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Control, controlHelp, startControl } from "../../lib/simulator/control.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { call, Peer, radius, textField } from "./peer.ts";

interface ControlReply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function control(
  { url }: Control,
  line: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = { "content-type": "application/json" },
): Promise<ControlReply> {
  const [method = "", path = ""] = line.split(" ");
  const response = await fetch(new URL(path, url), {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers }),
  });
  return { status: response.status, body: await response.json() };
}

Deno.test("the control API describes itself, and answers to each line of its description", async () => {
  await using simulator = await DuoSimulator.start();
  await using api = await startControl(simulator);
  const response = await fetch(api.url);
  assertEquals(await response.text(), controlHelp);
  const lines = controlHelp.split("\n").map((line) => /^(GET|POST|PUT|DELETE) +(\/\S*)/.exec(line)).filter((m) =>
    m !== null
  );
  assertEquals(lines.length, 23);
  for (const [, method = "", path = ""] of lines) {
    const target = path.replace("NUMBER", "1");
    const reply = await fetch(new URL(target, api.url), { method });
    const text = await reply.text();
    // Bodies are missing and nothing has the number 1; what the description names has to exist all the same.
    assert(!text.includes("No such resource"), `${method} ${target}: ${text}`);
  }
  assertEquals((await control(api, "GET /nothing")).status, 404);
  assertEquals((await control(api, "PATCH /faults")).status, 404);
  assertEquals((await control(api, "GET /calls/1/2")).status, 404);
});

Deno.test("the control API sets faults, counts and shows calls", async () => {
  await using simulator = await DuoSimulator.start();
  await using api = await startControl(simulator);
  const one = { match: { path: "ping", version: 1 }, do: { kind: "status", status: 503 }, times: 1 };
  assertEquals((await control(api, "POST /faults", one)).body, { ids: [1] });
  assertEquals((await control(api, "POST /faults", [one, one])).body, { ids: [2, 3] });
  assertEquals((await call(simulator, { path: "/rest/v1/ping" })).status, 503);
  assertEquals((await control(api, "DELETE /faults/2")).status, 200);
  assertEquals((await control(api, "DELETE /faults/2")).status, 404);
  const { faults } = (await control(api, "GET /faults")).body;
  assertEquals(faults, [{ id: 1, ...one, hits: 1 }, { id: 3, ...one, hits: 0 }]);
  await control(api, "DELETE /faults");
  await call(simulator, { path: "/rest/v1/preauth", params: { user: "alice" }, keys: radius });
  const calls = (await control(api, "GET /calls?path=preauth&version=1&user=alice&after=1")).body["calls"];
  assert(Array.isArray(calls) && calls.length === 1);
  assertEquals((await control(api, "GET /calls?colour=blue")).status, 400);
  const { endpoints } = (await control(api, "GET /counters")).body;
  assertEquals(endpoints, { "v1/ping": 1, "v1/preauth": 1 });
  await control(api, "DELETE /calls");
  assertEquals((await control(api, "GET /calls")).body, { calls: [] });
});

Deno.test("the control API refuses faults that are none", async () => {
  await using simulator = await DuoSimulator.start();
  await using api = await startControl(simulator);
  const bad: readonly unknown[] = [
    {},
    { do: { kind: "explode" } },
    { do: { kind: "delay" } },
    { do: { kind: "delay", ms: -1 } },
    { do: { kind: "hang", ms: 1 } },
    { do: { kind: "status", status: 99 } },
    { do: { kind: "status", status: 429, retryAfter: "1\r\nX: y" } },
    { do: { kind: "hang" }, match: { version: 3 } },
    { do: { kind: "hang" }, match: { nth: 0 } },
    { do: { kind: "hang" }, times: -1 },
    { do: { kind: "hang" }, often: 1 },
    "hang",
  ];
  for (const fault of bad) {
    const { status, body } = await control(api, "POST /faults", fault);
    assertEquals([status, typeof body["error"]], [400, "string"], JSON.stringify(fault));
  }
  assertEquals(simulator.faults, []);
});

Deno.test("the control API answers pushes, shows SMS codes, and ends enrolments", async () => {
  await using simulator = await DuoSimulator.start();
  await using api = await startControl(simulator);
  const push = call(simulator, {
    path: "/rest/v1/auth",
    params: { user: "heidi", factor: "auto", auto: "push" },
    keys: radius,
  });
  const [pending] = await simulator.whenPending();
  const shown = (await control(api, "GET /pending")).body["pending"];
  assertEquals(JSON.stringify(shown), JSON.stringify([pending]));
  assertEquals((await control(api, `POST /pending/${pending?.number}`, { answer: "perhaps" })).status, 400);
  assertEquals((await control(api, "POST /pending/99", { answer: "approve" })).status, 404);
  assertEquals((await control(api, `POST /pending/${pending?.number}`, { answer: "approve" })).status, 200);
  assertEquals(textField((await push).response, "result"), "allow");

  await call(simulator, {
    path: "/rest/v1/auth",
    params: { user: "alice", factor: "auto", auto: "sms" },
    keys: radius,
  });
  assertEquals((await control(api, "GET /sms")).body, {
    sms: [{ username: "alice", codes: simulator.smsCodes("alice") }],
  });

  assertEquals((await control(api, "POST /enroll", { username: "dave" })).status, 200);
  assertEquals((await control(api, "POST /enroll", { username: "dave" })).status, 404);
  assertEquals((await control(api, "PUT /users", { username: "zoe", status: "bypass" })).status, 200);
  const zoe = await call(simulator, { path: "/rest/v1/preauth", params: { user: "zoe" }, keys: radius });
  assertEquals(textField(zoe.response, "result"), "allow");
  const wrong = await control(api, "PUT /users", { username: "zoe", colour: "blue" });
  assertStringIncludes(String(wrong.body["error"]), '"colour"');
});

Deno.test("the control API changes certificate, clock and port, and takes everything back", async () => {
  await using simulator = await DuoSimulator.start();
  await using api = await startControl(simulator);
  const start = { certificate: "good", skew_seconds: 0, reachable: true };
  assertEquals((await control(api, "GET /state")).body, start);
  await control(api, "PUT /certificate", { certificate: "expired" });
  await control(api, "PUT /clock", { skew_seconds: -600 });
  const changed = await control(api, "PUT /reachable", { reachable: false });
  assertEquals(changed.body, { certificate: "expired", skew_seconds: -600, reachable: false });
  await assertRejects(() => Peer.connect(simulator));
  await control(api, "POST /reset");
  assertEquals((await control(api, "GET /state")).body, start);
  await control(api, "POST /drop", { connections: 1 });
  await assertRejects(() => Peer.connect(simulator));
  await using peer = await Peer.connect(simulator);
  await control(api, "POST /cut", { which: "all" });
  assertEquals(await peer.closed(), true);
  const pem = await fetch(new URL("ca.pem", api.url));
  assertEquals(await pem.text(), simulator.caPem);
  const { applications } = (await control(api, "GET /applications")).body;
  assertEquals(JSON.stringify(applications), JSON.stringify(simulator.applications));
});

Deno.test("web pages can't drive the control API", async () => {
  await using simulator = await DuoSimulator.start();
  await using api = await startControl(simulator);
  const url = new URL(api.url);
  const raw = async (lines: readonly string[], body = ""): Promise<string> => {
    const conn = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
    await conn.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n${body}`));
    return (await new Response(conn.readable).text()).split("\r\n")[0] ?? "";
  };
  assertStringIncludes(await raw(["GET /state HTTP/1.1", "Host: evil.example.test"]), "403");
  assertStringIncludes(await raw(["GET /state HTTP/1.1", "Host: localhost:1", "Origin: https://evil.test"]), "403");
  assertStringIncludes(
    await raw(["POST /drop HTTP/1.1", "Host: localhost", "Content-Type: text/plain", "Content-Length: 2"], "{}"),
    "400",
  );
  assertStringIncludes(await raw(["GET /state HTTP/1.1", "Host: [::1]:80"]), "200");
});

Deno.test("the control API listens on loopback only", async () => {
  await using simulator = await DuoSimulator.start();
  await assertRejects(
    () => startControl(simulator, { hostname: "0.0.0.0", port: 0 }),
    RangeError,
    "The control API can't listen on 0.0.0.0",
  );
});
