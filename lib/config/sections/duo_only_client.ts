/**
 * `[duo_only_client]`: checks no password.
 *
 * @module
 */

import type { SectionTable } from "../section.ts";
import { generalRows } from "./shared/general.ts";

/** `[duo_only_client]`. */
export const duoOnlyClient: SectionTable = {
  type: "duo_only_client",
  kind: "client",
  fate: "served",
  doc: "Checks no password: for gateways that have done so themselves. The section may be empty.",
  rows: generalRows,
  asks: "nobody",
};
