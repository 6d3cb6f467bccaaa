import { createHash, createHmac } from "node:crypto";
import { assertEquals } from "@std/assert";
import { authorization, dateHeader, signV2 } from "../../lib/duo/signature.ts";
import { defaultApplications, type Endpoint } from "../../lib/simulator/applications.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { type ApiReply, authApi, call, type PeerRequest, radius } from "./peer.ts";

const preauthV1: PeerRequest = { path: "/rest/v1/preauth", params: { user: "alice" } };
const preauthV2: PeerRequest = { path: "/auth/v2/preauth", params: { username: "alice" } };

async function code(simulator: DuoSimulator, request: PeerRequest): Promise<unknown> {
  const reply = await call(simulator, request);
  if (reply.status !== 200) assertEquals(reply.status, Math.trunc(Number(reply.code) / 100));
  assertEquals(reply.stat, reply.status === 200 ? "OK" : "FAIL");
  return reply.status === 200 ? "OK" : reply.code;
}

Deno.test("both applications may call v1; the RADIUS type is refused on v2 with 403/40301 and Duo's detail", async () => {
  await using simulator = await DuoSimulator.start();
  for (const algorithm of ["hmac-sha1", "hmac-sha512"] as const) {
    assertEquals(await code(simulator, { ...preauthV1, keys: radius, algorithm }), "OK");
    assertEquals(await code(simulator, { ...preauthV1, keys: authApi, algorithm }), "OK");
    assertEquals(await code(simulator, { ...preauthV2, keys: authApi, algorithm }), "OK");
  }
  for (const path of ["check", "logo", "preauth", "auth", "auth_status", "enroll", "enroll_status"]) {
    const reply = await call(simulator, { path: `/auth/v2/${path}`, keys: radius });
    const expected: ApiReply = {
      status: 403,
      stat: "FAIL",
      code: 40301,
      detail: "Wrong integration type for this API.",
      response: undefined,
    };
    assertEquals(reply, expected, path);
  }
  assertEquals(await code(simulator, { path: "/auth/v2/ping", keys: radius }), "OK");
  assertEquals(simulator.calls.map(({ signature }) => signature).slice(0, 2), ["v2 sha1", "v2 sha1"]);
});

Deno.test("an application can be refused at single endpoints, and as if its key did not exist", async () => {
  const [first, second] = defaultApplications;
  if (first === undefined || second === undefined) throw new TypeError("No default applications");
  const refused: readonly Endpoint[] = ["auth"];
  await using simulator = await DuoSimulator.start({
    applications: [
      { ...first, v2: { refused, code: 40301 } },
      { ...second, v2: { refused: "all", code: 40102 } },
    ],
  });
  assertEquals(await code(simulator, { ...preauthV2, keys: radius }), "OK");
  assertEquals(await code(simulator, { path: "/auth/v2/auth", keys: radius }), 40301);
  assertEquals(await code(simulator, { path: "/auth/v2/check", keys: authApi }), 40102);
  assertEquals(await code(simulator, { path: "/rest/v1/check", keys: authApi }), "OK");
  assertEquals(await code(simulator, { path: "/auth/v2/ping" }), "OK");
});

