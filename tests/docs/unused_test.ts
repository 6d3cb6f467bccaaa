/**
 * Nothing is exported that nobody outside its file uses.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { filesBelow, readText, root } from "./repository.ts";
import { codeOnly, importsOf } from "./source.ts";

/** What only tests use so far, and why it stays. */
const kept: Readonly<Record<string, string>> = {
  "lib/radius/mschap.ts": "MS-CHAP-V2 as a proof instead of a password comes with directories",
  "lib/radius/mppe.ts": "the keys that go along with MS-CHAP-V2",
};

/** A file's code without remarks, and which files of the repository it imports. */
interface Source {
  readonly code: string;
  readonly imports: ReadonlySet<string>;
}

const sources = new Map<string, Source>();
for (const path of await filesBelow("")) {
  if (!path.endsWith(".ts") || path.endsWith(".d.ts")) continue;
  const source = await readText(path);
  const names = importsOf(source).map((name) => name.startsWith("@std/") ? name : name);
  const imports = names.filter((name) => name.startsWith(".")).map((name) =>
    new URL(name, new URL(path, root)).pathname.slice(root.pathname.length)
  );
  sources.set(path, { code: codeOnly(source), imports: new Set(imports) });
}

/** An exported symbol: its kind as the language has it. */
interface Exported {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
}

function exportsOf(path: string, { code }: Source): readonly Exported[] {
  const pattern =
    /^export (?:declare )?(?:abstract )?(?:async )?(function|class|const|let|interface|type|enum)\*? (\w+)/gm;
  return [...code.matchAll(pattern)].map(([, kind = "", name = ""]) => ({ path, kind, name }));
}

function mentions(code: string, name: string): number {
  return [...code.matchAll(new RegExp(String.raw`\b${name}\b`, "g"))].length;
}

/** Exports of the files that begin so which no file that begins with one of `users` imports and names. */
function unused(prefix: string, users: readonly string[]): readonly string[] {
  const using = [...sources].filter(([path]) => users.some((user) => path.startsWith(user)));
  return [...sources].filter(([path]) => path.startsWith(prefix) && kept[path] === undefined).flatMap((
    [path, source],
  ) =>
    exportsOf(path, source).filter(({ kind, name }) => {
      if (using.some(([user, { code, imports }]) => user !== path && imports.has(path) && mentions(code, name) > 0)) {
        return false;
      }
      // The type of a parameter or a result is exported with what it belongs to.
      return !(["interface", "type"].includes(kind) && mentions(source.code, name) > 1);
    }).map(({ name }) => `${path}: ${name}`)
  );
}

Deno.test("the program uses what its files export; a test alone is no use", () => {
  assertEquals(unused("lib/", ["lib/", "scripts/", "main.ts"]), []);
});

Deno.test("tests and scripts use what their helpers export", () => {
  assertEquals(unused("scripts/", ["scripts/", "tests/"]), []);
  assertEquals(unused("tests/", ["scripts/", "tests/"]), []);
});
