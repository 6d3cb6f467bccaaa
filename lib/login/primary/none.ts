/**
 * `[duo_only_client]`: the gateway checks the first factor itself, so there is none to check here.
 *
 * @module
 */

import type { Primary } from "./primary.ts";

/** Accepts whatever stands in the field. */
export const noPrimary: Primary = {
  checksPassword: false,
  check: () => Promise.resolve({ kind: "accepted" }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
