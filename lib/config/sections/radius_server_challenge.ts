/**
 * `[radius_server_challenge]`: shows a menu of factors in a challenge.
 *
 * @module
 */

import { preset } from "../rows.ts";
import type { SectionTable } from "../section.ts";
import { boolean, choice } from "../values/words.ts";
import { commonRows, passwordServer } from "./shared/radius_server.ts";

/** `[radius_server_challenge]`. */
export const radiusServerChallenge: SectionTable = {
  ...passwordServer,
  type: "radius_server_challenge",
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
};
