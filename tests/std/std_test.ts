/**
 * The standard library's packages under their own names: the code could import them from JSR by a line of deno.json each.
 *
 * @module
 */

import * as assert from "@std/assert";
import * as bytes from "@std/bytes";
import * as cli from "@std/cli";
import * as text from "@std/text";
import * as yaml from "@std/yaml";
import { filesBelow, readText } from "../docs/repository.ts";
import { importsOf } from "../docs/source.ts";

/** The modules of `@std/cli` that the repack's own `cli/mod.js` names, but for `unicode_width.js`: its table was not packed. */
const wholeCli = { ...await import("deno-std/cli/parse_args.js"), ...await import("deno-std/cli/prompt_secret.js") };

/** What code imports by a package's name, and the whole package as npm's repack has it. */
const packages = [
  { name: "@std/assert", ours: assert, whole: await import("deno-std/assert/mod.js") },
  { name: "@std/bytes", ours: bytes, whole: await import("deno-std/bytes/mod.js") },
  { name: "@std/cli", ours: cli, whole: wholeCli },
  { name: "@std/text", ours: text, whole: await import("deno-std/text/mod.js") },
  { name: "@std/yaml", ours: yaml, whole: await import("deno-std/yaml/mod.js") },
];

for (const { name, ours, whole } of packages) {
  Deno.test(`${name} holds nothing but what the package of that name holds`, () => {
    const theirs = new Map<string, unknown>(Object.entries(whole));
    const foreign = Object.entries(ours).filter(([key, value]) => theirs.get(key) !== value);
    assert.assertEquals(foreign.map(([key]) => key), []);
    assert.assertGreater(Object.keys(ours).length, 0);
  });
}

Deno.test("only the thin modules name the repack, and code names whole packages", async () => {
  const thin = [
    "lib/std/bytes.ts",
    "lib/std/cli.ts",
    "lib/std/text.ts",
    "tests/kit/assert.ts",
    "tests/kit/yaml.ts",
    "tests/std/std_test.ts",
  ];
  const known = packages.map(({ name }) => name);
  const wrong: string[] = [];
  for (const path of await filesBelow("")) {
    if (!path.endsWith(".ts")) continue;
    for (const name of importsOf(await readText(path))) {
      const repack = name.startsWith("deno-std") && !thin.includes(path);
      const other = name.startsWith("@std/") && !known.includes(name);
      if (repack || other) wrong.push(`${path} imports ${name}`);
    }
  }
  assert.assertEquals(wrong, []);
});
