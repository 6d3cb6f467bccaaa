/**
 * What a process lends to each reading of its configuration: what must live through reloads.
 *
 * @module
 */

import type { ServiceMeans } from "../duo/open.ts";
import type { AnsweredChallenges } from "../login/challenge_state.ts";
import type { Events } from "../login/events.ts";
import type { PendingLogins } from "../login/joining.ts";
import type { PushLimit } from "../login/push_limit.ts";
import type { Slots } from "../login/slots.ts";

/** What the process lends to each generation. */
export interface Surroundings extends ServiceMeans {
  readonly events: Events;
  readonly pending: PendingLogins;
  readonly pushes: PushLimit;
  readonly answered: AnsweredChallenges;
  readonly slots: Slots;
  readonly observer: ServiceObserver;
  readonly primaryOnly: () => boolean;
}

/** Told what metrics count. */
export interface ServiceObserver {
  joined(section: string): void;
  /** A call to Duo ended; `untrusted` where the certificate that was shown was not accepted. */
  duoCall(path: string, milliseconds: number, outcome: string): void;
}
