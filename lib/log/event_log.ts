/**
 * Where events and log lines go: stdout and stderr, one bounded writer each.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { AuthEvent, Events, LogFields, LogLevel } from "../login/events.ts";
import { formatAuthEvent, formatDroppedEvents } from "./auth_events.ts";
import { FloodGuard, isForgeable } from "./flood_guard.ts";
import { addLines, type LineCounts, type LineKind, totalLines } from "./line_kind.ts";
import { type ByteStream, LineWriter } from "./line_writer.ts";
import { describeLogin, levelOf } from "./login_line.ts";
import { formatLine, type LogFormat } from "./operational_log.ts";

/** What of a configuration shapes the log; a reload may change all of it. */
export interface LogSettings {
  /** `debug` of `[main]`: without it, debug lines are left out. */
  readonly debug: boolean;
  readonly logFormat: LogFormat;
  /** The operational log goes to stdout too. */
  readonly logStdout: boolean;
  /** Auth events are written at all. */
  readonly logAuthEvents: boolean;
  /** This machine's name in auth events. */
  readonly hostname: string;
}

/** What {@link createEvents} needs. */
export interface EventLogOptions {
  readonly stdout: ByteStream;
  readonly stderr: ByteStream;
  readonly clock: Clock;
  readonly settings: LogSettings;
  /** Bounds of each writer; the defaults are those of {@link LineWriter}. */
  readonly maxLines?: number;
  readonly maxBytes?: number;
}

/** {@link Events} that are written: each login on both streams, as a JSON line and as a readable one. */
export interface EventLog extends Events, AsyncDisposable {
  /** Applies the settings of a new configuration to all lines from now on. */
  configure(settings: LogSettings): void;
  /** Waits until both streams took everything, at most `timeout` milliseconds; false if the time was up first. */
  flush(timeout: number): Promise<boolean>;
  /** Lines dropped since the start, on both streams. */
  readonly droppedLines: LineCounts;
}

/** Opens the log: auth events and, with `logStdout`, the operational log on stdout; the operational log on stderr. */
export function createEvents(options: EventLogOptions): EventLog {
  const { clock } = options;
  let settings = options.settings;
  let seq = 0;
  const bounds = {
    clock,
    ...(options.maxLines === undefined ? {} : { maxLines: options.maxLines }),
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
  };
  const out = new LineWriter(options.stdout, {
    ...bounds,
    notice: (dropped) => formatDroppedEvents(clock.wallNow(), settings.hostname, dropped),
  });
  const err = new LineWriter(options.stderr, {
    ...bounds,
    notice: (dropped) => {
      const total = totalLines(dropped);
      const message = `${total} ${total === 1 ? "line" : "lines"} dropped: standard error did not take them in time`;
      return formatLine(settings.logFormat, { time: clock.wallNow(), level: "warning", message, fields: dropped });
    },
  });
  const writeLine = (kind: LineKind, level: LogLevel, message: string, fields?: LogFields): void => {
    const { debug, logFormat, logStdout } = settings;
    if (level === "debug" && !debug) return;
    const line = formatLine(logFormat, { time: clock.wallNow(), level, message, fields });
    err.write(line, kind);
    if (logStdout) out.write(line, kind);
  };
  const writeEvent = (event: AuthEvent): void => {
    const kind = kindOf(event);
    writeLine(kind, levelOf(event), describeLogin(event));
    if (settings.logAuthEvents) out.write(formatAuthEvent(clock.wallNow(), settings.hostname, ++seq, event), kind);
  };
  const guard = new FloodGuard(clock, writeEvent);
  return {
    auth(event: AuthEvent): void {
      if (guard.admits(event)) writeEvent(event);
    },
    log(level: LogLevel, message: string, fields?: LogFields): void {
      writeLine("log", level, message, fields);
    },
    configure(next: LogSettings): void {
      settings = next;
    },
    async flush(timeout: number): Promise<boolean> {
      guard.settle();
      const done = await Promise.all([out.flush(timeout), err.flush(timeout)]);
      return done.every(Boolean);
    },
    get droppedLines(): LineCounts {
      return addLines(out.dropped, err.dropped);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      guard.settle();
      await Promise.all([out[Symbol.asyncDispose](), err[Symbol.asyncDispose]()]);
    },
  };
}

/** An event of a login that was accepted is the last to be dropped: it says who was let in. */
function kindOf(event: AuthEvent): LineKind {
  if (event.status === "Allow") return "allow";
  return isForgeable(event) ? "forgeable" : "event";
}
