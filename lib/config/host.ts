/**
 * The files that a configuration is read from, behind an interface, and what can be wrong with each of them.
 *
 * @module
 */

import { dirname, isAbsolute, join } from "node:path";

/** What `stat` says about a file. */
export interface FileInfo {
  readonly kind: "file" | "directory" | "device" | "other";
  /** In octets. */
  readonly size: number;
  /** Unix permission bits; null where the system has none. */
  readonly mode: number | null;
}

/** What {@link loadConfig} needs of the machine. */
export interface ConfigHost {
  /** Reads a whole file. Rejects with `Deno.errors.NotFound` and the like. */
  readFile(path: string): Promise<Uint8Array>;
  /** Rejects as `readFile` does. */
  stat(path: string): Promise<FileInfo>;
  /** Milliseconds since the Unix epoch: certificates are compared with it. */
  wallNow(): number;
  /** Version of the runtime, such as `2.9.6`: older ones can do less. */
  readonly runtime: string;
}

/** This machine's own files. */
export const systemHost: ConfigHost = {
  readFile: (path) => Deno.readFile(path),
  stat: async (path) => {
    const info = await Deno.stat(path);
    const kind = info.isFile
      ? "file"
      : info.isDirectory
      ? "directory"
      : info.isCharDevice || info.isBlockDevice
      ? "device"
      : "other";
    return { kind, size: info.size, mode: info.mode };
  },
  wallNow: () => Date.now(),
  runtime: Deno.version.deno,
};

/** A file that was read, or why it couldn't be. */
export type FileContent =
  | { readonly kind: "read"; readonly bytes: Uint8Array; readonly worldReadable: boolean }
  | {
    readonly kind: "unreadable";
    /** Continues a sentence that begins with the file's name. */
    readonly problem: string;
  };

/** No configuration and no bundle of certificates comes near this size, in octets. */
const sizeLimit = 64 * 1024 * 1024;

/** Reads a whole file and says in words what hinders it. Never rejects. */
export async function readWhole(host: ConfigHost, path: string): Promise<FileContent> {
  try {
    const info = await host.stat(path);
    if (info.kind === "directory") return { kind: "unreadable", problem: "is a directory" };
    // Reading /dev/zero would never end.
    if (info.kind === "device") return { kind: "unreadable", problem: "is a device" };
    if (info.size > sizeLimit) return { kind: "unreadable", problem: "is larger than 64 MiB" };
    const bytes = await host.readFile(path);
    const worldReadable = info.kind === "file" && info.mode !== null && (info.mode & 0o004) !== 0;
    return { kind: "read", bytes, worldReadable };
  } catch (error) {
    return { kind: "unreadable", problem: reason(error) };
  }
}

/** A path of the configuration: relative ones are seen from the configuration file's directory. */
export function besideConfig(configFile: string, path: string): string {
  return isAbsolute(path) || /^[A-Za-z]:[\\/]/.test(path) ? path : join(dirname(configFile), path);
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "doesn't exist";
  if (error instanceof Deno.errors.PermissionDenied) return "can't be read by the user this runs as";
  if (error instanceof Deno.errors.NotCapable) {
    return "may not be read, for the program was started without the right to";
  }
  if (error instanceof Deno.errors.IsADirectory) return "is a directory";
  if (error instanceof Deno.errors.NotADirectory) return "doesn't exist: a part of its path is no directory";
  if (error instanceof Deno.errors.FilesystemLoop) return "can't be read: its links lead in a circle";
  // A NUL in a path is a TypeError, and there may be more that no class of its own names.
  return "can't be read";
}
