/**
 * "Did you mean": the known word that a misspelt one most likely stands for.
 *
 * @module
 */

import { closestString, levenshteinDistance } from "@std/text";

/**
 * The candidate that is nearest to a word, without case: at most 3 letters and at most half the word apart. Of several
 * equally near ones the first counts.
 *
 * @returns undefined if no candidate is near.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  const most = Math.min(3, Math.floor(wanted.length / 2));
  // The distance is never less than the difference in length: a word of a megabyte costs nothing.
  const near = [...candidates].filter((candidate) => Math.abs(candidate.length - wanted.length) <= most);
  if (near.length === 0) return undefined;
  const best = closestString(wanted, near);
  return distanceWithin(wanted, best.toLowerCase(), most) ? best : undefined;
}

/** True if two words are at most so many changed, missing or added letters apart, with regard to case. */
export function distanceWithin(a: string, b: string, most: number): boolean {
  return Math.abs(a.length - b.length) <= most && levenshteinDistance(a, b) <= most;
}
