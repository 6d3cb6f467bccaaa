/**
 * A login as one readable line, for the file that operators follow.
 *
 * @module
 */

import type { AuthEvent, LogLevel } from "../login/events.ts";
import { escapeValue } from "./escape.ts";

/** What an operator should look at is a warning: nobody decided about the login, or failmode did. */
export function levelOf({ status, failmode }: AuthEvent): LogLevel {
  return status === "Error" || failmode !== null ? "warning" : "info";
}

/**
 * The line, such as `alice push approved in 3.2 s, radius_server_duo_only, gateway 192.0.2.1`. Words of others come last, so that
 * they can't pass for ours.
 */
export function describeLogin(event: AuthEvent): string {
  const { username, factor, latency_ms: took, server_section: section, nas_ip: gateway, msg, count } = event;
  const where = `${section}, gateway ${gateway}`;
  if (count !== undefined) return `${where}: ${msg}`;
  const who = username === null ? "(no name)" : escapeValue(username);
  const how = `${factor === null ? "" : `${factor} `}${ending(event)}`;
  const line = `${who} ${how} in ${(took / 1_000).toFixed(1)} s, ${where}`;
  return event.reason === "approved" ? line : `${line}: ${msg}`;
}

function ending({ status, reason, joined }: AuthEvent): string {
  switch (status) {
    case "Allow":
      return joined
        ? "let in with the login it repeats"
        : reason === "approved"
        ? "approved"
        : "let in without a second factor";
    case "Challenge":
      return "asked for";
    case "Error":
      return "rejected";
    case "Reject":
      return joined ? "rejected with the login it repeats" : rejections[reason] ?? "rejected";
  }
}

/** How a reject is called, where there is a better word than "rejected". */
const rejections: Readonly<Record<string, string | undefined>> = {
  "denied": "denied",
  "timeout": "timed out",
  "fraud": "reported as fraud",
  "locked-out": "locked out",
  "sms-sent": "sent",
};
