/**
 * Files in memory, for configurations that are made and read in one process: the demo's, and those of tests.
 *
 * @module
 */

import type { ConfigHost } from "./host.ts";

/**
 * A host with these files and no others.
 *
 * @param files text by path.
 * @param modes Unix permission bits of those files that anybody but their owner and group may use.
 */
export function memoryHost(
  files: Readonly<Record<string, string>>,
  modes: Readonly<Record<string, number>> = {},
): ConfigHost {
  const readFile = (path: string): Promise<Uint8Array> => {
    const text = files[path];
    return text === undefined
      ? Promise.reject(new Deno.errors.NotFound(path))
      : Promise.resolve(new TextEncoder().encode(text));
  };
  return {
    readFile,
    stat: async (path) => ({ kind: "file", size: (await readFile(path)).length, mode: modes[path] ?? 0o640 }),
    wallNow: () => Date.now(),
    runtime: Deno.version.deno,
  };
}
