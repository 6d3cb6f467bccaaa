/**
 * Opens the files that options name: secrets, certificates and keys; and protected values. Checks secrets wherever they
 * come from.
 *
 * @module
 */

import { inspectCertificates, inspectPrivateKey } from "../certificates.ts";
import { decodeText } from "../encoding.ts";
import { besideConfig, type ConfigHost, type FileContent, readWhole } from "../host.ts";
import { type Message, quoted, say } from "../message.ts";
import { type Network, parseNetwork } from "../../net/network.ts";
import { findRow, type OptionRow } from "../options.ts";
import { isPlaceholder } from "../placeholders.ts";
import { openProtected, parseKey, type ProtectedForm, protectedForm, type ProtectionKey } from "../protected.ts";
import { Secret } from "../secrets.ts";
import { numbered, optionPlace, type Setting, type Settings, valuePlace, withRemark } from "../read_settings.ts";
import { readValue } from "../values/words.ts";
import type { Context } from "./context.ts";

/** What the files held. */
export interface OpenedFiles {
  /** Secrets by section and key, such as `skey` and `radius_secret_1`, wherever they came from. */
  readonly secrets: ReadonlyMap<Settings, ReadonlyMap<string, Secret>>;
  /** PEM text by the setting that names the file. */
  readonly certificates: ReadonlyMap<Setting, string>;
}

/** Below this many octets a shared secret can be guessed from one recorded packet (RFC 2865, 3 asks for 16). */
const shortSecret = 16;

/** No secret is longer than this, in octets. */
const longestSecretFile = 65_536;

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
  const certificates = new Map<Setting, string>();
  // Thousands of sections may name one file.
  const cache = new Map<string, Promise<FileContent>>();
  const open = (path: string): Promise<FileContent> => {
    const full = besideConfig(configFile, path);
    const known = cache.get(full) ?? readWhole(host, full);
    cache.set(full, known);
    return known;
  };
  let key: Promise<ProtectionKey | undefined> | undefined;
  let trustSaid = !addsToRoots(host.runtime);
  const all = context.main === undefined ? context.sections : [context.main, ...context.sections];
  for (const settings of all) {
    const found = new Map<string, Secret>();
    secrets.set(settings, found);
    for (const setting of settings.set.values()) {
      const { type } = setting.row;
      if (typeof setting.value !== "string") continue;
      if (type.kind === "secret" || type.kind === "secret-key") {
        found.set(setting.key, new Secret(setting.value));
        checkSecret(context, settings, setting, setting.row, setting.value);
      } else if (type.kind === "protected") {
        const form = protectedForm(setting.value);
        if (form.kind !== "sealed") {
          reportForm(context, settings, setting, form.kind);
          continue;
        }
        // What is wrong with the key is said once, where it is needed first.
        key ??= openKey(context, settings, setting, keyFile, host);
        const opened = await key;
        const secret = opened && openSealed(context, settings, setting, form, opened);
        if (secret !== undefined) found.set(secretKey(setting), secret);
      } else if (type.kind === "file") {
        const content = await open(setting.value);
        if (content.kind === "unreadable") {
          context.findings.error(
            "file-unreadable",
            valuePlace(settings.section, setting.entry),
            say`The file ${quoted(setting.value)} of ${setting.entry.name} ${content.problem}`,
            withRemark(setting.entry.value, "Relative paths are seen from the configuration file's directory"),
          );
        } else if (type.content === "secret") {
          const secret = readSecretFile(context, settings, setting, content.bytes, content.worldReadable);
          if (secret !== undefined) found.set(secretKey(setting), secret);
        } else if (type.content === "private-key") {
          checkKey(context, settings, setting, content.bytes, content.worldReadable);
        } else {
          const pem = new TextDecoder().decode(content.bytes);
          if (!checkCertificates(context, settings, setting, pem, host.wallNow())) continue;
          certificates.set(setting, pem);
          if (!trustSaid && setting.row.name === "http_ca_certs_file") {
            trustSaid = true;
            warnTrust(context, settings, setting);
          }
        }
      }
    }
    checkEqualAddresses(context, settings, found);
  }
  checkNames(context, all, secrets);
  return { secrets, certificates };
}

/** The key of the secret that a file stands for: `radius_secret_1` for `radius_secret_file_1`. */
function secretKey({ row, number }: Setting): string {
  const base = row.variantOf ?? row.name;
  return number === undefined ? base : `${base}_${number}`;
}

