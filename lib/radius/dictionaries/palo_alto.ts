/**
 * Attributes of Palo Alto Networks.
 *
 * @module
 */

import type { AttributeRow } from "./row.ts";

/** Vendor 25461. */
export const paloAltoAttributes: readonly AttributeRow[] = [
  ["PaloAlto-Admin-Role", 1, "text"],
  ["PaloAlto-Admin-Access-Domain", 2, "text"],
  ["PaloAlto-Panorama-Admin-Role", 3, "text"],
  ["PaloAlto-Panorama-Admin-Access-Domain", 4, "text"],
  ["PaloAlto-User-Group", 5, "text"],
  ["PaloAlto-User-Domain", 6, "text"],
  ["PaloAlto-Client-Source-IP", 7, "text"],
  ["PaloAlto-Client-OS", 8, "text"],
  ["PaloAlto-Client-Hostname", 9, "text"],
  ["PaloAlto-GlobalProtect-Client-Version", 10, "text"],
];
