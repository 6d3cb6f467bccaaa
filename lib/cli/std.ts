/**
 * The parts of Deno's standard library that the command line uses, with types: its npm repack has none of its own.
 *
 * @module
 */

// @ts-types="./std_parse_args.d.ts"
export { parseArgs } from "deno-std/cli/parse_args.js";
