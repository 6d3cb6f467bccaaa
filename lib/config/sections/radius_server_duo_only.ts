/**
 * `[radius_server_duo_only]`: the gateway checks the password itself, and the password field is the factor.
 *
 * @module
 */

import { duoOnlyMode } from "../../login/modes/duo_only.ts";
import type { RadiusServerConfig } from "../config.ts";
import type { OptionRow } from "../row.ts";
import type { Context, SectionTable, Settings, SoundSection } from "../section.ts";
import { given } from "../sound.ts";
import { checkEqualAddresses } from "./shared/gateways.ts";
import { checkNoUpstream } from "./shared/pass_through.ts";
import {
  buildServer,
  checkLooseEncoding,
  checkRadiusServer,
  client,
  commonRows,
  radiusSockets,
  summarizeServer,
  unmatchedText,
} from "./shared/radius_server.ts";

const idleClient = {
  ...client,
  doc: "Accepted, as in files of the old proxy: there is no password to check in this mode.",
};

/** `[radius_server_duo_only]`. */
export const radiusServerDuoOnly: SectionTable = {
  type: "radius_server_duo_only",
  kind: "server",
  fate: "served",
  doc: "RADIUS server for gateways that check the password themselves: the password field is the factor or a passcode.",
  rows: commonRows.map((row): OptionRow => row === client ? idleClient : row),
  check,
  checkSecrets: checkEqualAddresses,
  firstFactor: { row: idleClient, client: "none", check: checkLooseEncoding },
  sockets: radiusSockets,
  summarize: summarizeServer,
  build,
};

function check(context: Context, settings: Settings): void {
  checkRadiusServer(context, settings);
  checkNoUpstream(context, settings);
}

function build(section: SoundSection): RadiusServerConfig {
  return buildServer(section, duoOnlyMode(given(section, unmatchedText)));
}
