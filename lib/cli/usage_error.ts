/**
 * What a wrong command line ends in.
 *
 * @module
 */

/** The command line is wrong: shown on stderr with a hint; the program ends with 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
