/**
 * Spans of time, for people.
 *
 * @module
 */

/** A span as people say it: `45 seconds`, `10 minutes`, `3 hours`. */
export function span(milliseconds: number): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1_000);
  const [count, unit] = seconds < 120
    ? [seconds, "second"]
    : seconds < 7_200
    ? [Math.round(seconds / 60), "minute"]
    : seconds < 172_800
    ? [Math.round(seconds / 3_600), "hour"]
    : [Math.round(seconds / 86_400), "day"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
