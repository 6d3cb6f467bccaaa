/**
 * Prints what the folders of lib/ import of one another, and the circles of files: `arrows.ts [ROOT]`, where ROOT is the
 * checkout to look at, this one by default. The rules about both are in tests/docs/house_test.ts.
 *
 * @module
 */

import { arrows, circles, folderOf, importGraph } from "../tests/docs/import_graph.ts";
import { filesBelow, root } from "../tests/docs/repository.ts";
import { print } from "./print.ts";

const checkout = Deno.args[0] === undefined ? root : new URL(`file://${await Deno.realPath(Deno.args[0])}/`);
const paths = ["main.ts", ...await filesBelow("lib/", checkout)].filter((path) => path.endsWith(".ts"));
const sources = await Promise.all(
  paths.map(async (path) => [path, await Deno.readTextFile(new URL(path, checkout))] as const),
);
const { imports }: { readonly imports: Record<string, string> } = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", checkout)),
);
const graph = importGraph(new Map(sources), imports);

const found = arrows(graph, folderOf).toSorted((one, other) =>
  one.from.localeCompare(other.from) || other.imports - one.imports
);
for (const from of new Set(found.map((arrow) => arrow.from))) {
  const targets = found.filter((arrow) => arrow.from === from).map(({ to, imports }) => `${to} ${imports}`);
  print(`${from} -> ${targets.join(", ")}`);
}
const back = found.filter(({ from, to }) => from < to && found.some((arrow) => arrow.from === to && arrow.to === from));
print(`\nPairs that import both ways: ${back.map(({ from, to }) => `${from} <-> ${to}`).join(", ") || "none"}`);
print(`Circles of files: ${circles(graph).map((circle) => `\n- ${circle.join(", ")}`).join("") || "none"}`);
