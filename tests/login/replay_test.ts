import { assertEquals } from "@std/assert";
import { rejectReplay } from "../../lib/login/replay.ts";
import { Rig } from "./rig.ts";

Deno.test("a replay is rejected with an event that names user, gateway and reason, and Duo isn't asked", () => {
  const rig = new Rig();
  assertEquals(rejectReplay(rig.request({ user: "alice" }), rig.section, true).kind, "reject");
  assertEquals(
    rig.events.map(({ username, nas_ip, status, reason }) => [username, nas_ip, status, reason]),
    [["alice", "192.0.2.1", "Reject", "replay"]],
  );
  assertEquals(rig.begun, 0);
});

Deno.test("a replay of which an event has told just now is rejected in the same words, without another one", () => {
  const rig = new Rig();
  const reported = rejectReplay(rig.request({}), rig.section, true);
  assertEquals(rejectReplay(rig.request({}), rig.section, false), reported);
  assertEquals(rig.events.length, 1);
});
