/**
 * What can be said about a secret wherever it comes from, and the files that hold one.
 *
 * @module
 */

import { decodeText } from "../encoding.ts";
import { type Message, quoted, say } from "../message.ts";
import { isPlaceholder } from "../placeholders.ts";
import type { OptionRow } from "../row.ts";
import { Secret } from "../secrets.ts";
import type { Context, Setting, Settings } from "../section.ts";
import { hostname } from "../sections/main.ts";
import { valuePlace } from "../settings.ts";

/** Below this many octets a shared secret can be guessed from one recorded packet (RFC 2865, 3 asks for 16). */
const shortSecret = 16;

/** No secret is longer than this, in octets. */
const longestSecretFile = 65_536;

/**
 * The secret that a file holds.
 *
 * @param plain the row of the secret itself.
 * @returns undefined if there is none, which is reported.
 */
export function readSecretFile(
  context: Context,
  settings: Settings,
  setting: Setting,
  plain: OptionRow,
  bytes: Uint8Array,
  worldReadable: boolean,
): Secret | undefined {
  const { findings } = context;
  const { entry } = setting;
  const place = valuePlace(settings.section, entry);
  const name = quoted(entry.value);
  const refuse = (problem: Message, hint?: string): undefined => {
    findings.error("file-content", place, say`The file ${name} of ${entry.name} ${problem}`, hint);
    return undefined;
  };
  if (worldReadable) warnWorldReadable(context, settings, setting);
  if (bytes.length > longestSecretFile) {
    return refuse("is too long for a secret", "It must hold the secret and nothing else");
  }
  const decoded = decodeText(bytes);
  if (decoded.kind === "wide") return refuse(`is in ${decoded.encoding}`, "Save it as UTF-8");
  if (decoded.encoding !== "utf-8") return refuse("isn't UTF-8", "Save it as UTF-8");
  if (decoded.byteOrderMark) {
    findings.warning("byte-order-mark", place, say`The file ${name} begins with a byte order mark, which was skipped`);
  }
  const text = decoded.text.replace(/\r?\n$/, "");
  if (text === "") return refuse("is empty", "Put the secret into it");
  if (text.includes("\0")) return refuse("holds a NUL byte", "It must hold the secret as text and nothing else");
  const reading = plain.read(text);
  if (reading.kind === "wrong") return refuse(say`is no ${plain.name}: it ${reading.problem}`, reading.hint);
  checkSecret(context, settings, setting, plain, text);
  return new Secret(text);
}

/**
 * What can be said about a secret, wherever it comes from.
 *
 * @param plain the row of the secret itself; `setting` may be another way to give it.
 */
export function checkSecret(
  { findings }: Context,
  { section }: Settings,
  { entry }: Setting,
  plain: OptionRow,
  text: string,
): void {
  const shared = plain.type.kind === "secret" && plain.type.use === "radius";
  if (isPlaceholder(plain.type, text)) {
    findings.error(
      "placeholder",
      valuePlace(section, entry),
      `The secret of ${entry.name} is the one that the documentation shows in place of yours`,
      shared
        ? "Make a long random one, and give it to the gateway too"
        : "Copy that of your application from the Duo Admin Panel",
    );
    return;
  }
  if (!shared || new TextEncoder().encode(text).length >= shortSecret) return;
  findings.warning(
    "short-secret",
    valuePlace(section, entry),
    `The secret of ${entry.name} has fewer than ${shortSecret} octets, so it may be guessed from recorded packets`,
    "Use a random secret of 16 characters or more, on the gateway too",
  );
}

/** A file that is nobody else's business. */
export function warnWorldReadable({ findings }: Context, { section }: Settings, { entry }: Setting): void {
  findings.warning(
    "world-readable",
    valuePlace(section, entry),
    say`Every user of this machine can read the file ${quoted(entry.value)}`,
    "Take the right away with chmod o-r",
  );
}

/** A secret in the place of a host's name would be asked of name servers, and stand in logs and events. */
export function checkNames(
  { findings }: Context,
  all: readonly Settings[],
  opened: ReadonlyMap<Settings, ReadonlyMap<string, Secret>>,
): void {
  const secrets = new Set(
    [...opened.values()].flatMap((found) => [...found.values()].map((secret) => secret.reveal().toLowerCase())),
  );
  for (const { section, set } of all) {
    for (const { row, entry, value } of set.values()) {
      const name = row.type.kind === "host" || row.type.kind === "api-host" || row === hostname;
      if (!name || typeof value !== "string" || !secrets.has(value.toLowerCase())) continue;
      findings.error("wrong-value", valuePlace(section, entry), `${entry.name} is one of the file's own secrets`);
    }
  }
}
