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
