/**
 * What the server's end of RADIUS tells beside its answers.
 *
 * @module
 */

/** Why a datagram was dropped without an answer. */
export type DropReason =
  | "malformed"
  | "unknown-client"
  | "code"
  | "bad-message-authenticator"
  | "bad-request-authenticator"
  | "no-message-authenticator"
  | "proxy-state"
  | "draining"
  | "overload";

/** A datagram that was dropped. */
export interface Drop {
  readonly reason: DropReason;
  /** The address it came from. */
  readonly source: string;
  /** Section of the gateway; absent if there is none, or if it wasn't looked for. */
  readonly section?: string;
}

/**
 * What became of a request that came again: its login is under way, its answer was sent once more, or it was rejected since
 * its answer isn't kept any more.
 */
export type RepeatKind = "pending" | "answered" | "replay";

/** Told what a server does beside answering. No method may throw. */
export interface ServerObserver {
  /** A datagram was dropped. */
  dropped(drop: Drop): void;
  /** A request came again and began no login. */
  repeated(kind: RepeatKind): void;
  /** An Accounting-Request of a section's gateway was acknowledged. */
  acknowledged(section: string): void;
  /** A line for the operational log. Lines about one reason and one address come at most once a minute. */
  log(
    level: "debug" | "info" | "warning" | "error",
    message: string,
    fields?: Readonly<Record<string, string | number>>,
  ): void;
}
