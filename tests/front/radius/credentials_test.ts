/**
 * What User-Name and User-Password may hold, and what noise in them comes to.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { readClaim } from "../../../lib/front/radius/credentials.ts";
import { attributeType } from "../../../lib/radius/attributes.ts";
import type { LoginResult } from "../../../lib/radius/client.ts";
import { shown, versions, World, type WorldOptions } from "../../kit/world.ts";
import { accessRequest } from "./rig.ts";

const encoder = new TextEncoder();
const gateway = "127.0.0.1";
/** A gateway may go on without Message-Authenticator after it has sent one. */
const neverRequired = "radius_require_message_authenticator_1=false";

/** A login whose field a gateway hides with our secret. */
function type(world: World, field: string | Uint8Array, signed: boolean, user = "alice"): Promise<LoginResult> {
  return world.gateway().login({ user, password: field, messageAuthenticator: signed });
}

/** What somebody without the secret sends under a gateway's address: octets that decrypt to anything. */
function forge(world: World, hidden: Uint8Array): Promise<LoginResult> {
  return world.gateway().login({
    user: "alice",
    messageAuthenticator: false,
    attributes: [{ type: attributeType.userPassword, value: hidden }],
  });
}

function start(options: WorldOptions, ...lines: string[]): Promise<World> {
  return World.start({ ...options, lines: [neverRequired, ...lines] });
}

const badNames: readonly (readonly [what: string, octets: Uint8Array])[] = [
  ["NUL at the end", encoder.encode("alice\0")],
  ["a line end", encoder.encode("alice\n")],
  ["a tab before the name", encoder.encode("\talice")],
  ["a C1 control", encoder.encode("ali\u0085ce")],
  ["a byte order mark before the name", encoder.encode("\ufeffalice")],
  ["a zero width joiner", encoder.encode("ali\u200dce")],
  ["a soft hyphen", encoder.encode("ali\u00adce")],
  ["a mark that turns the direction", encoder.encode("\u202ealice")],
  ["a replacement character", encoder.encode("ali\ufffdce")],
  ["an octet that is no UTF-8", Uint8Array.of(0x61, 0xe9, 0x62)],
  ["a surrogate in UTF-8's form", Uint8Array.of(0x61, 0xed, 0xa0, 0x80)],
  ["blanks alone", encoder.encode("  ")],
];

for (const { version, application } of versions) {
  Deno.test(`a user name that is no plain text is refused and never reaches Duo (version ${version})`, async (t) => {
    await using world = await start({ application }, "exempt_username_1=alice");
    for (const signed of [true, false]) {
      for (const [what, value] of badNames) {
        await t.step(`${what}, ${signed ? "signed" : "unsigned"}`, async () => {
          world.events.length = 0;
          const result = await world.gateway().login({
            password: "push",
            messageAuthenticator: signed,
            attributes: [{ type: attributeType.userName, value }],
          });
          assertEquals([result.kind, shown(result)], ["reject", "Invalid username"]);
          assertEquals(world.events.map(({ reason, username }) => [reason, username]), [["bad-user-name", null]]);
        });
      }
    }
    assertEquals([world.asked("preauth"), world.asked("auth")], [0, 0]);
  });

  Deno.test(`blanks around a user name are taken off, for Duo and for the exempt names (version ${version})`, async () => {
    await using world = await start({ application }, "exempt_username_1=root");
    assertEquals((await world.ask(" \u00a0alice\u3000", "123456")).kind, "accept");
    assertEquals((await world.ask(" root ", "whatever")).kind, "accept");
    const names = ["preauth", "auth"].flatMap((path) =>
      world.simulator.findCalls({ path }).map(({ params }) => params["username"] ?? params["user"])
    );
    assertEquals([...new Set(names)], ["alice"]);
    assertEquals(world.events.map(({ username }) => username), ["alice", "root"]);
  });
}

Deno.test("a request without User-Name is refused", async () => {
  await using world = await World.start();
  assertEquals(shown(await world.gateway().login({ password: "push" })), "No username provided");
  assertEquals(world.events[0]?.reason, "no-user-name");
});

const noise: readonly (readonly [what: string, octets: Uint8Array])[] = [
  ["a factor with a NUL inside", encoder.encode("push\0\0x")],
  ["a NUL before a factor", encoder.encode("\0push")],
  ["a line end behind a factor", encoder.encode("push\n")],
  ["a C1 control", encoder.encode("pu\u0085sh")],
  ["octets that are no UTF-8", Uint8Array.of(0x70, 0xff)],
];

