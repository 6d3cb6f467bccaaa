/**
 * The operational log: what the program does, for people (`text`) or for programs (`json`).
 *
 * The lines are ours, and no logging library's: what a user typed would be a template to one (`{skey}` in a user name asks
 * for the field of that name), its configuration belongs to the whole process while a reload changes that of one proxy,
 * and its time is not the injected clock's.
 *
 * @module
 */

import type { LogFields, LogLevel } from "../login/events.ts";
import { escapeText, escapeValue, safeJson } from "./escape.ts";

/** How lines look: `log_format` of `[main]`. */
export type LogFormat = "text" | "json";

/** What a line says. */
export interface LogRecord {
  /** In milliseconds since the Unix epoch. */
  readonly time: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: LogFields | undefined;
}

/** One line, without line end. */
export function formatLine(format: LogFormat, record: LogRecord): string {
  return format === "json" ? formatJson(record) : formatText(record);
}

/** `2026-11-25T01:02:03.456Z [level] message key=value`. */
function formatText({ time, level, message, fields = {} }: LogRecord): string {
  const shown = Object.entries(fields).map(([key, value]) => ` ${escapeText(key)}=${escapeValue(value)}`);
  return `${new Date(time).toISOString()} [${level}] ${escapeText(message)}${shown.join("")}`;
}

/** `{"timestamp": ..., "level": ..., "message": ..., field: value ...}`; fields can't take the place of the first three. */
function formatJson({ time, level, message, fields }: LogRecord): string {
  const head = { timestamp: new Date(time).toISOString(), level, message };
  return safeJson({ ...head, ...fields, ...head });
}
