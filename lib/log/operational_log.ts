/**
 * The operational log: what the program does, for people (`text`) or for programs (`json`).
 *
 * Records, levels and timestamps are LogTape's; its sink is ours, since its own ends the process when the
 * disk is full. LogTape's global configuration is not used: two proxies in one process, as in tests, must not share
 * a log, and a reload changes the format of one.
 *
 * @module
 */

import { getTextFormatter, type LogRecord, type TextFormatter } from "@logtape/logtape";
import type { LogFields, LogLevel } from "../login/events.ts";
import { escapeText, escapeValue, safeJson } from "./escape.ts";

/** How lines look: `log_format` of `[main]`. */
export type LogFormat = "text" | "json";

/** `2026-11-25T01:02:03.456Z [level] message key=value`. */
const formatText: TextFormatter = getTextFormatter({
  timestamp: "rfc3339",
  level: "full",
  sanitize: false,
  lineEnding: "lf",
  format: ({ timestamp, level, record }) => {
    const fields = Object.entries(fieldsOf(record)).map(([key, value]) => ` ${escapeText(key)}=${escapeValue(value)}`);
    return `${timestamp} [${level}] ${escapeText(messageOf(record))}${fields.join("")}`;
  },
});

/** `{"timestamp": ..., "level": ..., "message": ..., field: value ...}`; fields can't take the place of the first three. */
const formatJson: TextFormatter = (record) => {
  const head = {
    timestamp: new Date(record.timestamp).toISOString(),
    level: record.level,
    message: messageOf(record),
  };
  return safeJson({ ...head, ...fieldsOf(record), ...head });
};

/** One line, without line end. */
export function formatLine(format: LogFormat, record: LogRecord): string {
  return format === "json" ? formatJson(record) : formatText(record).replace(/\n$/, "");
}

/** A record as LogTape has it. `time` is in milliseconds since the Unix epoch. */
export function logRecord(time: number, level: LogLevel, message: string, fields: LogFields = {}): LogRecord {
  return {
    category: ["duoproxy"],
    level,
    message: [message],
    rawMessage: message,
    timestamp: time,
    properties: fields,
  };
}

function messageOf(record: LogRecord): string {
  return record.message.map(String).join("");
}

function fieldsOf(record: LogRecord): LogFields {
  const fields: Record<string, string | number | boolean | null> = {};
  for (const [key, value] of Object.entries(record.properties)) {
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    fields[key] = plain ? value : value === null || value === undefined ? null : String(value);
  }
  return fields;
}
