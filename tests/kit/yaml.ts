/**
 * Reads YAML, for tests of the workflows: `@std/yaml` of Deno's standard library, with types.
 *
 * @module
 */

// @ts-types="./yaml.d.ts"
export { parse } from "deno-std/yaml/parse.js";
