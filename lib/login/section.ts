/**
 * What a login needs to know of the section it came in through.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Answered, AuthFailure, AuthRequest, AuthResult, CallLimits, NoDevice } from "../duo/api.ts";
import type { PreauthResult } from "../duo/preauth.ts";
import type { ChallengeSeal } from "./challenge_state.ts";
import type { Events } from "./events.ts";
import type { Failmode } from "./failmode.ts";
import type { LineLimits } from "./line_limits.ts";
import type { Mode } from "./modes/mode.ts";
import type { PendingLogins } from "./joining.ts";
import type { OverloadLog } from "./overload.ts";
import type { Primary } from "./primary/primary.ts";
import type { PushLimit } from "./push_limit.ts";
import type { Slots } from "./slots.ts";

/** Duo, as far as a login goes. */
export interface DuoGate {
  preauth(user: string, ip: string | undefined, limits: CallLimits): Promise<Answered<PreauthResult>>;
  auth(request: AuthRequest, limits: CallLimits): Promise<Answered<AuthResult | NoDevice | AuthFailure>>;
}

/** A served section. Times in ms; 0 for `apiTimeout` means none. */
export interface Section {
  readonly name: string;
  readonly ikey: string;
  readonly mode: Mode;
  readonly primary: Primary;
  readonly failmode: Failmode;
  readonly exemptUsernames: ReadonlySet<string>;
  readonly loginTimeout: number;
  readonly apiTimeout: number;
  readonly joinRepeats: "strict" | "off";
  readonly duo: DuoGate;
  readonly slots: Slots;
  /** Slots that were asked for. */
  readonly maxPending: number;
  readonly overload: OverloadLog;
  readonly pending: PendingLogins;
  /** Pushes and calls of a phone that may be pending or have ended unapproved; 0: any number. */
  readonly pushLimit: number;
  readonly pushes: PushLimit;
  /** Told about each request that joined a login under way. */
  readonly joined: () => void;
  readonly challenges: ChallengeSeal;
  /** Limits what the log says about logins that Duo gave no answer to. */
  readonly lineLimits: LineLimits;
  readonly events: Events;
  readonly clock: Clock;
  /** Aborts when the proxy gives up what is still under way. */
  readonly signal: AbortSignal;
  /** True while an operator has told the proxy not to ask Duo. */
  readonly primaryOnly: () => boolean;
}
