/**
 * How often each phone rings, as its owner counts it.
 *
 * @module
 */

import type { PendingRequest } from "../../lib/simulator/cloud.ts";
import { minute } from "./clock.ts";
import type { DuoCall } from "./duo.ts";

/** How long a push counts, in ms. */
const memory = 5 * minute;

interface Push {
  readonly at: number;
  readonly call: DuoCall;
  approved: boolean;
}

/** The pushes and calls of all phones, by the process that asked for them. */
export class PushCount {
  readonly #pushes = new Map<string, Push[]>();
  /** When a user approved something last. */
  readonly #approved = new Map<string, number>();

  /** A phone rings. @returns how often it has in five minutes, without what was approved and what an approval has forgiven. */
  rang(call: DuoCall, { deviceId, username }: PendingRequest): number {
    const device = `${call.run} ${deviceId}`;
    const forgiven = this.#approved.get(`${call.run} ${username}`) ?? -1;
    const counted = (this.#pushes.get(device) ?? []).filter(({ at, approved }) =>
      at > call.at - memory && at > forgiven && !approved
    );
    counted.push({ at: call.at, call, approved: false });
    this.#pushes.set(device, counted);
    return counted.length;
  }

  /** A user has approved what was asked of her by a call. */
  approved(call: DuoCall, now: number): void {
    this.#approved.set(`${call.run} ${call.user}`, now);
    for (const pushes of this.#pushes.values()) {
      for (const push of pushes) if (push.call === call) push.approved = true;
    }
  }
}
