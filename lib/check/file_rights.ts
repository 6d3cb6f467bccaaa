/**
 * Whether a user could read a file, judged by owner, group and mode of it and of every directory on the way to it
 * (path_resolution(7)). Access control lists can't be seen with the rights that the program has.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { User } from "./accounts.ts";
import type { Entry, FileView } from "./file_view.ts";

/** What came of it. */
export type Access =
  | {
    readonly kind: "allowed";
    /** The file's path without links. */
    readonly real: string;
  }
  | Denied
  | {
    /** One of the names on the way can't be looked at by whoever runs this. */
    readonly kind: "unknown";
    readonly place: string;
  };

/** The file itself, or a directory on the way, keeps the user out. */
export interface Denied {
  readonly kind: "denied";
  readonly place: string;
  readonly entry: Entry;
  /** Whose bits are the ones that count for the user. */
  readonly judged: "owner" | "group" | "others";
}

/** As many links as Linux follows. */
const mostLinks = 40;

const bits = { read: 4, pass: 1 } as const;

/**
 * Follows a path as the kernel would for the user.
 *
 * @param path absolute.
 */
export async function canRead(files: FileView, user: User, path: string): Promise<Access> {
  const rest = path.split("/");
  let links = 0;
  let here = "/";
  let place = here;
  try {
    let entry = await files.inspect(here);
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      if (name === "" || name === ".") continue;
      const keeper = judge(user, entry, bits.pass);
      if (keeper !== undefined) return { kind: "denied", place: here, entry, judged: keeper };
      place = name === ".." ? dirname(here) : join(here, name);
      const next = await files.inspect(place);
      if (next.kind !== "link") {
        here = place;
        entry = next;
        continue;
      }
      if (++links > mostLinks) return { kind: "unknown", place };
      const target = await files.readLink(place);
      rest.unshift(...target.split("/"));
      if (target.startsWith("/")) {
        here = "/";
        entry = await files.inspect(here);
      }
    }
    const keeper = judge(user, entry, bits.read);
    if (keeper !== undefined) return { kind: "denied", place: here, entry, judged: keeper };
    return { kind: "allowed", real: here };
  } catch {
    return { kind: "unknown", place };
  }
}

/** Whose bits keep the user out; undefined if none do. Only the first of the three that applies counts. */
function judge(user: User, { uid, gid, mode }: Entry, bit: number): Denied["judged"] | undefined {
  if (uid === null || gid === null || mode === null || user.uid === 0) return undefined;
  if (uid === user.uid) return (mode >> 6 & bit) === 0 ? "owner" : undefined;
  if (user.gids.has(gid)) return (mode >> 3 & bit) === 0 ? "group" : undefined;
  return (mode & bit) === 0 ? "others" : undefined;
}
