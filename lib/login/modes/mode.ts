/**
 * What a mode makes of the password field.
 *
 * @module
 */

import type { TypedFactor } from "../../duo/factor.ts";

/** One way to understand the field. Without a factor the section's list decides. */
export interface Reading {
  /** The part for the first factor. */
  readonly password: string;
  readonly factor: TypedFactor | undefined;
}

/** Ways to understand the field, to be tried in this order until the first factor is right; or none. */
export type Readings =
  | { readonly kind: "readings"; readonly readings: readonly [Reading, ...Reading[]] }
  /** What was typed is no factor, so it must not be sent to anybody. */
  | { readonly kind: "unrecognized" };
