import { assertEquals } from "@std/assert";
import { parseSince } from "../../lib/cli/since.ts";

const now = Date.UTC(2026, 10, 25, 12, 0, 0);

const times: readonly (readonly [text: string, iso: string | undefined])[] = [
  ["30s", "2026-11-25T11:59:30.000Z"],
  ["15m", "2026-11-25T11:45:00.000Z"],
  ["2h", "2026-11-25T10:00:00.000Z"],
  ["3d", "2026-11-22T12:00:00.000Z"],
  ["2026-11-25", "2026-11-25T00:00:00.000Z"],
  ["2026-11-25T08:00", "2026-11-25T08:00:00.000Z"],
  ["2026-11-25 08:00:30", "2026-11-25T08:00:30.000Z"],
  ["2026-11-25T08:00z", "2026-11-25T08:00:00.000Z"],
  ["2026-11-25T08:00+01:00", "2026-11-25T07:00:00.000Z"],
  ["2026-02-30", undefined],
  ["2026-11-25T25:00", undefined],
  ["15", undefined],
  ["15 m", undefined],
  ["-15m", undefined],
  ["yesterday", undefined],
  ["", undefined],
];

for (const [text, iso] of times) {
  Deno.test(`--since ${JSON.stringify(text)} is ${iso ?? "no time"}`, () => {
    const time = parseSince(text, now);
    assertEquals(time === undefined ? undefined : new Date(time).toISOString(), iso);
  });
}
