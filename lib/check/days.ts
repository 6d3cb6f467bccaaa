/**
 * Dates of certificates, for people.
 *
 * @module
 */

const day = 86_400_000;

/** A certificate that ends within so many milliseconds deserves a warning. */
export const endsSoon = 14 * day;

/** A date as `2026-11-25`. */
export function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** `in 3 days`, `tomorrow` or `today`. */
export function inDays(milliseconds: number): string {
  const days = Math.floor(milliseconds / day);
  return days === 0 ? "within a day" : days === 1 ? "in 1 day" : `in ${days} days`;
}

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
