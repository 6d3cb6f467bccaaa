/**
 * Types for what `yaml.ts` takes from Deno's standard library.
 *
 * @module
 */

/**
 * Reads one document of YAML.
 *
 * @throws {SyntaxError} if it is none.
 */
export function parse(content: string): unknown;
