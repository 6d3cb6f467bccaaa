/**
 * Every kind of login, over real UDP and TLS.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { attributeType } from "../../lib/radius/attributes.ts";
import { makeDevice, makeUser } from "../../lib/simulator/users.ts";
import { integer, shown, text, versions, World } from "../kit/process_world.ts";

const logins: readonly (readonly [user: string, typed: string, kind: string, text: string])[] = [
  ["alice", "push", "accept", "Success. Logging you in..."],
  ["alice", "PUSH2", "accept", "Success. Logging you in..."],
  ["alice", "phone", "accept", "Success. Logging you in..."],
  ["alice", "auto", "accept", "Success. Logging you in..."],
  ["alice", "", "accept", "Success. Logging you in..."],
  ["alice", "123 456", "accept", "Success. Logging you in..."],
  ["alice", "secret,push", "accept", "Success. Logging you in..."],
  ["alice", "secret,123456", "accept", "Success. Logging you in..."],
  ["alice", "sms", "reject", "New SMS passcodes sent."],
  ["alice", "654321", "reject", "Incorrect passcode. Please try again."],
  ["alice", "push9", "reject", "You have no device number 9 for a push"],
  ["alice", "hunter2", "reject", "Enter push, phone, sms or a passcode"],
  ["alice", "push,hunter2", "reject", "Enter push, phone, sms or a passcode"],
  ["bob", "push", "reject", "Login request denied."],
  ["carol", "push", "reject", "You have no device for a push"],
  ["carol", "auto", "reject", "You have no phone for an automatic push or call: enter a passcode"],
  ["carol", "333333", "accept", "Success. Logging you in..."],
  ["dave", "push", "reject", "enroll"],
  ["erin", "push", "accept", ""],
  ["frank", "push", "reject", ""],
  ["mallory", "push", "reject", "Your account is disabled"],
  ["nobody", "push", "reject", "enroll"],
];

for (const { version, application } of versions) {
  Deno.test(`every kind of login on version ${version}`, async (t) => {
    await using world = await World.start({ application });
    for (const [user, typed, kind, words] of logins) {
      await t.step(`${user} types ${JSON.stringify(typed)}: ${kind}`, async () => {
        const result = await world.ask(user, typed);
        assertEquals(result.kind, kind, shown(result));
        assertStringIncludes(shown(result).toLowerCase(), words.toLowerCase());
        assertEquals(
          result.kind !== "timeout" && result.packet.attributes[0]?.type,
          attributeType.messageAuthenticator,
        );
        assertEquals(world.events.at(-1)?.api_version ?? version, version);
      });
    }
    assertEquals(world.events.length, logins.length);
  });
}

const bothParts: readonly (readonly [user: string, typed: string, kind: string, text: string])[] = [
  ["alice", "secret,push", "accept", "Success. Logging you in..."],
  ["alice", "secret,auto", "accept", "Success. Logging you in..."],
  ["alice", "secret,123456", "accept", "Success. Logging you in..."],
  ["bob", "secret,push", "reject", "Login request denied."],
  ["alice", "secret", "reject", "Invalid Password"],
  ["alice", "secret,", "reject", "Invalid Password"],
  ["alice", ",push", "reject", "Invalid Password"],
  ["alice", "push", "reject", "Invalid Password"],
  ["alice", "123456", "reject", "Invalid Password"],
  ["alice", "secret,word", "reject", "Invalid Password"],
];

for (const { version, application } of versions) {
  Deno.test(`a concat section wants a password and a factor, or asks nobody (version ${version})`, async () => {
    await using world = await World.start({ application, mode: "concat" });
    for (const [user, typed, kind, words] of bothParts) {
      const result = await world.ask(user, typed);
      assertEquals([typed, result.kind, shown(result)], [typed, kind, words]);
    }
    const asked = ["preauth", "auth"].map((path) => world.simulator.findCalls({ path }).length);
    assertEquals(asked, [4, 4]);
  });
}

Deno.test("a reply keeps all Proxy-States in order, behind the Message-Authenticator", async () => {
  await using world = await World.start();
  const states = ["a", "b", "a"].map((value) => text(attributeType.proxyState, value));
  const result = await world.ask("alice", "123456", states);
  const attributes = result.kind === "timeout" ? [] : result.packet.attributes;
  assertEquals(attributes.map(({ type }) => type), [
    attributeType.messageAuthenticator,
    attributeType.replyMessage,
    ...states.map(() => attributeType.proxyState),
  ]);
  assertEquals(attributes.slice(2).map(({ value }) => new TextDecoder().decode(value)), ["a", "b", "a"]);
});

Deno.test("Duo is told the user's IPv4 address, with or without port, and no IPv6 address", async (t) => {
  for (const { version, application } of versions) {
    await t.step(`version ${version}`, async () => {
      await using world = await World.start({ application });
      for (const station of ["192.0.2.7", "192.0.2.8:49152", "2001:db8::7", "00-11-22-33-44-55"]) {
        await world.ask("alice", "123456", [text(attributeType.callingStationId, station)]);
      }
      const told = (endpoint: string): (string | undefined)[] =>
        world.simulator.findCalls({ path: endpoint }).map(({ params }) => params["ipaddr"]);
      const expected = ["192.0.2.7", "192.0.2.8", undefined, undefined];
      assertEquals(told("preauth").filter((_, index) => index >= told("preauth").length - 4), expected);
      assertEquals(told("auth"), expected);
      assertEquals(world.events.map(({ client_ip }) => client_ip), [
        "192.0.2.7",
        "192.0.2.8:49152",
        "2001:db8::7",
        "00-11-22-33-44-55",
      ]);
    });
  }
});

Deno.test("an Accept carries the first group as Class where Duo names groups", async () => {
  await using world = await World.start({ application: "auth" });
  const result = await world.ask("grace", "push");
  const group = world.simulator.users.find(({ username }) => username === "grace")?.groups[0];
  const value = result.kind === "accept" &&
    result.packet.attributes.find(({ type }) => type === attributeType.class)?.value;
  assertEquals(value && new TextDecoder().decode(value), `OU=${group};`);
});

Deno.test("a group whose name is too long for Class costs nobody the login", async () => {
  await using world = await World.start({ application: "auth" });
  world.simulator.setUser(makeUser({ username: "long", groups: ["x".repeat(300)], devices: [makeDevice("long", 1)] }));
  const result = await world.ask("long", "push");
  assertEquals(result.kind, "accept");
});

Deno.test("an exempt user is let in without asking Duo, an absent password field is a reject", async () => {
  await using world = await World.start({ lines: ["exempt_username_1=Root", "exempt_username_3=backup"] });
  for (const [user, kind] of [["Root", "accept"], ["root", "reject"], ["backup", "accept"]] as const) {
    assertEquals((await world.ask(user, "push")).kind, kind);
  }
  assertEquals(
    world.simulator.findCalls({ path: "preauth" }).map(({ params }) => params["user"] ?? params["username"]).filter((
      user,
    ) => user !== "root"),
    [],
  );
  const result = await world.gateway().login({ user: "alice" });
  assertEquals([result.kind, shown(result)], ["reject", "Missing or improperly-formatted password"]);
});

Deno.test("MS-CHAP is refused with the gateway's switch named in the event", async () => {
  await using world = await World.start();
  const response = new Uint8Array(58);
  response.set([0, 0, 1, 55, 25, 52]);
  const result = await world.gateway().login({
    user: "alice",
    attributes: [{ type: attributeType.vendorSpecific, value: response.subarray(0, 58 - 2) }],
  });
  assertEquals(result.kind, "reject");
  await world.settled();
  assertStringIncludes(world.events[0]?.msg ?? "", "password");
  const valid = new Uint8Array(4 + 52);
  valid.set([0, 0, 1, 55, 25, 52]);
  await world.gateway().login({ user: "alice", attributes: [{ type: attributeType.vendorSpecific, value: valid }] });
  await world.settled();
  assertEquals(world.events[1]?.reason, "mschap");
  assertStringIncludes(world.events[1]?.msg ?? "", "no mschapv2-capable");
  assertEquals(world.events[1]?.username, "alice");
});

Deno.test("EAP is refused with EAP-Failure and without a text", async () => {
  await using world = await World.start();
  const identity = Uint8Array.of(2, 77, 0, 10, 1, 97, 108, 105, 99, 101);
  const result = await world.gateway().login({
    user: "alice",
    attributes: [{ type: attributeType.eapMessage, value: identity }],
  });
  assertEquals([result.kind, shown(result)], ["reject", ""]);
  const message = result.kind === "reject" &&
    result.packet.attributes.find(({ type }) => type === attributeType.eapMessage);
  assertEquals(message && [...message.value], [4, 77, 0, 4]);
});

Deno.test("mode auto takes the password for the primary and what is behind the comma for Duo", async () => {
  await using world = await World.start({ mode: "auto", application: "auth" });
  const sent = async (typed: string): Promise<unknown> => {
    world.simulator.clearCalls();
    await world.ask("alice", typed);
    const [call] = world.simulator.findCalls({ path: "auth" });
    return call?.params["passcode"] ?? call?.params["factor"];
  };
  assertEquals(await sent("secret"), "auto");
  assertEquals(await sent("secret,phone"), "phone");
  assertEquals(await sent("se,cret,123456"), "123456");
  assertEquals(await sent("secret,"), "auto");
  assertEquals(await sent("pass,word"), "auto");
  assertEquals(await sent("push"), "auto");
});

Deno.test("mode auto falls back along its list of factors, down to a challenge for a passcode", async () => {
  for (const { application } of versions) {
    await using world = await World.start({ mode: "auto", application, lines: ["factors=push,passcode"] });
    assertEquals((await world.ask("alice", "secret")).kind, "accept");
    const challenge = await world.ask("carol", "secret");
    assertEquals([challenge.kind, shown(challenge)], ["challenge", "Enter passcode:"]);
    const state = challenge.kind === "challenge" && challenge.state || new Uint8Array();
    const answer = (user: string, password: string): Promise<string> =>
      world.ask(user, password, [{ type: attributeType.state, value: state }]).then(({ kind }) => kind);
    assertEquals(await answer("alice", "123456"), "reject", "another user's State");
    assertEquals(await answer("carol", "333333"), "accept");
    assertEquals(await answer("carol", "333333"), "reject", "a State used again");
    const tampered = state.slice();
    tampered[20] = (tampered[20] ?? 0) ^ 1;
    const result = await world.ask("carol", "333333", [{ type: attributeType.state, value: tampered }]);
    assertEquals(shown(result), "Unknown Challenge");
  }
});

Deno.test("unmatched_text=auto asks for an automatic factor and never sends the text", async () => {
  await using world = await World.start({ application: "auth", lines: ["unmatched_text=auto"] });
  assertEquals((await world.ask("alice", "hunter2")).kind, "accept");
  assertEquals(JSON.stringify(world.simulator.calls).includes("hunter2"), false);
});

Deno.test("NAS-Port and the rest of a request don't matter to an ordinary login", async () => {
  await using world = await World.start();
  const result = await world.ask("alice", "push", [integer(attributeType.nasPort, 0)]);
  assertEquals(result.kind, "accept");
});
