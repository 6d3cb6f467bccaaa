/**
 * `[radius_server_duo_only]`: the gateway has checked the password; the field is the second factor.
 *
 * @module
 */

import { parseAppendedFactor, parseFactor, type TypedFactor } from "../../duo/factor.ts";
import { trimBlanks } from "../../text.ts";
import type { Mode, Readings } from "./mode.ts";

/** Setting of `unmatched_text`: whether text that is no factor asks for an automatic push or call. */
export type UnmatchedTextSetting = "browser" | "auto" | "reject";

/** What becomes of text that is no factor: most likely it is a password typed by mistake, so it goes nowhere itself. */
export interface UnmatchedText {
  readonly setting: UnmatchedTextSetting;
  /** Whether the gateway says that the login comes from a browser, which has no field for a factor. */
  readonly fromBrowser: boolean;
}

/** The mode duo_only. */
export function duoOnlyMode(unmatchedText: UnmatchedTextSetting): Mode {
  return {
    name: "duo_only",
    form: { holds: "factor", needsPassword: false, join: (_password, factor) => factor },
    tellsGroups: true,
    read: (field, fromBrowser) => readDuoOnly(field, { setting: unmatchedText, fromBrowser }),
    next: (_choices, typed) => typed === undefined ? { kind: "none" } : { kind: "factor", factor: typed },
    readAnswer: undefined,
  };
}

/** Something that a person can have typed: more than blanks and format characters, such as a lone byte order mark. */
const visible = /[^\p{White_Space}\p{Cf}]/u;

/**
 * Reads the field: a factor or a passcode, or, where a browser login sends password and factor in one field, what stands after
 * the last comma. Nothing behind it is no factor: many a password ends in a comma.
 */
export function readDuoOnly(field: string, { setting, fromBrowser }: UnmatchedText): Readings {
  const asksAnyway = setting === "auto" || (setting === "browser" && fromBrowser);
  const factor = parseFactor(field) ?? behindComma(field) ??
    (asksAnyway && visible.test(field) ? { kind: "auto" as const } : undefined);
  if (factor) return { kind: "readings", readings: [{ password: "", factor }] };
  return {
    kind: "unrecognized",
    text: "Enter push, phone, sms or a passcode",
    event: "The password field holds neither a factor nor a passcode; it was not sent to Duo",
  };
}

function behindComma(field: string): TypedFactor | undefined {
  const comma = field.lastIndexOf(",");
  if (comma < 0) return undefined;
  const appended = field.slice(comma + 1);
  return trimBlanks(appended) === "" ? undefined : parseAppendedFactor(appended);
}
