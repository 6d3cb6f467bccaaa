/**
 * Nothing is exported that nobody outside its file uses.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { filesBelow, readText, root } from "./repository.ts";
import { codeOnly, importsOf } from "./source.ts";

/** What only tests use, and why it stays. */
const kept: Readonly<Record<string, string>> = {
  "lib/radius/mschap.ts": "a proof in place of a password, for directories and gateways that speak MS-CHAP-V2",
  "lib/radius/mppe.ts": "the keys that go along with it",
  "lib/radius/attributes.ts: integerAttribute": "gateways of tests are made with it, as with textAttribute()",
};

/** A file without remarks, which packages it imports, and which files of the repository. */
interface Source {
  readonly path: string;
  readonly code: string;
  readonly packages: readonly string[];
  readonly imports: ReadonlySet<string>;
}

async function readSource(path: string): Promise<Source> {
  const text = await readText(path);
  const names = importsOf(text);
  const imports = names.filter((name) => name.startsWith(".")).map((name) =>
    new URL(name, new URL(path, root)).pathname.slice(root.pathname.length)
  );
  const packages = names.filter((name) => !name.startsWith("."));
  return { path, code: codeOnly(text), packages, imports: new Set(imports) };
}

const paths = (await filesBelow("")).filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"));
const sources = await Promise.all(paths.map(readSource));

/** An exported symbol. */
interface Exported {
  readonly source: Source;
  readonly name: string;
  /** An interface or a type: what a function takes or gives is exported with it. */
  readonly isType: boolean;
}

const exported: readonly Exported[] = sources.flatMap((source) => {
  const pattern =
    /^export (?:declare )?(?:abstract )?(?:async )?(function|class|const|let|interface|type|enum)\*? (\w+)/gm;
  return [...source.code.matchAll(pattern)].map(([, kind = "", name = ""]) => ({
    source,
    name,
    isType: kind === "interface" || kind === "type",
  }));
});

function mentions(code: string, name: string): number {
  return [...code.matchAll(new RegExp(String.raw`\b${name}\b`, "g"))].length;
}

/** True if a file of these folders imports the symbol's file and names the symbol. */
function isUsedBy({ source: { path }, name }: Exported, folders: readonly string[]): boolean {
  return sources.some((user) =>
    user.path !== path && folders.some((folder) => user.path.startsWith(folder)) && user.imports.has(path) &&
    mentions(user.code, name) > 0
  );
}

function isKept({ source: { path }, name }: Exported): boolean {
  return kept[path] !== undefined || kept[`${path}: ${name}`] !== undefined;
}

const program = ["lib/", "scripts/", "main.ts"];

function list(found: readonly Exported[]): readonly string[] {
  return found.map(({ source: { path }, name }) => `${path}: ${name}`);
}

Deno.test("the rule sees what is exported", () => {
  assertGreater(exported.filter(({ source: { path } }) => path.startsWith("lib/")).length, 500);
});

Deno.test("nothing is exported that its own file alone uses", () => {
  const alone = exported.filter((one) =>
    !isUsedBy(one, [...program, "tests/"]) && !(one.isType && mentions(one.source.code, one.name) > 1)
  );
  assertEquals(list(alone), []);
});

Deno.test("the program uses all of lib/: what only tests call is no part of it", () => {
  const idle = exported.filter((one) =>
    one.source.path.startsWith("lib/") && mentions(one.source.code, one.name) === 1 && !isKept(one) &&
    !isUsedBy(one, program)
  );
  assertEquals(list(idle), []);
});

Deno.test("each line of the import map is used", () => {
  const imported = sources.flatMap(({ packages }) => packages);
  const idle = Object.keys(project.imports).filter((key) =>
    !imported.some((name) => key.endsWith("/") ? name.startsWith(key) : name === key)
  );
  assertEquals(idle, []);
});
