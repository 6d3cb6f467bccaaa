/**
 * A host that remembers what was read from it.
 *
 * @module
 */

import type { ConfigHost } from "./host.ts";

/** A host, and the paths of all files that were read from it so far, each once, as they were asked for. */
export interface RecordingHost {
  readonly host: ConfigHost;
  readonly read: ReadonlySet<string>;
}

/** Puts a memory before a host. What could not be read is not in it: that is a finding of its own. */
export function recordReads(host: ConfigHost): RecordingHost {
  const read = new Set<string>();
  return {
    read,
    host: {
      readFile: async (path) => {
        const bytes = await host.readFile(path);
        read.add(path);
        return bytes;
      },
      stat: (path) => host.stat(path),
      wallNow: () => host.wallNow(),
      runtime: host.runtime,
    },
  };
}
