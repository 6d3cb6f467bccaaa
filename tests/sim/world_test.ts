/**
 * Simulated worlds: what they say of the program, and that they would say it. The whole run is `deno task sim --seeds 100 --hours 24`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { bugs } from "../../scripts/sim/bugs.ts";
import { drawPlan } from "../../scripts/sim/plan.ts";
import { findBug, plant } from "../../scripts/sim/planted.ts";
import { runSeed } from "../../scripts/sim/report.ts";
import { drawSetup } from "../../scripts/sim/setup.ts";
import { runWorld } from "../../scripts/sim/world.ts";

const root = new URL("../../", import.meta.url);

for (const seed of [1, 2, 3, 4]) {
  Deno.test(`the program keeps its promises in three hours of the world of seed ${seed}`, async () => {
    const { violation, logins, answers, pushes } = await runSeed(seed, 3, true);
    assertEquals(violation, undefined);
    assert(logins > 50 && answers > 50 && pushes > 10, "too little happens in it to say anything");
  });
}

Deno.test("a seed makes the same world again, down to the last event", async () => {
  const setup = drawSetup(7);
  const plan = drawPlan(setup, 1);
  const first = await runWorld(setup, plan, 1, true);
  const second = await runWorld(setup, plan, 1, true);
  assertEquals(first.trace, second.trace);
  assertEquals(first.events, second.events);
});

for (const bug of bugs) {
  Deno.test(`a bug can still be planted: ${bug.name}`, async () => {
    const text = await Deno.readTextFile(new URL(bug.file, root));
    assert(plant(text, bug) !== text);
  });
}

for (
  const name of ["replays are not remembered", "a slot is not given back", "auth is sent again over a new connection"]
) {
  Deno.test(`a world finds a planted bug, and the few events that lead to it: ${name}`, async () => {
    const bug = bugs.find((one) => one.name === name);
    assert(bug !== undefined);
    const { invariant, events } = await findBug(bug, 5, 6);
    assert(invariant !== undefined, "no world found it");
    assert(events.length <= 8, `${events.length} events are many:\n${events.join("\n")}`);
  });
}
