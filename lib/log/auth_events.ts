/**
 * Auth events as JSON lines, with the field names of the old proxy's authevents.log, so that what reads that file goes
 * on reading ours.
 *
 * @module
 */

import type { AuthEvent } from "../login/events.ts";
import { safeJson } from "./escape.ts";
import { type LineCounts, totalLines } from "./line_kind.ts";

/**
 * One event as a JSON line, without line end: its own fields in the order of {@link AuthEvent}, framed by `timestamp`
 * (UTC, ISO 8601), `seq` and `hostname`.
 *
 * @param time milliseconds since the Unix epoch.
 * @param seq number of the event since the start, from 1: a gap shows what was dropped.
 */
export function formatAuthEvent(time: number, hostname: string, seq: number, event: AuthEvent): string {
  return safeJson({
    timestamp: new Date(time).toISOString(),
    msg: event.msg,
    username: event.username,
    auth_stage: event.auth_stage,
    status: event.status,
    client_ip: event.client_ip,
    server_section: event.server_section,
    server_section_ikey: event.server_section_ikey,
    factor: event.factor,
    request_id: event.request_id,
    nas_ip: event.nas_ip,
    latency_ms: event.latency_ms,
    txid: event.txid,
    device: event.device,
    failmode: event.failmode,
    reason: event.reason,
    api_version: event.api_version,
    signed: event.signed,
    joined: event.joined,
    count: event.count,
    seq,
    hostname,
  });
}

/** The line that stands in stdout where lines were dropped: JSON as well, without the fields of a login. */
export function formatDroppedEvents(time: number, hostname: string, dropped: LineCounts): string {
  const total = totalLines(dropped);
  return safeJson({
    timestamp: new Date(time).toISOString(),
    msg: `${total} ${total === 1 ? "line" : "lines"} dropped: standard output did not take them in time`,
    lines_dropped: total,
    lines_dropped_by_kind: dropped,
    hostname,
  });
}
