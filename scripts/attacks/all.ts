/**
 * All attacks, and how they are run: first those that wait, then the others a few at a time; each bounded.
 *
 * @module
 */

import { type Attack, type Outcome, within } from "./attack.ts";
import { failing } from "./failing.ts";
import { flooding } from "./flooding.ts";
import { misleading } from "./misleading.ts";
import { replaying } from "./replaying.ts";
import { ringing } from "./ringing.ts";

/** In the order of the table. */
export const attacks: readonly Attack[] = [...failing, ...ringing, ...replaying, ...flooding, ...misleading];

/** None takes longer, in ms: one that hangs is open. */
const limit = 90_000;

/** Attacks under way at one time, beside those that only wait: more, and the program is short of a processor. */
const atOnce = 3;

/** Makes all attacks; the outcomes are in their order. */
export async function attackAll(
  chosen: readonly Attack[] = attacks,
  done: (attack: Attack, outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const make = async ([index, attack]: readonly [number, Attack]): Promise<void> => {
    const outcome = await attempt(attack);
    outcomes[index] = outcome;
    done(attack, outcome);
  };
  const all = [...chosen.entries()];
  await Promise.all(all.filter(([, { waits }]) => waits).map(make));
  const queue = all.filter(([, { waits }]) => !waits).values();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const one of queue) await make(one);
  }));
  return outcomes;
}

async function attempt(attack: Attack): Promise<Outcome> {
  try {
    return await within(limit, attack.run()) ?? { held: false, seen: `no end after ${limit / 1_000} s` };
  } catch (error) {
    return { held: false, seen: `failed: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}` };
  }
}
