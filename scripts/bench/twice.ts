/**
 * A port that was free a moment ago may be taken by now, so whatever needs one is tried twice.
 *
 * @module
 */

import { complain } from "../print.ts";

/**
 * Does something that chooses a port of its own; once more if it fails, having said why.
 *
 * @throws the error of the second time.
 */
export async function twice<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}; trying again with another port`);
    return await attempt();
  }
}
