/**
 * The program's version, from deno.json: the one place where it is written.
 *
 * @module
 */

import project from "../deno.json" with { type: "json" };

/** Version of duoproxy, such as `0.1.0`. */
export const version: string = project.version;

/** What runs it: `deno 2.9.6, x86_64-unknown-linux-gnu`. */
export const platform: string = `deno ${Deno.version.deno}, ${Deno.build.target}`;

/** Whether what runs the program is of this release or a later one. */
export function runtimeIsAtLeast(major: number, minor: number): boolean {
  const [first = 0, second = 0] = Deno.version.deno.split(".").map(Number);
  return first > major || (first === major && second >= minor);
}
