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

/** Who checks the first factor. It is always fail-closed. */
export interface Primary {
  /** Whether it looks at the password at all; where it does not, who needs no second factor needs no password here either. */
  readonly checksPassword: boolean;
  check(request: PrimaryRequest): Promise<PrimaryResult>;
}
