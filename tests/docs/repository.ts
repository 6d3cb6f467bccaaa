/**
 * The files of the repository, as tests of the whole of it see them.
 *
 * @module
 */

/** The repository's root, with a slash at its end. */
export const root: URL = new URL("../../", import.meta.url);

/** What is at the root but isn't ours or isn't tracked. */
const left: ReadonlySet<string> = new Set([".git", "coverage", "dist", "node_modules"]);

/** The text of a file, by its path from the root. */
export function readText(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, root));
}

/** True if there is a file or directory at this path from the root. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(new URL(path, root));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Paths from the root of all files below a directory (which ends in a slash; empty: everywhere), sorted.
 *
 * @param checkout another root than this repository's, with a slash at its end.
 */
export async function filesBelow(directory: string, checkout: URL = root): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(directory, checkout))) {
    if (left.has(name)) continue;
    if (isDirectory) paths.push(...await filesBelow(`${directory}${name}/`, checkout));
    else paths.push(`${directory}${name}`);
  }
  return paths.sort();
}

/** The documents that people read: what they say is tested. */
export async function documents(): Promise<readonly string[]> {
  const all = await filesBelow("");
  return all.filter((path) => /^(?:[A-Z]+|\.github\/[A-Z_]+|conf\/guides\/[^/]+)\.md$/.test(path));
}
