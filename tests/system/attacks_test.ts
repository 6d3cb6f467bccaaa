/**
 * The attacks of `deno task attacks` on the program under test, each a step.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { attackAll, attacks } from "../../scripts/attacks/all.ts";

Deno.test("no attack succeeds", async (t) => {
  const outcomes = await attackAll();
  assertEquals(outcomes.length, attacks.length);
  for (const [index, { name, tried }] of attacks.entries()) {
    await t.step(`${name}: ${tried}`, () => assert(outcomes[index]?.held, outcomes[index]?.seen));
  }
});
