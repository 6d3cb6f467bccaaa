/**
 * Which file imports which, and what follows from it: circles, and the arrows between the floors of the house.
 *
 * @module
 */

import { importsOf } from "./source.ts";

/** The files that each file imports, for its types too, as paths from the repository's root. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the imports of sources, given by their paths from the repository's root. Packages are left out.
 *
 * @param names the import map of deno.json: some names of packages lead to files of ours.
 * @param read finds the imports of a source; by default all of them.
 */
export function importGraph(
  sources: ReadonlyMap<string, string>,
  names: Readonly<Record<string, string>> = {},
  read: (source: string) => readonly string[] = importsOf,
): ImportGraph {
  const top = "file:///";
  const targetOf = (path: string, name: string): readonly string[] => {
    if (name.startsWith(".")) return [new URL(name, new URL(path, top)).href.slice(top.length)];
    const key = Object.keys(names).find((key) => key === name || (key.endsWith("/") && name.startsWith(key)));
    const mapped = key === undefined ? undefined : `${names[key]}${name.slice(key.length)}`;
    return mapped?.startsWith("./") ? [mapped.slice(2)] : [];
  };
  return new Map(
    [...sources].map(([path, source]) => [path, read(source).flatMap((name) => targetOf(path, name))]),
  );
}

/** All files that a file needs, itself among them. */
export function reachable(graph: ImportGraph, path: string): ReadonlySet<string> {
  const found = new Set<string>();
  const next = [path];
  for (let current = next.pop(); current !== undefined; current = next.pop()) {
    if (found.has(current)) continue;
    found.add(current);
    next.push(...graph.get(current) ?? []);
  }
  return found;
}

/** The circles: each is the whole set of files that need one another, sorted. */
export function circles(graph: ImportGraph): readonly (readonly string[])[] {
  const needs = new Map([...graph.keys()].map((path) => [path, reachable(graph, path)]));
  const seen = new Set<string>();
  const found: (readonly string[])[] = [];
  for (const [path, targets] of needs) {
    if (seen.has(path)) continue;
    const circle = [...targets].filter((target) => target !== path && needs.get(target)?.has(path));
    for (const member of circle) seen.add(member);
    if (circle.length > 0 || graph.get(path)?.includes(path)) found.push([path, ...circle].toSorted());
  }
  return found;
}

/** The part of the house that a file of the library is in: `lib/net/`, or the file itself where it is in none. */
export function folderOf(path: string): string | undefined {
  return /^lib\/[^/]+\//.exec(path)?.[0] ?? (/^(?:lib\/[^/]+|main)\.ts$/.test(path) ? path : undefined);
}

/** How many imports lead from one part of the tree to another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly imports: number;
}

/** The arrows between parts, as `partOf` divides the files; undefined for files that are left out. */
export function arrows(graph: ImportGraph, partOf: (path: string) => string | undefined): readonly Arrow[] {
  const counts = new Map<string, { from: string; to: string; imports: number }>();
  for (const [path, targets] of graph) {
    const from = partOf(path);
    for (const target of targets) {
      const to = partOf(target);
      if (from === undefined || to === undefined || from === to) continue;
      const key = `${from} ${to}`;
      const known = counts.get(key) ?? { from, to, imports: 0 };
      known.imports++;
      counts.set(key, known);
    }
  }
  return [...counts.values()];
}
