/**
 * What a login reports, and to whom: one injected interface, so that no login code prints or logs.
 *
 * @module
 */

/** Where in a login an event happened; values as in the old proxy's authevents.log. */
export type AuthStage = "Primary authentication" | "Secondary authentication" | "Unknown";

/** How it ended; values as in the old proxy's authevents.log. */
export type AuthStatus = "Allow" | "Reject" | "Error" | "Challenge";

/** One line of authevents.log. Names of the old proxy first, then ours; null means "not known" or "not applicable". */
export interface AuthEvent {
  /** Text for people: Duo's words where there are any. */
  readonly msg: string;
  readonly username: string | null;
  readonly auth_stage: AuthStage;
  readonly status: AuthStatus;
  /** The end user's address as the gateway gave it. */
  readonly client_ip: string | null;
  readonly server_section: string;
  readonly server_section_ikey: string;
  readonly factor: string | null;
  /** Joins all lines of one login, in the operational log too. */
  readonly request_id: string;
  /** Address of the gateway that asked. */
  readonly nas_ip: string;
  /** Milliseconds from when its request came. */
  readonly latency_ms: number;
  /** Duo's transaction. */
  readonly txid: string | null;
  readonly device: string | null;
  /** Which failmode decided, if one did. */
  readonly failmode: "safe" | "secure" | null;
  /** A stable word for programs, such as `approved`, `denied`, `exempt`, `overloaded`, `unknown-device`. */
  readonly reason: string;
  /** Version of Duo's API that gave the answer the event is about. */
  readonly api_version: 1 | 2 | null;
  /** Whether the request came with a valid Message-Authenticator. */
  readonly signed: boolean;
  /** Whether the request repeated a login under way and got its verdict. */
  readonly joined: boolean;
  /** How many requests the event stands for, where it sums up more than one. */
  readonly count?: number;
}

/** Values that go along with a line of the operational log. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Levels of the operational log. */
export type LogLevel = "debug" | "info" | "warning" | "error" | "fatal";

/** Takes what happens. No method throws or waits. */
export interface Events {
  /** A decision about a login: written to stdout as a JSON line. */
  auth(event: AuthEvent): void;
  /** A line of the operational log. Secrets, passwords and passcodes are masked by the caller. */
  log(level: LogLevel, message: string, fields?: LogFields): void;
}
