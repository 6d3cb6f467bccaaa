/**
 * A machine's files in memory, with owners, modes and links.
 *
 * @module
 */

import type { Entry, FileView } from "../../lib/check/file_view.ts";

/** Something in a directory: owner and mode as `stat` writes them, and what is in it. */
export interface FakeEntry {
  /** Numbers, `0:0` by default. */
  readonly owner?: `${number}:${number}`;
  /** Default 0o755 for a directory, 0o644 for a file. */
  readonly mode?: number;
  readonly text?: string;
  readonly link?: string;
}

/** Users of {@link FakeFiles}: a service with a supplementary group, and somebody else. */
export const passwd =
  "root:x:0:0::/root:/bin/sh\nsvc:x:500:500::/:/bin/false\nalice:x:1000:1000::/home/alice:/bin/sh\n";
/** Their groups. */
export const groups = "root:x:0:\nsvc:x:500:\nssl-cert:x:600:alice,svc\nalice:x:1000:\ntls:x:700:\n";

/** Directories above what is named are there by themselves, root's and open to all. */
export class FakeFiles implements FileView {
  readonly #entries = new Map<string, FakeEntry>();

  constructor(entries: Readonly<Record<string, FakeEntry>>) {
    const all = { "/etc/passwd": { text: passwd }, "/etc/group": { text: groups }, ...entries };
    for (const path of Object.keys(all)) {
      for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
        this.#entries.set(path.slice(0, end), {});
      }
    }
    this.#entries.set("/", {});
    for (const [path, entry] of Object.entries(all)) this.#entries.set(path, entry);
  }

  inspect(path: string): Promise<Entry> {
    const found = this.#entries.get(path);
    if (found === undefined) return Promise.reject(new Deno.errors.NotFound(path));
    const { owner = "0:0", text, link } = found;
    const [uid = 0, gid = 0] = owner.split(":").map(Number);
    const kind = link !== undefined ? "link" : text !== undefined ? "file" : "directory";
    return Promise.resolve({ kind, uid, gid, mode: found.mode ?? (kind === "file" ? 0o644 : 0o755) });
  }

  readLink(path: string): Promise<string> {
    return Promise.resolve(this.#entries.get(path)?.link ?? "");
  }

  readText(path: string): Promise<string> {
    const text = this.#entries.get(path)?.text;
    return text === undefined ? Promise.reject(new Deno.errors.NotFound(path)) : Promise.resolve(text);
  }

  list(path: string): Promise<readonly string[]> {
    const names = [...this.#entries.keys()].filter((one) => one.startsWith(`${path}/`));
    return names.length === 0
      ? Promise.reject(new Deno.errors.NotFound(path))
      : Promise.resolve(names.map((one) => one.slice(path.length + 1)));
  }
}
