/**
 * A program for `process_test.ts`: writes more events than any pipe holds, goes on working, and says so on the stream
 * that its argument names.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";
import { createEvents } from "../../lib/log/event_log.ts";
import { totalLines } from "../../lib/log/line_kind.ts";
import { authEvent } from "../kit/auth_event.ts";

const report = Deno.args[0] === "stdout" ? Deno.stdout : Deno.stderr;
const settings = { debug: true, logFormat: "text", logStdout: false, logAuthEvents: true, hostname: "h" } as const;
const log = createEvents({ stdout: Deno.stdout, stderr: Deno.stderr, clock: systemClock, settings });
const lines = 20_000;
for (let line = 0; line < lines; line++) {
  if (report === Deno.stdout) {
    log.log("info", "A line of the operational log", { line });
  } else {
    log.auth(authEvent({ request_id: String(line) }));
  }
}
// The event loop must turn while the stream takes nothing.
for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
const flushed = await log.flush(200);
await report.write(new TextEncoder().encode(`alive dropped=${totalLines(log.droppedLines) > 0} flushed=${flushed}\n`));
Deno.exit(0);
