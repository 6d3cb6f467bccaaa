/**
 * The files of this machine with their owners, as the one who looks at them sees them.
 *
 * @module
 */

/** What the system says about one name in a directory. */
export interface Entry {
  readonly kind: "file" | "directory" | "link" | "other";
  /** Owner and group; null where the system has none. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** Permission bits; null where the system has none. */
  readonly mode: number | null;
}

/** A machine's files. Everything rejects with `Deno.errors.NotFound` and the like. */
export interface FileView {
  /** Looks without following a link. */
  inspect(path: string): Promise<Entry>;
  /** Where a link leads, as it is written in it. */
  readLink(path: string): Promise<string>;
  readText(path: string): Promise<string>;
  /** Names in a directory, in no order. */
  list(path: string): Promise<readonly string[]>;
}

/** This machine's own. */
export const systemFiles: FileView = {
  inspect: async (path) => {
    const { isFile, isDirectory, isSymlink, uid, gid, mode } = await Deno.lstat(path);
    return { kind: isFile ? "file" : isDirectory ? "directory" : isSymlink ? "link" : "other", uid, gid, mode };
  },
  readLink: (path) => Deno.readLink(path),
  readText: (path) => Deno.readTextFile(path),
  list: async (path) => {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(path)) names.push(name);
    return names;
  },
};
