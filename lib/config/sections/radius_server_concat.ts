/**
 * `[radius_server_concat]`: insists on password, delimiter and factor in one field.
 *
 * @module
 */

import { optional } from "../rows.ts";
import type { SectionTable } from "../section.ts";
import { text } from "../values/words.ts";
import { commonRows, passwordServer } from "./shared/radius_server.ts";
import { splittingRows } from "./shared/splitting.ts";

/** `[radius_server_concat]`. */
export const radiusServerConcat: SectionTable = {
  ...passwordServer,
  type: "radius_server_concat",
  fate: "not-served",
  reason: "the concat mode isn't built yet",
  doc: "RADIUS server that insists on password, delimiter and factor in one field.",
  rows: [
    ...commonRows,
    ...splittingRows,
    optional("delimeter", text, "Misspelt form of delimiter that the old proxy accepted.", {
      variantOf: "delimiter",
      deprecated: "Write delimiter instead",
    }),
  ],
};
