/**
 * The bundle that is compiled does what the source does.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { fileURLToPath } from "node:url";
import { disposals, lostDisposals } from "../../scripts/compile/disposals.ts";
import { bundleProgram } from "../../scripts/compile/stage.ts";
import { TempDir } from "../kit/program.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("the bundle gives back whatever the source gives back", async () => {
  using dir = new TempDir();
  await bundleProgram(root, `${dir.path}/bundle`);
  const source = await disposals(root, ["main.ts", "lib"]);
  assertGreater(source.length, 5);
  assertEquals(lostDisposals(source, await disposals(dir.path, ["bundle"])), []);
});

Deno.test("a lost disposal is found, and one under another number is none", async () => {
  using dir = new TempDir();
  dir.write("source.ts", "using slot = take();\n  await using stage = await setStage();\n// using no = word\n");
  dir.write("good.js", "using slot2 = take();\n  await using stage = await setStage();\n");
  dir.write("bad.js", "take();\n  await using stage = await setStage();\n");
  const source = await disposals(dir.path, ["source.ts"]);
  assertEquals(source, ["await using stage", "using slot"]);
  assertEquals(lostDisposals(source, await disposals(dir.path, ["good.js"])), []);
  assertEquals(lostDisposals(source, await disposals(dir.path, ["bad.js"])), ["using slot"]);
});
