/**
 * What becomes of a request that was answered long ago and comes again: a gateway never does that, but whoever has captured a
 * signed request can. Neither a primary nor Duo is asked.
 *
 * @module
 */

import { Attempt } from "./attempt.ts";
import type { LoginRequest } from "./request.ts";
import type { Section } from "./section.ts";
import type { Verdict } from "./verdict.ts";

const text = "This login was answered before: begin a new one";

/**
 * Rejects a replay.
 *
 * @param report whether an event says so: anybody can send replays, so not each of them may write one.
 */
export function rejectReplay(request: LoginRequest, section: Section, report: boolean): Verdict {
  if (!report) return { kind: "reject", text };
  const attempt = new Attempt(request, section);
  attempt.user = request.claim.user ?? null;
  return attempt.reject({
    stage: "Unknown",
    reason: "replay",
    text,
    event: "A signed request that was answered before came again: somebody may have captured it",
  });
}
