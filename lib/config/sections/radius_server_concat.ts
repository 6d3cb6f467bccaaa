/**
 * `[radius_server_concat]`: insists on password, delimiter and factor in one field.
 *
 * @module
 */

import { concatMode } from "../../login/modes/concat.ts";
import type { RadiusServerConfig } from "../config.ts";
import { optional } from "../rows.ts";
import type { SectionTable, SoundSection } from "../section.ts";
import { given } from "../sound.ts";
import { text } from "../values/words.ts";
import { buildServer, commonRows, passwordServer, summarizeServer } from "./shared/radius_server.ts";
import { delimitedPasswordLength, delimiter, splittingRows } from "./shared/splitting.ts";

const delimeter = optional("delimeter", text, "Misspelt form of delimiter that the old proxy accepted.", {
  variantOf: "delimiter",
  deprecated: "Write delimiter instead",
});

/** `[radius_server_concat]`. */
export const radiusServerConcat: SectionTable = {
  ...passwordServer,
  type: "radius_server_concat",
  fate: "served",
  doc: "RADIUS server that insists on password, delimiter and factor in one field.",
  rows: [...commonRows, ...splittingRows, delimeter],
  summarize: summarizeServer,
  build,
};

function build(section: SoundSection): RadiusServerConfig {
  const mode = concatMode({
    delimiter: given(section, delimeter) ?? given(section, delimiter),
    delimitedPasswordLength: given(section, delimitedPasswordLength),
  });
  return buildServer(section, mode);
}
