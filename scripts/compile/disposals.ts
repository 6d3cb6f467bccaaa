/**
 * Whether a bundle still gives back what its source gives back: `using` declarations, which a minifier has dropped once.
 *
 * @module
 */

import { filesBelow } from "./stage.ts";

/** A `using` declaration at the beginning of a statement. */
const declaration = /^[ \t]*(await using|using)[ \t]+([\w$]+)/gm;

/** The `using` declarations of files and folders below `root`, as `await using NAME`, sorted. */
export async function disposals(root: string, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const files = Deno.statSync(`${root}/${path}`).isDirectory ? filesBelow(root, path) : [path];
    for (const file of files) {
      if (!/\.[jt]s$/.test(file)) continue;
      const text = await Deno.readTextFile(`${root}/${file}`);
      for (const [, keyword, name] of text.matchAll(declaration)) found.push(`${keyword} ${name}`);
    }
  }
  return found.sort();
}

/** What stands in the source more often than in the bundle. A bundler may add a number to a name that it meets twice. */
export function lostDisposals(source: readonly string[], bundle: readonly string[]): string[] {
  const left = bundle.map((name) => name.replace(/\d+$/, ""));
  return source.filter((name) => {
    const index = left.indexOf(name.replace(/\d+$/, ""));
    if (index < 0) return true;
    left.splice(index, 1);
    return false;
  });
}
