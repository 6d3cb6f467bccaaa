/**
 * `[radius_server_duo_only]`: the gateway has checked the password; the field is the second factor.
 *
 * @module
 */

import { parseFactor } from "../../duo/factor.ts";
import type { Readings } from "./reading.ts";

/**
 * Reads the field: a factor or a passcode, or, where a browser login sends password and factor in one field, what stands after
 * the last comma. Anything else is most likely a password typed by mistake.
 *
 * @param unmatchedText `auto`: text that is no factor asks for an automatic push or call; the text itself is thrown away.
 */
export function readDuoOnly(field: string, unmatchedText: "browser" | "auto" | "reject"): Readings {
  const comma = field.lastIndexOf(",");
  const factor = parseFactor(field) ?? (comma >= 0 ? parseFactor(field.slice(comma + 1)) : undefined) ??
    (unmatchedText === "auto" ? { kind: "auto" as const } : undefined);
  return factor ? { kind: "readings", readings: [{ password: "", factor }] } : { kind: "unrecognized" };
}
