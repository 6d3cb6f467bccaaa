/**
 * `[radius_server_challenge]`: shows a menu of factors in a challenge.
 *
 * @module
 */

import { preset } from "../rows.ts";
import type { Context, SectionTable, Settings } from "../section.ts";
import { boolean, choice } from "../values/words.ts";
import { checkEqualAddresses } from "./shared/gateways.ts";
import {
  anyClient,
  checkRadiusServer,
  checkTextIsPassword,
  commonRows,
  radiusSockets,
} from "./shared/radius_server.ts";

/** `[radius_server_challenge]`. */
export const radiusServerChallenge: SectionTable = {
  type: "radius_server_challenge",
  kind: "server",
  fate: "not-served",
  reason: "the challenge mode isn't built yet",
  doc: "RADIUS server that shows a menu of factors in a challenge.",
  rows: [
    ...commonRows,
    preset(
      "prompt_format",
      choice(["console", "html", "short"]),
      "console",
      "Form of the menu in the challenge.",
    ),
    preset(
      "enroll_challenge",
      boolean,
      "true",
      "Whether the text for users without a device is a challenge (true) or a reject.",
    ),
  ],
  check,
  checkSecrets: checkEqualAddresses,
  firstFactor: anyClient,
  sockets: radiusSockets,
};

function check(context: Context, settings: Settings): void {
  checkRadiusServer(context, settings);
  checkTextIsPassword(context, settings);
}
