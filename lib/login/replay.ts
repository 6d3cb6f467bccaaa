/**
 * What becomes of a request that was answered long ago and comes again: a gateway never does that, but whoever has captured a
 * signed request can. Neither a primary nor Duo is asked.
 *
 * @module
 */

import type { AccessRequest } from "../radius/request.ts";
import type { Verdict } from "../radius/response.ts";
import { Attempt } from "./attempt.ts";
import { readClaim } from "../front/radius/credentials.ts";
import type { Section } from "./section.ts";

const text = "This login was answered before: begin a new one";

/**
 * Rejects a replay.
 *
 * @param report whether an event says so: anybody can send replays, so not each of them may write one.
 */
export function rejectReplay(request: AccessRequest, section: Section, report: boolean): Verdict {
  if (!report) return { kind: "reject", message: text };
  const attempt = new Attempt(request, section);
  attempt.user = readClaim(request).user ?? null;
  return attempt.reject({
    stage: "Unknown",
    reason: "replay",
    text,
    event: "A signed request that was answered before came again: somebody may have captured it",
  });
}
