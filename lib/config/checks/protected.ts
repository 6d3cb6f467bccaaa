/**
 * Opens protected values with the key file, and says why one can't be opened.
 *
 * @module
 */

import { type ConfigHost, readWhole } from "../host.ts";
import { quoted, say } from "../message.ts";
import { openProtected, parseKey, type ProtectedForm, type ProtectionKey } from "../protected.ts";
import type { OptionRow } from "../row.ts";
import { Secret } from "../secrets.ts";
import type { Context, Setting, Settings } from "../section.ts";
import { valuePlace, withRemark } from "../settings.ts";
import { checkSecret } from "./secret.ts";

/** A value that no key of ours opens. */
export function reportForm(
  { findings }: Context,
  { section }: Settings,
  { entry, row, number }: Setting,
  kind: Exclude<ProtectedForm["kind"], "sealed">,
): void {
  const place = valuePlace(section, entry);
  const suffix = number === undefined ? "" : `_${number}`;
  const plain = `${row.variantOf}${suffix}`;
  switch (kind) {
    case "windows":
      findings.error(
        "protected-value",
        place,
        `The value of ${entry.name} was protected on Windows and can't be opened here`,
        `Put the secret in plain into ${plain}, into a file named by ${row.variantOf}_file${suffix}, or protect it again with \`duoproxy encrypt\``,
      );
      break;
    case "damaged":
      findings.error(
        "changed-value",
        place,
        `The value of ${entry.name} is no longer a whole protected value`,
        withRemark(entry.value, protectAgain),
      );
      break;
    case "other-version":
      findings.error(
        "wrong-value",
        place,
        `The value of ${entry.name} was protected by another version of duoproxy, in a form that isn't known here`,
        protectAgain,
      );
      break;
    case "none":
      findings.error(
        "wrong-value",
        place,
        `${entry.name} takes what \`duoproxy encrypt\` prints`,
        `If this is the secret itself, the option is ${plain}`,
      );
  }
}

const protectAgain = "Protect the secret again with `duoproxy encrypt`";

/** Reads the key; undefined if that can't be done, which is reported with the option that needs it. */
export async function openKey(
  { findings }: Context,
  { section }: Settings,
  { entry }: Setting,
  keyFile: string,
  host: ConfigHost,
): Promise<ProtectionKey | undefined> {
  const place = valuePlace(section, entry);
  const name = quoted(keyFile);
  const content = await readWhole(host, keyFile);
  if (content.kind === "unreadable") {
    findings.error(
      "protection-key",
      place,
      say`${entry.name} can't be opened, for the key file ${name} ${content.problem}`,
      "Copy it from where the value was protected, or name it with --key-file; without it the secret must be entered again",
    );
    return undefined;
  }
  const key = parseKey(content.bytes);
  if (key === undefined) {
    findings.error(
      "protection-key",
      place,
      say`${entry.name} can't be opened, for the key file ${name} holds no key`,
      "Restore the file: it holds one line, duoproxy-key-v1: and 44 characters",
    );
    return undefined;
  }
  if (content.worldReadable) {
    findings.warning(
      "world-readable",
      place,
      say`Every user of this machine can read the key file ${name}, so protected values protect nothing`,
      "Take the right away with chmod 400",
    );
  }
  return key;
}

/**
 * Opens a value with its key.
 *
 * @param plain the row of the secret itself.
 * @returns undefined if that can't be done, which is reported.
 */
export function openSealed(
  context: Context,
  settings: Settings,
  setting: Setting,
  plain: OptionRow,
  form: Extract<ProtectedForm, { kind: "sealed" }>,
  key: ProtectionKey,
): Secret | undefined {
  const { findings } = context;
  const { entry } = setting;
  const place = valuePlace(settings.section, entry);
  const opened = openProtected(key, form);
  if (opened.kind === "foreign") {
    findings.error(
      "foreign-key",
      place,
      `The value of ${entry.name} was protected with the key ${form.keyId}, but the key file holds ${key.id}`,
      "Copy the value's key file here, or protect the secret again with `duoproxy encrypt`",
    );
    return undefined;
  }
  if (opened.kind === "changed") {
    findings.error(
      "changed-value",
      place,
      `The value of ${entry.name} was changed after it was protected, or a part of it is missing`,
      protectAgain,
    );
    return undefined;
  }
  const reading = plain.read(opened.text);
  if (reading.kind === "wrong") {
    findings.error(
      "wrong-value",
      place,
      say`The secret in ${entry.name} is no ${plain.name}: it ${reading.problem}`,
      reading.hint,
    );
    return undefined;
  }
  checkSecret(context, settings, setting, plain, opened.text);
  return new Secret(opened.text);
}
