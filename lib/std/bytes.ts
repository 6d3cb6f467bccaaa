/**
 * `@std/bytes` of Deno's standard library: what the program uses of it, under the package's own name. With JSR in reach the
 * line of deno.json reads `"@std/bytes": "jsr:@std/bytes@^1.0.0"`; see `cli.ts`.
 *
 * @module
 */

// @ts-types="./bytes.d.ts"
export { concat } from "deno-std/bytes/concat.js";
