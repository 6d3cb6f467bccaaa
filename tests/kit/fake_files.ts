/**
 * Files in memory that grow, are cut and go away.
 *
 * @module
 */

import type { ReadPart } from "../../lib/log/file_tail.ts";

/** Files by path. */
export class FakeFiles {
  readonly #files = new Map<string, string>();

  /** The text of a file; empty if there is none. */
  text(path: string): string {
    return this.#files.get(path) ?? "";
  }

  /** Writes a file anew. */
  put(path: string, text: string): void {
    this.#files.set(path, text);
  }

  /** Writes behind what a file holds. */
  append(path: string, text: string): void {
    this.put(path, this.text(path) + text);
  }

  /** Copies a file to `.1` and cuts it, as logrotate does with `copytruncate`. */
  rotate(path: string): void {
    this.put(`${path}.1`, this.text(path));
    this.put(path, "");
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  readonly readPart: ReadPart = (path, from, limit) => {
    const text = this.#files.get(path);
    if (text === undefined) return Promise.resolve(undefined);
    const bytes = new TextEncoder().encode(text);
    return Promise.resolve({ size: bytes.length, bytes: bytes.slice(from, from + limit) });
  };
}
