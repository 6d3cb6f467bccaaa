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

/** How long a check may take, and what ends it early. */
export interface PrimaryLimits {
  /** Monotonic milliseconds of the clock. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Who checks the first factor. It is always fail-closed; disposing of it closes the connections that it keeps. */
export interface Primary extends AsyncDisposable {
  /** Whether it looks at the password at all; where it does not, who needs no second factor needs no password here either. */
  readonly checksPassword: boolean;
  check(request: PrimaryRequest, limits: PrimaryLimits): Promise<PrimaryResult>;
}
