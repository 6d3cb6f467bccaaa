/**
 * `@std/text` of Deno's standard library: what the program uses of it, under the package's own name. With JSR in reach the line
 * of deno.json reads `"@std/text": "jsr:@std/text@^1.0.0"`; see `cli.ts`.
 *
 * @module
 */

// @ts-types="./text.d.ts"
export { closestString } from "deno-std/text/closest_string.js";
// @ts-types="./text.d.ts"
export { levenshteinDistance } from "deno-std/text/levenshtein_distance.js";
