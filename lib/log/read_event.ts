/**
 * Lines of authevents.log, read back: ours, and those that the old proxy left in the same file.
 *
 * @module
 */

import * as v from "valibot";

const time = v.pipe(v.string(), v.check((text) => !Number.isNaN(Date.parse(text))));
const optionalText = v.nullish(v.string(), null);

/** What every event has, and what ours have more. */
const eventLine = v.object({
  timestamp: time,
  msg: v.string(),
  username: optionalText,
  status: v.picklist(["Allow", "Reject", "Error", "Challenge"]),
  factor: optionalText,
  nas_ip: optionalText,
  reason: optionalText,
  latency_ms: v.nullish(v.number(), null),
  count: v.nullish(v.number(), null),
});

/** The line that stands where lines were dropped. */
const gapLine = v.object({ timestamp: time, msg: v.string(), lines_dropped: v.number() });

/** An event as it was logged; null is what the line does not say. */
export type LoggedEvent = v.InferOutput<typeof eventLine>;

/** What a line holds. `time` is in milliseconds since the Unix epoch, `fields` is the line as it stands. */
export type LoggedLine =
  | { readonly kind: "event"; readonly time: number; readonly event: LoggedEvent; readonly fields: object }
  | { readonly kind: "gap"; readonly time: number; readonly msg: string; readonly fields: object };

/** Reads a line; undefined if it holds neither an event nor a gap, such as a line of the operational log with log_stdout. */
export function readEvent(line: string): LoggedLine | undefined {
  const fields = parse(line);
  if (fields === undefined) return undefined;
  const event = v.safeParse(eventLine, fields);
  if (event.success) return { kind: "event", time: Date.parse(event.output.timestamp), event: event.output, fields };
  const gap = v.safeParse(gapLine, fields);
  return gap.success ? { kind: "gap", time: Date.parse(gap.output.timestamp), msg: gap.output.msg, fields } : undefined;
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
