/**
 * What a login comes to.
 *
 * @module
 */

/** A decision about a login, in no protocol's words: the front that the request came through says it in its own. `text` is for the user. */
export type Verdict =
  | {
    readonly kind: "accept";
    readonly text: string;
    /** Duo's groups of the user, where the section's mode tells them. */
    readonly groups: readonly string[];
  }
  | { readonly kind: "reject"; readonly text: string }
  | {
    readonly kind: "challenge";
    readonly text: string;
    /** Comes back with the answer, see {@link import("./challenge_state.ts").ChallengeSeal}. */
    readonly state: Uint8Array;
  };
