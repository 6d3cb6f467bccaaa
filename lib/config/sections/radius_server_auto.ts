/**
 * `[radius_server_auto]`: sends a push or calls by itself, or takes a factor behind the password.
 *
 * @module
 */

import { autoMode } from "../../login/modes/auto.ts";
import type { RadiusServerConfig } from "../config.ts";
import { optional } from "../rows.ts";
import type { Context, SectionTable, Settings, SoundSection } from "../section.ts";
import { isSet, valueOf } from "../settings.ts";
import { given } from "../sound.ts";
import { boolean } from "../values/words.ts";
import {
  buildServer,
  checkPasswordServer,
  commonRows,
  passwordServer,
  pushLimit,
  summarizeServer,
} from "./shared/radius_server.ts";
import {
  allowConcatRow,
  checkUnsplit,
  delimitedPasswordLength,
  delimiter,
  factors,
  splittingRows,
} from "./shared/splitting.ts";

const allowConcat = allowConcatRow("true");

const concatMode = optional("concat_mode", boolean, "Old name of allow_concat.", {
  variantOf: "allow_concat",
  deprecated: "Write allow_concat instead",
});

/** `[radius_server_auto]`. */
export const radiusServerAuto: SectionTable = {
  ...passwordServer,
  type: "radius_server_auto",
  fate: "served",
  doc: "RADIUS server that sends a push or calls by itself, or takes a factor behind the password.",
  rows: [...commonRows, factors, ...splittingRows, allowConcat, concatMode],
  check,
  summarize: summarizeServer,
  build,
};

function check(context: Context, settings: Settings): void {
  checkPasswordServer(context, settings);
  const splits = valueOf(settings, isSet(settings, concatMode) ? concatMode : allowConcat);
  if (splits === false) checkUnsplit(context, settings, pushLimit);
}

function build(section: SoundSection): RadiusServerConfig {
  const mode = autoMode({
    factors: given(section, factors),
    delimiter: given(section, delimiter),
    delimitedPasswordLength: given(section, delimitedPasswordLength),
    allowConcat: given(section, concatMode) ?? given(section, allowConcat),
  });
  return buildServer(section, mode);
}