Deno.test("wrong credentials are refused with Duo's codes", async () => {
  const clock = new FakeClock();
  await using simulator = await DuoSimulator.start({ clock });
  const good: PeerRequest = { ...preauthV1, keys: radius, now: clock.wallNow() };
  assertEquals(await code(simulator, good), "OK");
  const cases: readonly (readonly [number, PeerRequest])[] = [
    [40101, { ...good, authorization: null }],
    [40101, { ...good, authorization: "Bearer abc" }],
    [40101, { ...good, authorization: "Basic !!!" }],
    [40102, { ...good, keys: { ...radius, ikey: "DIXXXXXXXXXXXXXXXXXX" } }],
    [40103, { ...good, keys: { ...radius, skey: authApi.skey } }],
    [40103, { ...good, authorization: authorization(radius.ikey, "00".repeat(20)) }],
    [40103, { ...good, body: "user=bob" }],
    [40103, {
      ...good,
      headers: { "Host": "elsewhere.test" },
      host: "elsewhere.test",
      date: dateHeader(clock.wallNow() + 1_000),
      authorization: authorization(
        radius.ikey,
        signV2(
          {
            date: dateHeader(clock.wallNow()),
            method: "POST",
            host: "elsewhere.test",
            path: "/rest/v1/preauth",
            params: [["user", "alice"]],
          },
          radius.skey,
          "hmac-sha1",
        ),
      ),
    }],
    [40104, { ...good, date: null }],
    [40105, { ...good, date: "yesterday" }],
    [40105, { ...good, now: clock.wallNow() - 302_000 }],
    [40105, { ...good, now: clock.wallNow() + 302_000 }],
    [40106, { ...good, contentType: "text/plain" }],
    [40106, { ...good, contentType: null }],
    [40106, { ...good, contentType: "application/json" }],
    [40002, { ...good, body: "user=%zz" }],
    [40401, { ...good, path: "/rest/v1/enroll" }],
    [40401, { ...good, path: "/rest/v2/preauth" }],
    [40401, { ...good, method: "GET" }],
  ];
  for (const [expected, request] of cases) {
    assertEquals(await code(simulator, request), expected, JSON.stringify(request));
  }
  assertEquals(await code(simulator, { ...good, now: clock.wallNow() - 299_000 }), "OK");
  assertEquals(await code(simulator, { ...good, now: clock.wallNow() + 299_000 }), "OK");
});

Deno.test("a signature over the host with its port, over raw values or in capitals is refused", async () => {
  await using simulator = await DuoSimulator.start();
  const date = dateHeader(Date.now());
  const params = [["user", "a'b (c)"]] as const;
  const base = { date, method: "POST", host: "127.0.0.1", path: "/rest/v1/preauth", params };
  const send = (signature: string): Promise<unknown> =>
    code(simulator, {
      path: base.path,
      params: { user: "a'b (c)" },
      date,
      authorization: authorization(radius.ikey, signature),
    });
  const right = signV2(base, radius.skey, "hmac-sha1");
  assertEquals(await send(right), "OK");
  assertEquals(await send(right.toUpperCase()), 40103);
  assertEquals(
    await send(signV2({ ...base, host: `127.0.0.1:${simulator.port}` }, radius.skey, "hmac-sha1")),
    40103,
  );
  assertEquals(await send(signV2({ ...base, params: [["user", "a'b+(c)"]] }, radius.skey, "hmac-sha1")), 40103);
});

Deno.test("v2 takes JSON signed in version 5, with X-Duo headers, and v1 doesn't", async () => {
  await using simulator = await DuoSimulator.start();
  const date = dateHeader(Date.now());
  const body = '{"username":"alice"}';
  const headers = { "X-Duo-Date": date, "X-Duo-Test": "Value" };
  const send = (path: string, sent: string): Promise<unknown> => {
    const sha512 = (text: string): string => createHash("sha512").update(text).digest("hex");
    const signedHeaders = ["x-duo-date", date, "x-duo-test", "Value"].join("\0");
    const text = [date, "POST", "127.0.0.1", path, "", sha512(body), sha512(signedHeaders)].join("\n");
    const signature = createHmac("sha512", authApi.skey).update(text).digest("hex");
    return code(simulator, {
      path,
      body: sent,
      date: null,
      headers,
      contentType: "application/json",
      authorization: authorization(authApi.ikey, signature),
    });
  };
  assertEquals(await send("/auth/v2/preauth", body), "OK");
  assertEquals(simulator.calls.at(-1)?.signature, "v5 sha512");
  assertEquals(simulator.calls.at(-1)?.params, { username: "alice" });
  assertEquals(await send("/auth/v2/preauth", '{"username":"bob"}'), 40103);
  assertEquals(await send("/rest/v1/preauth", body), 40106);
});

Deno.test("a parameter that comes twice is refused, although the signature is right", async () => {
  await using simulator = await DuoSimulator.start();
  const date = dateHeader(Date.now());
  const params = [["user", "alice"], ["user", "bob"]] as const;
  const signed = { date, method: "POST", host: "127.0.0.1", path: "/rest/v1/preauth", params };
  const reply = await call(simulator, {
    path: signed.path,
    body: "user=alice&user=bob",
    date,
    authorization: authorization(radius.ikey, signV2(signed, radius.skey, "hmac-sha1")),
  });
  assertEquals([reply.code, reply.detail], [40002, "user"]);
});
