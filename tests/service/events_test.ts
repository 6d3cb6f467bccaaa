/**
 * What every event says of its request.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { LogFields, LogLevel } from "../../lib/login/events.ts";
import { versions, World } from "../kit/world.ts";

Deno.test("an event says whether its request was signed", async () => {
  await using world = await World.start({ lines: ["radius_require_message_authenticator_1=false"] });
  for (const messageAuthenticator of [true, false]) {
    await world.gateway().login({ user: "alice", password: "123456", messageAuthenticator });
    await world.gateway().login({ user: "alice", messageAuthenticator });
  }
  assertEquals(world.events.map(({ signed, joined }) => [signed, joined]), [
    [true, false],
    [true, false],
    [false, false],
    [false, false],
  ]);
});

for (const { version, application } of versions) {
  Deno.test(`an event names the version that answered, and none where Duo was not asked (version ${version})`, async () => {
    await using world = await World.start({ application, lines: ["exempt_username_1=root"] });
    for (const [user, typed] of [["alice", "123456"], ["frank", "push"], ["alice", "hunter2"], ["root", ""]] as const) {
      await world.ask(user, typed);
    }
    assertEquals(world.events.map(({ api_version }) => api_version), [version, version, null, null]);
  });
}

Deno.test("a debug line names the datagram that it is about", async () => {
  const lines: LogFields[] = [];
  const events = {
    auth: (): void => {},
    log: (level: LogLevel, _message: string, fields: LogFields = {}): void => {
      if (level === "debug" && fields["user"] === "alice") lines.push(fields);
    },
  };
  await using world = await World.start({ lines: ["debug=true"], proxy: { events } });
  const { identifier, result } = await world.begin("alice", "hunter2");
  await result;
  assertEquals(lines.length > 0, true);
  for (const { address, port, identifier: number } of lines) {
    assertEquals([address, typeof port, number], ["127.0.0.1", "number", identifier]);
  }
});
