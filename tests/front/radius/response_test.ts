/**
 * Verdicts in RADIUS's words.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { toResponse } from "../../../lib/front/radius/response.ts";
import { attributeType } from "../../../lib/radius/attributes.ts";
import type { Response } from "../../../lib/radius/response.ts";
import { makeDevice, makeUser } from "../../../lib/simulator/users.ts";
import { World } from "../../kit/world.ts";

/** The response to an Accept for a user with these groups, and what is said of it. */
function accept(groups: readonly string[]): { readonly response: Response; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const response = toResponse({ kind: "accept", text: "Welcome", groups }, (message) => void warnings.push(message));
  return { response, warnings };
}

function silent(message: string): never {
  throw new Error(`Not expected: ${message}`);
}

Deno.test("an Accept carries the first group as Class, and without groups its text alone", () => {
  const value = new TextEncoder().encode("OU=staff;");
  assertEquals(accept(["staff", "other"]), {
    response: { kind: "accept", message: "Welcome", attributes: [{ type: attributeType.class, value }] },
    warnings: [],
  });
  assertEquals(accept([]), { response: { kind: "accept", message: "Welcome" }, warnings: [] });
});

Deno.test("a first group that would say something else in Class, or does not fit, is left out with a warning, and no other takes its place", () => {
  for (const name of ["", "staff;OU=admins", "sta\u202eff", "sta\0ff", "g".repeat(250)]) {
    const { response, warnings } = accept([name, "other"]);
    assertEquals([response, warnings.length], [{ kind: "accept", message: "Welcome" }, 1], JSON.stringify(name));
  }
  assertEquals(accept(["g".repeat(249)]).warnings, []);
});

Deno.test("a challenge carries its state as State, a Reject nothing but its text", () => {
  const state = Uint8Array.of(1, 2, 3);
  assertEquals(toResponse({ kind: "challenge", text: "Enter passcode:", state }, silent), {
    kind: "challenge",
    message: "Enter passcode:",
    attributes: [{ type: attributeType.state, value: state }],
  });
  assertEquals(toResponse({ kind: "reject", text: "No" }, silent), { kind: "reject", message: "No" });
});

/** The Class attributes of an Accept for a user with these groups. */
async function classes(world: World, groups: readonly string[]): Promise<readonly string[]> {
  world.simulator.setUser(makeUser({ username: "grouped", groups: [...groups], devices: [makeDevice("grouped", 1)] }));
  const result = await world.ask("grouped", "push");
  assertEquals(result.kind, "accept");
  const attributes = result.kind === "timeout" ? [] : result.packet.attributes;
  return attributes.filter(({ type }) => type === attributeType.class).map(({ value }) =>
    new TextDecoder().decode(value)
  );
}

Deno.test("a group whose name would say something else in Class is left out, and costs nobody the login", async () => {
  await using world = await World.start({ application: "auth" });
  assertEquals(await classes(world, ["Staff of Zürich", "other"]), ["OU=Staff of Zürich;"]);
  for (const name of ["staff;OU=admins", "staff\n", "sta\u202eff", "\ufeffstaff", "sta\0ff", ""]) {
    assertEquals(await classes(world, [name, "other"]), [], JSON.stringify(name));
  }
});
