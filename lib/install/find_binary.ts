/**
 * The program that a checkout has compiled: what `install` installs when it isn't the compiled program itself.
 *
 * @module
 */

/** What a directory holds, as far as it matters here. */
export interface Candidate {
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly modified: number;
}

/**
 * Picks the newest `duoproxy-<target>` that runs here.
 *
 * @param target such as `x86_64-unknown-linux-gnu`, of this machine.
 * @returns its name, or undefined if there is none.
 */
export function pickBinary(candidates: readonly Candidate[], target: string): string | undefined {
  const ending = target.includes("windows") ? ".exe" : "";
  return candidates
    .filter(({ name }) => name.startsWith("duoproxy-") && name.includes(target) && name.endsWith(target + ending))
    .toSorted((a, b) => b.modified - a.modified || (a.name < b.name ? 1 : -1))[0]?.name;
}

/** Lists the files of a directory; an absent one is empty. */
export async function listCandidates(directory: string): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  try {
    for await (const entry of Deno.readDir(directory)) {
      if (!entry.name.startsWith("duoproxy-")) continue;
      const info = await Deno.stat(`${directory}/${entry.name}`);
      if (info.isFile) found.push({ name: entry.name, modified: info.mtime?.getTime() ?? 0 });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}
