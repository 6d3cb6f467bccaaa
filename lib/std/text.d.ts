/** Types of `@std/text` 1, as far as they are used here, with the parameters' names and types of the package. */

/** How {@link closestString} compares. */
export interface ClosestStringOptions {
  /** Whether `a` and `A` differ; false if left out. */
  caseSensitive?: boolean;
}

/**
 * The possible word with the least {@link levenshteinDistance} to the given one; the first of several.
 *
 * Throws a `TypeError` if there is no possible word.
 */
export function closestString(
  givenWord: string,
  possibleWords: readonly string[],
  options?: ClosestStringOptions,
): string;

/** How many letters have to be added, taken away or changed to turn one text into the other. */
export function levenshteinDistance(str1: string, str2: string): number;
