/**
 * The compiled program of this machine, for tests that need it as users get it.
 *
 * @module
 */

import { compiledPath as usual, whyStale } from "../../../scripts/compile/compiled.ts";
import { binary } from "../../kit/program.ts";

/** Where it is: what `scripts/test.ts --binary` names, else where `deno task compile` puts it. */
export const compiledPath: string = binary ?? usual;

/** Why there is no compiled program to test, looked up once. Undefined if it can be tested. */
export const missingCompiled: string | undefined = binary === undefined ? whyStale() : undefined;

/**
 * The compiled program under another version of the same length: the one before, or after, the one that is tested. What
 * it has of deno.json is embedded as text, so a copy needs no compiler.
 */
export function otherVersion(program: Uint8Array<ArrayBuffer>, from: string, to: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const [wanted, replacement] = [from, to].map((version) => encoder.encode(`version: "${version}"`));
  if (wanted === undefined || replacement === undefined || wanted.length !== replacement.length) {
    throw new Error(`${from} and ${to} are not of the same length`);
  }
  const copy = program.slice();
  const text = new TextDecoder("latin1").decode(copy);
  const place = text.indexOf(new TextDecoder("latin1").decode(wanted));
  if (place < 0) throw new Error(`the compiled program doesn't hold its version ${from}`);
  copy.set(replacement, place);
  return copy;
}
