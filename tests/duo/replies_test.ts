/**
 * Odd answers of a Duo that is well: none of them opens `failmode=safe`, and none turns a no into a yes.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readReply } from "../../lib/duo/connection.ts";
import type { Json } from "../../lib/simulator/reply.ts";
import { shown, versions, World } from "../kit/world.ts";

/** Answers to preauth that deny, or that nobody can read: `response` of an envelope with `stat: OK`. */
const answers: readonly { readonly name: string; readonly response: Json; readonly reason: string }[] = [
  { name: "deny with a number for text", response: { result: "deny", status_msg: 5 }, reason: "preauth-deny" },
  {
    name: "deny with an object for text",
    response: { result: "deny", status: {}, status_msg: {} },
    reason: "preauth-deny",
  },
  {
    name: "deny with null for text",
    response: { result: "deny", status: null, status_msg: null },
    reason: "preauth-deny",
  },
  { name: "deny with odd groups", response: { result: "deny", status: "no", groups: 7 }, reason: "preauth-deny" },
  {
    name: "enroll with a list for an address",
    response: { result: "enroll", enroll_portal_url: [1] },
    reason: "not-enrolled",
  },
  { name: "a result that we do not know", response: { result: "perhaps" }, reason: "duo-error" },
  { name: "no result", response: { devices: [] }, reason: "duo-error" },
  { name: "a result in capitals", response: { result: "ALLOW" }, reason: "duo-error" },
  { name: "a number for a result", response: { result: 1 }, reason: "duo-error" },
  { name: "a text", response: "allow", reason: "duo-error" },
  { name: "null", response: null, reason: "duo-error" },
  { name: "a list", response: [{ result: "allow" }], reason: "duo-error" },
  { name: "auth without anything", response: { result: "auth" }, reason: "denied" },
  { name: "auth with odd devices", response: { result: "auth", devices: "none", factors: 3 }, reason: "denied" },
];

for (const { version, application } of versions) {
  for (const { name, response, reason } of answers) {
    Deno.test(`preauth answers ${name}: failmode=safe lets nobody in (version ${version})`, async () => {
      await using world = await World.start({ application, lines: ["failmode=safe"] });
      world.simulator.addFault({ match: { path: "preauth" }, do: { kind: "response", response } });
      // Rejected by the factor at the latest: the code is wrong.
      const result = await world.ask("alice", "000000");
      assertEquals(result.kind, "reject", shown(result));
      const [event] = world.events;
      assertEquals([event?.reason, event?.failmode], [reason, null]);
      assertEquals(world.asked("preauth", version), 1);
    });
  }

  for (const status of [400, 401, 402, 403, 404, 405, 407, 408, 499]) {
    for (
      const body of [
        '{"stat":"FAIL","code":50001,"message":"Internal"}',
        "<html>",
        "",
        '{"stat":"OK","response":{"result":"allow"}}',
      ]
    ) {
      Deno.test(`preauth answers ${status} with ${body || "nothing"}: a reject, not an outage (version ${version})`, async () => {
        await using world = await World.start({ application, lines: ["failmode=safe"] });
        world.simulator.addFault({ match: { path: "preauth" }, do: { kind: "body", status, body } });
        const result = await world.ask("alice", "push");
        assertEquals(result.kind, "reject", shown(result));
        const [event] = world.events;
        assertEquals([event?.reason, event?.failmode], ["duo-refused", null]);
        const told = world.log.some(({ level, message }) =>
          level === "error" && /ikey.*skey.*clock.*type/.test(message)
        );
        assertEquals(told, status === 401 || status === 403);
      });
    }
  }
}

Deno.test("a device without an identifier is left out, the others count (version 2)", async () => {
  await using world = await World.start({ application: "auth", lines: ["failmode=safe"] });
  const [alice] = world.simulator.users.filter(({ username }) => username === "alice");
  const id = alice?.devices[0]?.id ?? "";
  world.simulator.addFault({
    match: { path: "preauth" },
    do: {
      kind: "response",
      response: {
        result: "auth",
        devices: [
          { type: "phone", capabilities: ["push"] },
          { device: 5, type: "phone", capabilities: ["push"] },
          { device: "", type: "phone", capabilities: ["push"] },
          null,
          { device: id, type: 3, display_name: {}, capabilities: ["push", 4, null] },
        ],
      },
    },
  });
  assertEquals((await world.ask("alice", "push")).kind, "accept");
});

Deno.test("readReply() tells an outage by the status and by the envelope, never by a code inside", () => {
  const kind = (status: number, body: string): string => readReply(status, body).kind;
  for (const status of [500, 502, 503, 504, 599]) {
    assertEquals(kind(status, '{"stat":"OK","response":{}}'), "unavailable");
    assertEquals(kind(status, '{"stat":"FAIL","code":40002}'), "unavailable");
  }
  for (const body of ["", "<html>", "[]", "null", '{"stat":"MAYBE"}', '{"result":"allow"}', '"OK"']) {
    assertEquals(kind(200, body), "unavailable", body);
    assertEquals(kind(401, body), "refused", body);
  }
  for (const code of ["50001", '"50001"', "null", "true", "{}"]) {
    assertEquals(kind(200, `{"stat":"FAIL","code":${code},"message":7,"message_detail":[]}`), "refused");
    assertEquals(kind(400, `{"stat":"FAIL","code":${code}}`), "refused");
  }
  assertEquals(kind(200, '{"stat":"OK"}'), "answer");
  assertEquals(kind(204, '{"stat":"OK","response":{}}'), "duo-error");
});
