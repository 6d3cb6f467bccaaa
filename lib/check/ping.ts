/**
 * Duo answers, how fast, and what time it is there.
 *
 * @module
 */

import type { DuoFailure, Pong } from "../duo/api.ts";
import { span } from "../span.ts";
import { failed, ok, type Outcome, type SectionCheck, skipped, warning } from "./check.ts";

/** From here on the difference is worth a warning, in ms. */
const drift = 60_000;
/** Duo refuses calls whose date is off by more, in ms (Auth API documentation, 40105). */
const refusedFrom = 300_000;

/** `GET /auth/v2/ping`. */
export const ping: SectionCheck = {
  scope: "section",
  name: "ping",
  summary: "Whether Duo answers, and how fast",
  needs: ["tls"],
  run: async (context) => {
    const result = await context.session(context.server).ping(context);
    if (result.kind !== "pong") return explain(result, context.server.duo.apiHost);
    const latency = Math.round(result.latency);
    return ok(`Duo answered in ${latency} ms, connection set-up included`, { latency_ms: latency });
  },
};

function explain(failure: DuoFailure, host: string): Outcome {
  switch (failure.kind) {
    case "refused":
      return failed(
        "outside",
        `${host} answered ${failure.status} to ping, which Duo's API never refuses`,
        "Check that api_host is the API hostname from the application's page in the Duo Admin Panel",
        { status: failure.status },
      );
    case "delayed":
      return failed("machine", failure.detail, "Try again when this machine has less to do");
    case "overloaded":
      return failed("machine", failure.detail, "Raise the limit of open files (`ulimit -n`)");
    case "aborted":
      return failed("outside", "Duo did not answer in time", silence);
    case "duo-error":
      return notDuo(host, failure.detail);
    case "unavailable":
      if (failure.cause === "malformed") return notDuo(host, failure.detail);
      if (failure.cause === "server-error") {
        return failed(
          "outside",
          `${failure.detail}: the service is disturbed`,
          "Look at Duo's status page and try again",
          { cause: failure.cause },
        );
      }
      return failed(
        "outside",
        failure.cause === "timeout"
          ? `${host} did not answer ping in time`
          : `The call to ${host} failed: ${failure.detail}`,
        silence,
        { cause: failure.cause },
      );
  }
}

function notDuo(host: string, detail: string): Outcome {
  return failed(
    "outside",
    `What answers at ${host} is not Duo's API: ${detail}`,
    "Check api_host; a captive portal or a proxy on the way may answer in Duo's place",
    { cause: "malformed" },
  );
}

const silence = "Try again; if it stays so, look at firewalls and proxies on the way, and at Duo's status page";

/** This machine's clock against Duo's. */
export const clock: SectionCheck = {
  scope: "section",
  name: "clock",
  summary: "Whether this machine's clock agrees with Duo's",
  needs: ["ping"],
  run: async (context) => {
    const result = await context.session(context.server).ping(context);
    return result.kind === "pong" ? judge(result) : skipped("Duo's time is not known");
  },
};

function judge({ offset }: Pong): Outcome {
  const seconds = Math.round(offset / 1_000);
  const facts = { drift_seconds: Math.abs(seconds) };
  if (Math.abs(offset) < drift) {
    return ok(Math.abs(seconds) < 2 ? "In step with Duo's clock" : `${span(offset)} off`, facts);
  }
  const difference = `This machine's clock is ${span(offset)} ${offset > 0 ? "behind" : "ahead of"} Duo's`;
  return warning(
    "machine",
    Math.abs(offset) < refusedFrom
      ? difference
      : `${difference}; Duo refuses calls dated more than 5 minutes off, so the proxy dates them by Duo's clock`,
    "Set the clock and keep it with NTP (timedatectl): logs and certificates are dated by it",
    facts,
  );
}
