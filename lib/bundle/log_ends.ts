/**
 * The ends of the logs, for whoever helps.
 *
 * @module
 */

import { findLogFiles } from "../install/log_files.ts";
import type { ReadPart } from "../log/file_tail.ts";

/** How much of a log is shown: its last bytes, of these the last lines, and of each line so many characters. */
const most = { bytes: 128 * 1024, lines: 200, characters: 2_000 } as const;

/** The end of a log, or why there is none. */
export interface LogEnd {
  readonly title: string;
  readonly lines: readonly string[];
}

/**
 * Reads the ends of both logs of a configuration. Never rejects.
 *
 * @param bytes the configuration; undefined if it can't be read.
 * @param show takes out of a line what must not be shown.
 */
export async function readLogEnds(
  config: string,
  bytes: Uint8Array | undefined,
  readPart: ReadPart,
  show: (text: string) => string,
): Promise<readonly LogEnd[]> {
  const files = findLogFiles(config, bytes);
  if ("refused" in files) return [{ title: "Logs", lines: ["Not shown: [main] does not say where they are"] }];
  const { mainLog, eventLog } = files;
  return [
    mainLog === undefined
      ? { title: "Operational log", lines: ["Not shown: it goes to syslog (log_syslog)"] }
      : await readEnd("Operational log", mainLog, readPart, show),
    await readEnd("Auth events", eventLog, readPart, show),
  ];
}

async function readEnd(
  title: string,
  path: string,
  readPart: ReadPart,
  show: (text: string) => string,
): Promise<LogEnd> {
  const told = (what: string): LogEnd => ({ title, lines: [`${show(path)}: ${what}`] });
  try {
    const whole = await readPart(path, 0, 0);
    if (whole === undefined) return told("doesn't exist");
    const from = Math.max(0, whole.size - most.bytes);
    const part = await readPart(path, from, most.bytes);
    if (part === undefined) return told("doesn't exist");
    const lines = new TextDecoder().decode(part.bytes).split("\n");
    // The first one is most likely the end of a line, and might be that of a secret.
    if (from > 0) lines.shift();
    if (lines.at(-1) === "") lines.pop();
    const shown = lines.slice(-most.lines).map((line) => {
      const safe = show(line);
      return safe.length > most.characters ? `${safe.slice(0, most.characters)}...` : safe;
    });
    const head = `${show(path)}: ${whole.size} octets, the last ${shown.length} lines`;
    return { title, lines: [head, ...shown] };
  } catch (error) {
    return told(
      error instanceof Deno.errors.PermissionDenied ? "can't be read by the user this runs as" : "can't be read",
    );
  }
}
