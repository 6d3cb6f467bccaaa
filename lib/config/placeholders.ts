/**
 * Values that documents show in place of somebody's own. Left in a file they would be keys that everybody knows, and an
 * API host that doesn't exist, with which `failmode=safe` would let everyone in.
 *
 * @module
 */

import type { OptionType } from "./row.ts";

/** What our README, our examples and `explain` show, in small letters. A test looks for others there. */
const shown: ReadonlySet<string> = new Set([
  "di0123456789abcdefgh",
  "0123456789abcdefghij0123456789abcdefghij",
  "api-1234abcd.duosecurity.com",
  "replace-this-by-a-long-random-secret",
]);

/** True for a value that stands for one to be filled in: one of our documents', or a key of one letter only. */
export function isPlaceholder(type: OptionType, value: string): boolean {
  switch (type.kind) {
    case "integration-key":
      return shown.has(value.toLowerCase()) || /^..(.)\1*$/.test(value);
    case "secret-key":
      return shown.has(value.toLowerCase()) || /^(.)\1*$/.test(value);
    case "api-host":
      return shown.has(value.toLowerCase()) || /^api-(.)\1{3,}\.duosecurity\.com$/i.test(value);
    case "secret":
      return shown.has(value.toLowerCase());
    default:
      return false;
  }
}
