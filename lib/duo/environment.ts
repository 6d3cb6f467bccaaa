/**
 * Empties the environment that npm packages see, before any of them is loaded.
 *
 * undici looks at one variable when its parser starts. The binary ignores the environment by a flag, but started with net and
 * read alone, as from a checkout, the look would throw in the middle of a login, or ask on a terminal.
 *
 * @module
 */

import process from "node:process";

Object.defineProperty(process, "env", { value: {}, configurable: true, enumerable: true, writable: true });
