/**
 * A machine of a few files in memory, for tests of the configuration.
 *
 * @module
 */

import type { ConfigHost, FileInfo } from "../../lib/config/host.ts";

/** A file in memory, with its permission bits. */
export interface MemoryFile {
  readonly bytes: Uint8Array;
  /** Default 0o640. */
  readonly mode?: number;
}

/** The day on which all these tests take place. */
const today = Date.parse("2026-11-25T12:00:00Z");

/** Keys of the right form, for files that are read and never used. */
export const ikey = "DI9876543210ABCDEFGH";
/** @see ikey */
export const skey = "abcdefghij0123456789abcdefghij0123456789";

/** The content of a key file, of the octets 0 to 31. Golden files hold values that it protected. */
export const keyText = "duoproxy-key-v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

const encoder = new TextEncoder();

/** The octets of a text in UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * The files that golden configurations may name, beside the configuration itself. Certificates come from
 * `tests/config/files`; keys are only the frame of one, for nothing here opens them.
 */
export async function fixtureFiles(): Promise<Readonly<Record<string, MemoryFile>>> {
  const read = (name: string): Promise<Uint8Array> => Deno.readFile(new URL(`./files/${name}`, import.meta.url));
  const ca = await read("ca.pem");
  const expired = await read("expired.pem");
  return {
    "conf/ca.pem": { bytes: ca, mode: 0o644 },
    "conf/expired.pem": { bytes: expired },
    "conf/mixed.pem": { bytes: new Uint8Array([...expired, ...ca]) },
    "conf/broken.pem": { bytes: utf8("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") },
    "conf/partly.pem": {
      bytes: new Uint8Array([...utf8("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), ...ca]),
    },
    "conf/notes.txt": { bytes: utf8("no certificate here\n") },
    "conf/key.pem": { bytes: utf8("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") },
    "conf/open_key.pem": {
      bytes: utf8("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"),
      mode: 0o644,
    },
    "conf/locked.pem": {
      bytes: utf8("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
    },
    "conf/skey": { bytes: utf8(`${skey}\n`) },
    "conf/open_skey": { bytes: utf8(skey), mode: 0o644 },
    "conf/skey_bom": { bytes: utf8(`\ufeff${skey}\r\n`) },
    "conf/secret": { bytes: utf8("a secret in a file of its own\n") },
    "conf/placeholder": { bytes: utf8("replace-this-by-a-long-random-secret\n") },
    "conf/short": { bytes: utf8("short\n") },
    "conf/empty": { bytes: utf8("\n") },
    "conf/wide": { bytes: new Uint8Array([0xff, 0xfe, 0x61, 0x00]) },
    "conf/latin": { bytes: new Uint8Array([0x61, 0xe9, 0x62]) },
    "conf/nul": { bytes: new Uint8Array([0x61, 0x00, 0x62]) },
    "conf/duoproxy.key": { bytes: utf8(keyText), mode: 0o400 },
    "conf/open_protection_key": { bytes: utf8(keyText), mode: 0o644 },
    "conf/no_protection_key": { bytes: utf8("duoproxy-key-v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n") },
    "conf/long": { bytes: new Uint8Array(70_000).fill(0x61) },
    "/run/credentials/radius": { bytes: utf8("a secret that systemd handed over") },
  };
}

/** A host that has these files and a directory `conf`. It counts what is read. */
export class MemoryHost implements ConfigHost {
  readonly #files: Readonly<Record<string, MemoryFile>>;
  /** How often files were read. */
  reads = 0;
  readonly runtime: string;

  constructor(files: Readonly<Record<string, MemoryFile>>, runtime: string = "2.9.6") {
    this.#files = files;
    this.runtime = runtime;
  }

  async readFile(path: string): Promise<Uint8Array> {
    this.reads++;
    return (await this.#file(path)).bytes;
  }

  async stat(path: string): Promise<FileInfo> {
    if (path === "conf" || path === "conf/directory") return { kind: "directory", size: 0, mode: 0o755 };
    if (path === "/dev/zero") return { kind: "device", size: 0, mode: 0o666 };
    const file = await this.#file(path);
    return { kind: "file", size: file.bytes.length, mode: file.mode ?? 0o640 };
  }

  wallNow(): number {
    return today;
  }

  #file(path: string): Promise<MemoryFile> {
    if (path === "conf/forbidden") return Promise.reject(new Deno.errors.PermissionDenied(path));
    const file = this.#files[path];
    return file === undefined ? Promise.reject(new Deno.errors.NotFound(path)) : Promise.resolve(file);
  }
}
