/**
 * Users and groups as `/etc/passwd` and `/etc/group` have them (passwd(5), group(5)). Those of a directory service are not
 * in these files, and can't be asked for with the rights that the program has.
 *
 * @module
 */

import type { FileView } from "./file_view.ts";

/** A user with the groups that the system gives to what runs as that user (initgroups(3)). */
export interface User {
  readonly name: string;
  readonly uid: number;
  /** Name of the primary group; its number if the group has no name. */
  readonly group: string;
  /** Primary and supplementary groups. */
  readonly gids: ReadonlySet<number>;
}

/** All users and groups of the two files. */
export class Accounts {
  readonly #users: ReadonlyMap<string, { readonly uid: number; readonly gid: number }>;
  readonly #groups: ReadonlyMap<string, { readonly gid: number; readonly members: readonly string[] }>;

  constructor(passwd: string, group: string) {
    this.#users = new Map(
      fieldsOf(passwd).map(([name = "", , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
    );
    this.#groups = new Map(
      fieldsOf(group).map(([name = "", , gid, members = ""]) => [name, {
        gid: Number(gid),
        members: members.split(",").filter((member) => member !== ""),
      }]),
    );
  }

  /** Reads both files. Rejects as {@link FileView.readText} does. */
  static async read(files: FileView): Promise<Accounts> {
    const [passwd, group] = await Promise.all([files.readText("/etc/passwd"), files.readText("/etc/group")]);
    return new Accounts(passwd, group);
  }

  /**
   * A user by name or number; undefined if there is none.
   *
   * @param group name or number of another primary group, such as systemd's `Group=`.
   * @param more names or numbers of more groups, such as systemd's `SupplementaryGroups=`.
   */
  user(nameOrUid: string, group?: string, more: readonly string[] = []): User | undefined {
    const [name, found] = [...this.#users].find(([name, { uid }]) => name === nameOrUid || String(uid) === nameOrUid) ??
      [];
    if (name === undefined || found === undefined) return undefined;
    const primary = group === undefined ? found.gid : this.#gid(group) ?? found.gid;
    const member = [...this.#groups.values()].filter(({ members }) => members.includes(name)).map(({ gid }) => gid);
    const gids = new Set([primary, ...member, ...more.flatMap((one) => this.#gid(one) ?? [])]);
    return { name, uid: found.uid, group: this.groupName(primary), gids };
  }

  /** The name of a user, else the number. */
  userName(uid: number): string {
    return [...this.#users].find(([, user]) => user.uid === uid)?.[0] ?? String(uid);
  }

  /** The name of a group, else the number. */
  groupName(gid: number): string {
    return [...this.#groups].find(([, group]) => group.gid === gid)?.[0] ?? String(gid);
  }

  #gid(nameOrGid: string): number | undefined {
    return this.#groups.get(nameOrGid)?.gid ?? (/^\d+$/.test(nameOrGid) ? Number(nameOrGid) : undefined);
  }
}

/** The lines of such a file that are whole, in their fields. */
function fieldsOf(text: string): readonly (readonly string[])[] {
  return text.split("\n").map((line) => line.split(":")).filter((fields) => fields.length >= 4);
}