Deno.test("in an unsigned request what is no clean text is a wrong secret, and the event names the gateway", async (t) => {
  await using world = await start({ application: "auth" }, "unmatched_text=auto");
  for (const [what, field] of noise) {
    await t.step(what, async () => {
      world.events.length = 0;
      const result = await type(world, field, false);
      assertEquals([result.kind, shown(result)], ["reject", "Cannot decode password"]);
      const [event] = world.events;
      assertEquals([event?.reason, event?.username], ["undecodable-password", "alice"]);
      assertStringIncludes(event?.msg ?? "", `gateway ${gateway} and this proxy have different shared secrets`);
    });
  }
  assertEquals(world.asked("preauth"), 0);
});

Deno.test("a signed request has shown that its secret is ours: a password that does not decode is a matter of pw_codec", async () => {
  await using world = await World.start();
  const result = await type(world, Uint8Array.of(0x70, 0xff), true);
  assertEquals(shown(result), "Cannot decode password");
  assertStringIncludes(world.events[0]?.msg ?? "", `set pw_codec to the encoding that gateway ${gateway} uses`);
  assertEquals((await type(world, "123456", true)).kind, "accept");
});

Deno.test("under an encoding that takes noise for text an unsigned request starts no automatic factor", async (t) => {
  for (const codec of ["latin-1", "cp1251", "gbk"]) {
    for (const mode of ["duo_only", "auto"] as const) {
      await t.step(`${mode}, pw_codec=${codec}`, async () => {
        await using world = await start({ application: "auth", mode }, `pw_codec=${codec}`);
        const result = await type(world, "auto", false);
        assertEquals([result.kind, shown(result)], ["reject", "Enter push, phone, sms or a passcode"]);
        const [event] = world.events;
        assertEquals([event?.reason, event?.username], ["unsigned-automatic", "alice"]);
        assertStringIncludes(event?.msg ?? "", `switch on Message-Authenticator at gateway ${gateway}`);
        assertEquals(world.asked("auth"), 0);
        assertEquals((await type(world, "auto", true)).kind, "accept");
        const named = mode === "auto" ? "secret,push" : "push";
        assertEquals((await type(world, named, false)).kind, "accept", "a factor that was typed");
      });
    }
  }
});

Deno.test("noise from somebody without the secret rings no phone", async (t) => {
  for (
    const lines of [[], ["unmatched_text=auto"], ["pw_codec=latin-1"], ["pw_codec=latin-1", "unmatched_text=auto"]]
  ) {
    await t.step(lines.join(", ") || "defaults", async () => {
      await using world = await start({ application: "auth" }, ...lines);
      for (let round = 0; round < 400; round++) {
        const result = await forge(world, crypto.getRandomValues(new Uint8Array(16)));
        assertEquals(result.kind, "reject");
      }
      assertEquals([world.asked("preauth"), world.asked("auth")], [0, 0]);
    });
  }
});

Deno.test("a lone byte order mark is neither nothing nor text", async (t) => {
  for (const setting of ["browser", "auto", "reject"]) {
    for (const signed of [true, false]) {
      await t.step(`unmatched_text=${setting}, ${signed ? "signed" : "unsigned"}`, async () => {
        await using world = await start({ application: "auth" }, `unmatched_text=${setting}`);
        assertEquals((await type(world, "\ufeff", signed)).kind, "reject");
        assertEquals([world.events[0]?.reason, world.asked("preauth")], ["unrecognized-text", 0]);
      });
    }
  }
});

const rules = { name: "radius_server_duo_only", passwordEncoding: "utf-8" };

Deno.test("a signed field may hold control characters, since a password may: only of an unsigned one they say that it is noise", () => {
  const read = (signed: boolean): string => {
    const claim = readClaim(accessRequest({ field: "hunter\u00852", signed }), rules);
    if (claim.kind !== "claim") return claim.reason;
    const credentials = claim.readCredentials();
    return credentials.kind === "credentials" ? credentials.password : credentials.reason;
  };
  assertEquals([read(true), read(false)], ["hunter\u00852", "undecodable-password"]);
});

Deno.test("EAP is refused with EAP's own failure, which answers the packet that came", () => {
  const { packet, ...request } = accessRequest({
    attributes: [{ type: attributeType.eapMessage, value: Uint8Array.of(2, 77, 0, 4) }],
  });
  const attributes = packet.attributes.filter(({ type }) => type !== attributeType.userPassword);
  const claim = readClaim({ ...request, packet: { ...packet, attributes } }, rules);
  assertEquals(claim.kind === "refused" ? [claim.reason, claim.eapFailure] : claim.kind, [
    "eap",
    { type: attributeType.eapMessage, value: Uint8Array.of(4, 77, 0, 4) },
  ]);
});
