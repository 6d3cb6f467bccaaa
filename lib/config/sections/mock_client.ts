/**
 * `[mock_client]`: a client of the old proxy's own tests. Not served, and not shown.
 *
 * @module
 */

import type { SectionTable } from "../section.ts";

/** `[mock_client]`. */
export const mockClient: SectionTable = {
  type: "mock_client",
  kind: "hidden",
  fate: "not-served",
  reason: "it belongs to the old proxy's own tests",
  doc: "A client of the old proxy's own tests. Not served.",
  rows: [],
};
