/**
 * The files in PEM form: certificates and private keys.
 *
 * @module
 */

import { inspectCertificates, inspectPrivateKey } from "../certificates.ts";
import { quoted, say } from "../message.ts";
import type { Context, Setting, Settings } from "../section.ts";
import { valuePlace } from "../settings.ts";
import { warnWorldReadable } from "./secret.ts";

/** A private key must be one, and not encrypted. */
export function checkKey(
  context: Context,
  settings: Settings,
  setting: Setting,
  bytes: Uint8Array,
  worldReadable: boolean,
): void {
  const state = inspectPrivateKey(new TextDecoder().decode(bytes));
  if (state === "key") {
    if (worldReadable) warnWorldReadable(context, settings, setting);
    return;
  }
  context.findings.error(
    "file-content",
    valuePlace(settings.section, setting.entry),
    say`The file ${quoted(setting.entry.value)} of ${setting.entry.name} holds ${
      state === "none" ? "no private key in PEM form" : "an encrypted private key"
    }`,
    state === "none" ? undefined : "Remove the passphrase with `openssl pkey`",
  );
}

/** True if the file can be used. */
export function checkCertificates(
  { findings }: Context,
  { section }: Settings,
  { entry, row }: Setting,
  pem: string,
  now: number,
): boolean {
  const place = valuePlace(section, entry);
  const file = say`The file ${quoted(entry.value)} of ${entry.name}`;
  const { readable, valid, broken, lastEnd } = inspectCertificates(pem, now);
  if (readable === 0) {
    const problem = broken > 0
      ? "holds no certificate that can be read"
      : pem.trim() === ""
      ? "is empty"
      : "holds no certificate in PEM form";
    findings.error(
      "file-content",
      place,
      say`${file} ${problem}`,
      "It must hold blocks that begin with -----BEGIN CERTIFICATE-----",
    );
    return false;
  }
  if (broken > 0) {
    findings.warning(
      "file-content",
      place,
      say`${file} holds ${broken} certificate${broken === 1 ? "" : "s"} that can't be read`,
    );
  }
  if (valid > 0) return true;
  const when = lastEnd !== undefined && lastEnd < now
    ? `the last one ended on ${new Date(lastEnd).toISOString().slice(0, 10)}`
    : "they begin in the future";
  if (row.type.kind === "file" && row.type.content === "duo-authorities") {
    findings.error(
      "certificates-expired",
      place,
      say`${file} holds no certificate that is valid today: ${when}`,
      "Duo could not be reached, and failmode=safe would let everyone in: use a current bundle, or remove the option to use the roots that come with the program",
    );
    return false;
  }
  findings.warning(
    "certificates-expired",
    place,
    say`${file} holds no certificate that is valid today: ${when}`,
    "Renew it",
  );
  return true;
}

/** True for runtimes before 2.9, whose TLS adds the authorities that it is given to those that it comes with. */
export function addsToRoots(runtime: string): boolean {
  const [major = 0, minor = 0] = runtime.split(".").map(Number);
  return major < 2 || (major === 2 && minor < 9);
}

/** Says so of the first file that it concerns. */
export function warnTrust({ findings }: Context, { section }: Settings, { entry }: Setting): void {
  findings.warning(
    "trust-not-alone",
    valuePlace(section, entry),
    "The authorities of http_ca_certs_file are trusted besides those that come with the program, not alone: this build's runtime can't do otherwise",
    "Certificates must carry Duo's name all the same; a build on a newer runtime trusts the file alone",
  );
}
