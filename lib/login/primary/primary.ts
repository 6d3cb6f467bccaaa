/**
 * The first factor.
 *
 * @module
 */

/** Who asks and with what. */
export interface PrimaryRequest {
  readonly user: string;
  readonly password: string;
}

/** What the first factor's authority said; `text` is shown to the user. */
export type PrimaryResult =
  | { readonly kind: "accepted" }
  | { readonly kind: "rejected" | "failed"; readonly text: string; readonly reason: string };

/** Checks the first factor. It is always fail-closed. */
export type Primary = (request: PrimaryRequest) => Promise<PrimaryResult>;
