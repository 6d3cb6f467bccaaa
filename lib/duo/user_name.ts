/**
 * When two spellings are one user.
 *
 * @module
 */

import { trimBlanks } from "../text.ts";

/**
 * The name without its domain, `DOMAIN\` or `@domain`, in lower case: as Duo compares names unless an administrator wants it
 * otherwise.
 */
export function plainName(user: string): string {
  const name = trimBlanks(user.slice(user.lastIndexOf("\\") + 1)).toLowerCase();
  const at = name.indexOf("@");
  return at > 0 ? name.slice(0, at) : name;
}
