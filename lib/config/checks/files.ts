/**
 * Opens the files that options name: secrets, certificates and keys; and protected values. Checks secrets wherever they
 * come from.
 *
 * @module
 */

import { besideConfig, type ConfigHost, type FileContent, readWhole } from "../host.ts";
import type { IniEntry } from "../ini.ts";
import { quoted, say } from "../message.ts";
import { protectedForm, type ProtectionKey } from "../protected.ts";
import type { FileType, OptionRow } from "../row.ts";
import { Secret } from "../secrets.ts";
import type { Context, Setting, Settings } from "../section.ts";
import { keyOf, valuePlace, withRemark } from "../settings.ts";
import { addsToRoots, checkCertificates, checkKey, warnTrust } from "./pem.ts";
import { openKey, openSealed, reportForm } from "./protected.ts";
import { checkNames, checkSecret, readSecretFile } from "./secret.ts";

/** What the files held. */
export interface OpenedFiles {
  /** Secrets by section and key, such as `skey` and `radius_secret_1`, wherever they came from. */
  readonly secrets: ReadonlyMap<Settings, ReadonlyMap<string, Secret>>;
  /** PEM text by the line that names the file. */
  readonly certificates: ReadonlyMap<IniEntry, string>;
}

/**
 * Opens all files of a configuration and checks all secrets.
 *
 * @param configFile the configuration file, from whose directory relative paths are seen.
 * @param keyFile what opens protected values; read only if there are any.
 */
export async function openFiles(
  context: Context,
  configFile: string,
  keyFile: string,
  host: ConfigHost,
): Promise<OpenedFiles> {
  const secrets = new Map<Settings, Map<string, Secret>>();
  const certificates = new Map<IniEntry, string>();
  // Thousands of sections may name one file.
  const cache = new Map<string, Promise<FileContent>>();
  let key: Promise<ProtectionKey | undefined> | undefined;
  let trustSaid = !addsToRoots(host.runtime);
  const all = context.main === undefined ? context.sections : [context.main, ...context.sections];
  for (const settings of all) {
    const found = new Map<string, Secret>();
    secrets.set(settings, found);
    for (const setting of settings.set.values()) {
      const { row: { type }, value, number } = setting;
      if (typeof value !== "string") continue;
      const plain = plainRow(settings, setting.row);
      let secret: Secret | undefined;
      if (type.kind === "secret" || type.kind === "secret-key") {
        secret = new Secret(value);
        checkSecret(context, settings, setting, plain, value);
      } else if (type.kind === "protected") {
        secret = await unseal(settings, setting, plain, value);
      } else if (type.kind === "file") {
        const content = await open(settings, setting, value);
        if (content !== undefined && type.content === "secret") {
          secret = readSecretFile(context, settings, setting, plain, content.bytes, content.worldReadable);
        } else if (content !== undefined && type.content === "private-key") {
          checkKey(context, settings, setting, content.bytes, content.worldReadable);
        } else if (content !== undefined) {
          takeCertificates(settings, setting, type.content, new TextDecoder().decode(content.bytes));
        }
      }
      if (secret !== undefined) found.set(keyOf(plain, number), secret);
    }
    settings.table.checkSecrets?.(context, settings, found);
  }
  checkNames(context, all, secrets);
  return { secrets, certificates };

  async function unseal(
    settings: Settings,
    setting: Setting,
    plain: OptionRow,
    value: string,
  ): Promise<Secret | undefined> {
    const form = protectedForm(value);
    if (form.kind !== "sealed") {
      reportForm(context, settings, setting, form.kind);
      return undefined;
    }
    // What is wrong with the key is said once, where it is needed first.
    key ??= openKey(context, settings, setting, keyFile, host);
    const opened = await key;
    return opened && openSealed(context, settings, setting, plain, form, opened);
  }

  async function open(
    settings: Settings,
    setting: Setting,
    path: string,
  ): Promise<Extract<FileContent, { kind: "read" }> | undefined> {
    const full = besideConfig(configFile, path);
    const reading = cache.get(full) ?? readWhole(host, full);
    cache.set(full, reading);
    const content = await reading;
    if (content.kind === "read") return content;
    context.findings.error(
      "file-unreadable",
      valuePlace(settings.section, setting.entry),
      say`The file ${quoted(path)} of ${setting.entry.name} ${content.problem}`,
      withRemark(setting.entry.value, "Relative paths are seen from the configuration file's directory"),
    );
    return undefined;
  }

  function takeCertificates(settings: Settings, setting: Setting, content: FileType, pem: string): void {
    if (!checkCertificates(context, settings, setting, pem, host.wallNow())) return;
    certificates.set(setting.entry, pem);
    if (trustSaid || content !== "duo-authorities") return;
    trustSaid = true;
    warnTrust(context, settings, setting);
  }
}

/** The row of the option that a row is another way to give; the row itself if it is none. */
function plainRow({ table }: Settings, row: OptionRow): OptionRow {
  return table.rows.find(({ name }) => name === row.variantOf) ?? row;
}
