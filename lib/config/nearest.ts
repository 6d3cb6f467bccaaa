/**
 * "Did you mean": the known word that a misspelt one most likely stands for.
 *
 * @module
 */

// The package has no types.
// @ts-types="./levenshtein.d.ts"
import { levenshteinDistance } from "deno-std/text/levenshtein_distance.js";

/**
 * The candidate that is nearest to a word, without case: at most 3 letters and at most half the word apart. Of several
 * equally near ones the first counts.
 *
 * @returns undefined if no candidate is near.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.floor(wanted.length / 2)) + 1;
  for (const candidate of candidates) {
    // The distance is never less than the difference in length: a word of a megabyte costs nothing.
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const distance = levenshteinDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** True if two words are at most so many changed, missing or added letters apart, with regard to case. */
export function distanceWithin(a: string, b: string, most: number): boolean {
  return Math.abs(a.length - b.length) <= most && levenshteinDistance(a, b) <= most;
}
