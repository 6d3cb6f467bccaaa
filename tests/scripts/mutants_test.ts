/**
 * The bugs of `deno task mutants` are still where they can be made.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { mutants } from "../../scripts/mutants/list.ts";

Deno.test("each bug changes one place of its file, and has a name of its own", async () => {
  for (const { name, file, find, replace } of mutants) {
    const text = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
    assertEquals([name, text.split(find).length - 1, find === replace], [name, 1, false]);
  }
  assertEquals(new Set(mutants.map(({ name, file }) => `${file} ${name}`)).size, mutants.length);
});
