/**
 * `test_connectivity_on_startup`: the checks of the world outside, into the log, beside the logins.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import type { Events } from "../login/events.ts";
import { type Machine, systemMachine } from "./machine.ts";
import { outsideChecks } from "./outside.ts";
import { runChecks } from "./runner.ts";

/** How long all checks may take, in ms. */
const timeout = 60_000;

/**
 * Checks what the configuration needs outside and logs each result; never rejects, never stops anything. File, ports and
 * limits are left out: `serve` has told what is wrong with them.
 *
 * @param signal ends it early, with nothing more logged.
 */
export async function logConnectivity(
  config: Config,
  events: Pick<Events, "log">,
  signal: AbortSignal,
  machine: Machine = systemMachine,
): Promise<void> {
  const { servers } = config;
  try {
    const results = await runChecks({ findings: [], sections: [], servers }, {
      machine,
      checks: outsideChecks,
      timeout,
      signal,
    });
    if (signal.aborted) return;
    for (const { name, section, status, message, remedy } of results) {
      const level = status === "failed" ? "error" : status === "warning" ? "warning" : "info";
      events.log(level, `Connectivity check ${name}: ${message}${remedy === null ? "" : `. ${remedy}`}`, {
        section,
        check: name,
        status,
      });
    }
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    events.log("error", `The connectivity check ended with an internal error, a bug in duoproxy: ${text}`);
  }
}
