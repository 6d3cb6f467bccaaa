/**
 * Finds the few events that a violation needs: what can be left out without it going away is left out (delta debugging, Zeller and
 * Hildebrandt 2002).
 *
 * @module
 */

import { hour } from "./clock.ts";
import type { Violation } from "./records.ts";
import type { Action } from "./plan.ts";
import type { Setup } from "./setup.ts";
import { runWorld } from "./world.ts";

/** What is left of a plan. */
export interface Shrunk {
  readonly plan: readonly Action[];
  readonly violation: Violation;
  /** What happened in the world that is left. */
  readonly trace: readonly string[];
}

/** So many worlds are tried at most. */
const mostTries = 400;

/** Shrinks a plan whose world came to a violation. */
export async function shrink(setup: Setup, plan: readonly Action[], found: Violation): Promise<Shrunk> {
  let tries = 0;
  let last = found;
  const hours = found.at / hour;
  const fails = async (part: readonly Action[]): Promise<boolean> => {
    if (++tries > mostTries) return false;
    const { violation } = await runWorld(setup, part, hours);
    if (violation?.invariant !== found.invariant) return false;
    last = violation;
    return true;
  };
  let left: readonly Action[] = plan.filter(({ at }) => at <= found.at);
  // What happened long before has mostly no part in it.
  for (const span of [1 / 60, 0.25, 1, 6]) {
    const recent = left.filter(({ at }) => at >= found.at - span * hour);
    if (recent.length < left.length && await fails(recent)) {
      left = recent;
      break;
    }
  }
  for (let parts = 2; left.length > 1;) {
    const size = Math.ceil(left.length / parts);
    let smaller: readonly Action[] | undefined;
    for (let from = 0; from < left.length && smaller === undefined; from += size) {
      const rest = [...left.slice(0, from), ...left.slice(from + size)];
      if (await fails(rest)) smaller = rest;
    }
    if (smaller !== undefined) {
      left = smaller;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(left.length, parts * 2);
  }
  const { violation, trace } = await runWorld(setup, left, hours, true);
  return { plan: left, violation: violation ?? last, trace };
}
