/**
 * `@std/cli` of Deno's standard library: what the program uses of it, under the package's own name.
 *
 * The import map of deno.json leads here because npm's repack of the library has no types. Where JSR is in reach, that line
 * reads `"@std/cli": "jsr:@std/cli@^1.0.0"` instead, and nothing else has to change: tests/std/std_test.ts holds the names to
 * those of the package.
 *
 * @module
 */

// @ts-types="./cli.d.ts"
export { parseArgs } from "deno-std/cli/parse_args.js";