/** A value that no key of ours opens. */
function reportForm(
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
async function openKey(
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

function openSealed(
  context: Context,
  settings: Settings,
  setting: Setting,
  form: Extract<ProtectedForm, { kind: "sealed" }>,
  key: ProtectionKey,
): Secret | undefined {
  const { findings } = context;
  const { entry, row } = setting;
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
  const base = findRow(settings.table, row.variantOf ?? row.name);
  const reading = base && readValue(base.type, opened.text);
  if (reading?.kind === "wrong") {
    findings.error(
      "wrong-value",
      place,
      say`The secret in ${entry.name} is no ${base?.name ?? ""}: it ${reading.problem}`,
      reading.hint,
    );
    return undefined;
  }
  if (base !== undefined) checkSecret(context, settings, setting, base, opened.text);
  return new Secret(opened.text);
}

function readSecretFile(
  { findings, ...context }: Context,
  settings: Settings,
  setting: Setting,
  bytes: Uint8Array,
  worldReadable: boolean,
): Secret | undefined {
  const { entry, row } = setting;
  const place = valuePlace(settings.section, entry);
  const name = quoted(entry.value);
  const refuse = (problem: Message, hint?: string): undefined => {
    findings.error("file-content", place, say`The file ${name} of ${entry.name} ${problem}`, hint);
    return undefined;
  };
  if (worldReadable) warnWorldReadable({ findings, ...context }, settings, setting);
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
  const base = findRow(settings.table, row.variantOf ?? row.name);
  const reading = base && readValue(base.type, text);
  if (reading?.kind === "wrong") return refuse(say`is no ${base?.name ?? ""}: it ${reading.problem}`, reading.hint);
  if (base !== undefined) checkSecret({ findings, ...context }, settings, setting, base, text);
  return new Secret(text);
}

/** What can be said about a secret, wherever it comes from. */
function checkSecret(
  { findings }: Context,
  { section }: Settings,
  { entry }: Setting,
  row: OptionRow,
  text: string,
): void {
  const shared = row.name === "radius_secret" || row.name === "secret";
  if (isPlaceholder(row.type, text)) {
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

function warnWorldReadable({ findings }: Context, { section }: Settings, { entry }: Setting): void {
  findings.warning(
    "world-readable",
    valuePlace(section, entry),
    say`Every user of this machine can read the file ${quoted(entry.value)}`,
    "Take the right away with chmod o-r",
  );
}

function checkKey(
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
function checkCertificates(
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
  if (row.name === "http_ca_certs_file") {
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

/** A secret in the place of a host's name would be asked of name servers, and stand in logs and events. */
function checkNames(
  { findings }: Context,
  all: readonly Settings[],
  opened: ReadonlyMap<Settings, ReadonlyMap<string, Secret>>,
): void {
  const secrets = new Set(
    [...opened.values()].flatMap((found) => [...found.values()].map((secret) => secret.reveal().toLowerCase())),
  );
  for (const { section, set } of all) {
    for (const { row, entry, value } of set.values()) {
      const name = row.type.kind === "host" || row.type.kind === "api-host" || row.name === "hostname";
      if (!name || typeof value !== "string" || !secrets.has(value.toLowerCase())) continue;
      findings.error("wrong-value", valuePlace(section, entry), `${entry.name} is one of the file's own secrets`);
    }
  }
}

/** True for runtimes before 2.9, whose TLS adds the authorities that it is given to those that it comes with. */
function addsToRoots(runtime: string): boolean {
  const [major = 0, minor = 0] = runtime.split(".").map(Number);
  return major < 2 || (major === 2 && minor < 9);
}

function warnTrust({ findings }: Context, { section }: Settings, { entry }: Setting): void {
  findings.warning(
    "trust-not-alone",
    valuePlace(section, entry),
    "The authorities of http_ca_certs_file are trusted besides those that come with the program, not alone: this build's runtime can't do otherwise",
    "Certificates must carry Duo's name all the same; a build on a newer runtime trusts the file alone",
  );
}

/** One address twice in a section is accepted if both say the same. */
function checkEqualAddresses({ findings }: Context, settings: Settings, secrets: ReadonlyMap<string, Secret>): void {
  const seen = new Map<string, Setting>();
  for (const setting of numbered(settings, "radius_ip")) {
    const network = typeof setting.value === "string" ? parseNetwork(setting.value) : undefined;
    if (network === undefined) continue;
    const key = networkKey(network);
    const before = seen.get(key);
    if (before === undefined) {
      seen.set(key, setting);
      continue;
    }
    const a = secrets.get(`radius_secret_${before.number}`);
    const b = secrets.get(`radius_secret_${setting.number}`);
    const rule = "radius_require_message_authenticator";
    const sameRule =
      settings.set.get(`${rule}_${before.number}`)?.value === settings.set.get(`${rule}_${setting.number}`)?.value;
    if (a === undefined || b === undefined || (a.equals(b) && sameRule)) continue;
    findings.error(
      "conflicting-secrets",
      optionPlace(settings.section, setting.entry),
      `${setting.entry.name} is the same network as ${before.entry.name} on line ${before.entry.line}, with another ${
        a.equals(b) ? "rule for Message-Authenticator" : "secret"
      }`,
      "Remove one of the two",
    );
  }
}

/** Equal for networks with the same addresses. */
export function networkKey(network: Network): string {
  return `${network.family} ${network.first} ${network.last}`;
}
