/**
 * Protected secrets: sealed with AES-256-GCM (NIST SP 800-38D) by a key in a file of its own, so that a copy of the
 * configuration, or a look at it, gives nothing away. Who has the file and its key has the secrets.
 *
 * A value is `duoproxy1:<key id>:<base64>`; the base64 holds 12 octets of nonce, the sealed text, and 16 octets of tag.
 * What stands before the base64 is authenticated too. The option's name isn't, for it isn't known when a secret is
 * protected: a value may be moved to another option, as a plain one may.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { concat } from "@std/bytes";

/** Name of the key file beside the configuration. */
export const keyFileName = "duoproxy.key";

/** What the one line of a key file begins with. */
const keyPrefix = "duoproxy-key-v1:";

/** What a protected value begins with. */
const valuePrefix = "duoproxy1:";

/** The first octets of every DPAPI blob in base64: its version, and the identifier of its provider. */
const windowsPrefix = "AQAAANCMnd8";

// In octets.
const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

/** A key, as it was read from its file. */
export interface ProtectionKey {
  /** Eight hexadecimal digits that name the key and don't give it away. */
  readonly id: string;
  /** 32 octets. */
  readonly octets: Uint8Array<ArrayBuffer>;
}

/**
 * Reads the content of a key file: `duoproxy-key-v1:` and 32 octets in base64, alone on one line.
 *
 * @returns undefined if it is anything else.
 */
export function parseKey(content: Uint8Array): ProtectionKey | undefined {
  const text = new TextDecoder().decode(content.subarray(0, 256));
  const match = /^duoproxy-key-v1:([A-Za-z0-9+/]{43}=)(?:\r?\n)?$/.exec(content.length > 256 ? "" : text);
  const octets = match?.[1] === undefined ? undefined : fromBase64(match[1]);
  return octets?.length === keyLength ? { id: keyId(octets), octets } : undefined;
}

/** The label keeps the hash from being of use for anything else. */
function keyId(octets: Uint8Array): string {
  return createHash("sha256").update("duoproxy key id").update(octets).digest("hex").slice(0, 8);
}

/**
 * Protects a secret. Each call gives another value, for each has a nonce of its own.
 *
 * @param nonce 12 octets that were never used with this key before.
 */
export function protect(key: ProtectionKey, secret: string, nonce: Uint8Array = randomBytes(nonceLength)): string {
  const head = `${valuePrefix}${key.id}:`;
  const cipher = createCipheriv("aes-256-gcm", key.octets, nonce, { authTagLength: tagLength });
  cipher.setAAD(new TextEncoder().encode(head));
  const sealed = concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `${head}${sealed.toBase64()}`;
}

/** What a text is, as far as can be seen without a key. */
export type ProtectedForm =
  | { readonly kind: "sealed"; readonly keyId: string; readonly head: string; readonly base64: string }
  /** Made on Windows, by DPAPI. */
  | { readonly kind: "windows" }
  /** Made by a version of this program that is not known here. */
  | { readonly kind: "other-version" }
  /** It begins as a protected value does, but is none: a part is missing, or more than that was added. */
  | { readonly kind: "damaged" }
  | { readonly kind: "none" };

/** Recognises protected values. */
export function protectedForm(text: string): ProtectedForm {
  if (text.startsWith(windowsPrefix)) return { kind: "windows" };
  const match = /^(duoproxy1:([0-9a-f]{8}):)([A-Za-z0-9+/]+={0,2})$/.exec(text);
  if (match !== null) {
    const [, head = "", id = "", base64 = ""] = match;
    return { kind: "sealed", keyId: id, head, base64 };
  }
  if (text.startsWith(valuePrefix)) return { kind: "damaged" };
  return /^duoproxy[0-9]{1,9}:/.test(text) ? { kind: "other-version" } : { kind: "none" };
}

/** What opening a value came to. */
export type Opened =
  | { readonly kind: "opened"; readonly text: string }
  /** Another key made it. */
  | { readonly kind: "foreign" }
  /** It isn't what this key made. */
  | { readonly kind: "changed" };

/** Opens a protected value. Never throws. */
export function openProtected(key: ProtectionKey, form: Extract<ProtectedForm, { kind: "sealed" }>): Opened {
  if (form.keyId !== key.id) return { kind: "foreign" };
  const whole = fromBase64(form.base64);
  if (whole === undefined || whole.length <= nonceLength + tagLength) return { kind: "changed" };
  try {
    const nonce = whole.subarray(0, nonceLength);
    // Without a fixed length some runtimes take a tag of four octets, which can be guessed.
    const decipher = createDecipheriv("aes-256-gcm", key.octets, nonce, { authTagLength: tagLength });
    decipher.setAAD(new TextEncoder().encode(form.head));
    decipher.setAuthTag(whole.subarray(whole.length - tagLength));
    const first = decipher.update(whole.subarray(nonceLength, whole.length - tagLength));
    const octets = new Uint8Array([...first, ...decipher.final()]);
    return { kind: "opened", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets) };
  } catch {
    return { kind: "changed" };
  }
}

/** Undefined if it isn't base64 in its one correct spelling (RFC 4648, 3.5). */
function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}

/**
 * One line of sh that makes a key file. It replaces none: without the key nothing that it protected can be opened.
 *
 * @param quotedPath the file's path as a word of the shell.
 */
export function keyCommand(quotedPath: string): string {
  return `(umask 077; set -C; printf '${keyPrefix}%s\\n' "$(head -c 32 /dev/urandom | base64 | tr -d '\\n')" >${quotedPath})`;
}
