/**
 * `[duo_only_client]`: the gateway checks the first factor itself, so there is none to check here.
 *
 * @module
 */

import type { PrimaryResult } from "./primary.ts";

/** Accepts whatever stands in the field. */
export function noPrimary(): Promise<PrimaryResult> {
  return Promise.resolve({ kind: "accepted" });
}
