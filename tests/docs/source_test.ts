/**
 * The reading of source text on which the house rules rest.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { codeOnly, importsOf, undocumentedExports, valueImportsOf } from "./source.ts";

const sources: readonly (readonly [source: string, code: string])[] = [
  ["a // any", "a       "],
  ["a /* any\nany */ b", "a       \n       b"],
  ['x = "any \\" any"; y', 'x = "          "; y'],
  ["x = 'any'; y", "x = '   '; y"],
  ["`any ${any + `any ${{ a: 1 }} any`} any` any", "`    ${any + `    ${{ a: 1 }}    `}    ` any"],
  ['/any["/]/.test(any)', "/       /.test(any)"],
  ["a / b / any", "a / b / any"],
  ["f(/\\/any/, any)", "f(/     /, any)"],
];

for (const [source, code] of sources) {
  Deno.test(`codeOnly() of ${JSON.stringify(source)}`, () => assertEquals(codeOnly(source), code));
}

Deno.test("importsOf() finds all forms, and nothing in remarks and strings", () => {
  const source = [
    '// import a from "./no.ts";',
    'import a from "./a.ts";',
    'import type { B } from "./b.ts";',
    'import "./c.ts";',
    'export * from "./d.ts";',
    'import {\n  e,\n} from "./e.ts";',
    'const text = `import f from "./no.ts"`;',
    'const f = await import("./f.ts");',
  ].join("\n");
  assertEquals(importsOf(source), ["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts", "./f.ts"]);
});

Deno.test("valueImportsOf() leaves out what is imported for its types alone", () => {
  const source = [
    'import type { A } from "./a.ts";',
    'import { type B, c } from "./b.ts";',
    'export type { D } from "./d.ts";',
    'export type E = "e" | "f";',
    "export type G = number;",
    'export { h } from "./h.ts";',
    'const i = await import("./i.ts");',
  ].join("\n");
  assertEquals(valueImportsOf(source), ["./b.ts", "./h.ts", "./i.ts"]);
});

Deno.test("undocumentedExports() finds what has no doc comment right above it", () => {
  const source = [
    "/** One. */",
    "export const one = 1;",
    "export const two = 2;",
    "/** Three. */",
    "export function three(a: string): void;",
    "export function three(a: number): void;",
    "",
    "export async function four(): Promise<void> {}",
    "const text = `",
    "export const five = 5;`;",
  ].join("\n");
  assertEquals(undocumentedExports(source), [{ name: "two", line: 3 }, { name: "four", line: 8 }]);
});
