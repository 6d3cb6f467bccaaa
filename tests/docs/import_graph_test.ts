/**
 * The reading of imports, on a small house.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { arrows, circles, folderOf, importGraph, reachable } from "./import_graph.ts";

const house = importGraph(
  new Map([
    ["main.ts", 'import { run } from "./lib/top/run.ts";'],
    ["lib/top/run.ts", 'import { x } from "../ground/x.ts";\nconst load = () => import("./late.ts");'],
    ["lib/top/late.ts", 'import type { Run } from "./run.ts";\nimport { y } from "own";\nimport { z } from "theirs";'],
    ["lib/ground/x.ts", 'export { y } from "./y.ts"; // from "./no.ts"'],
    ["lib/ground/y.ts", 'import "./y.ts";'],
    ["lib/clock.ts", 'import { late } from "top/late.ts";'],
  ]),
  { own: "./lib/ground/y.ts", "top/": "./lib/top/", theirs: "npm:theirs@1" },
);

Deno.test("importGraph() follows imports of values and types, late ones, and names that lead to files of ours", () => {
  assertEquals(house.get("lib/top/run.ts"), ["lib/ground/x.ts", "lib/top/late.ts"]);
  assertEquals(house.get("lib/top/late.ts"), ["lib/top/run.ts", "lib/ground/y.ts"]);
  assertEquals(house.get("lib/ground/x.ts"), ["lib/ground/y.ts"]);
  assertEquals(house.get("lib/clock.ts"), ["lib/top/late.ts"]);
});

Deno.test("reachable() gives all files that a file needs", () => {
  assertEquals([...reachable(house, "lib/top/late.ts")].toSorted(), [
    "lib/ground/x.ts",
    "lib/ground/y.ts",
    "lib/top/late.ts",
    "lib/top/run.ts",
  ]);
});

Deno.test("circles() finds those of types, late ones, and a file that imports itself", () => {
  assertEquals(circles(house), [["lib/top/late.ts", "lib/top/run.ts"], ["lib/ground/y.ts"]]);
});

Deno.test("arrows() counts the imports between folders", () => {
  assertEquals(arrows(house, folderOf), [
    { from: "main.ts", to: "lib/top/", imports: 1 },
    { from: "lib/top/", to: "lib/ground/", imports: 2 },
    { from: "lib/clock.ts", to: "lib/top/", imports: 1 },
  ]);
});
