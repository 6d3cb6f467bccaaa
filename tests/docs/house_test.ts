/**
 * The rules of the house, which no compiler knows: what the library may do, who may import whom, what is documented.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { exists, filesBelow, readText } from "./repository.ts";
import { circles, type ImportGraph, importGraph, reachable } from "./import_graph.ts";
import { codeOnly, importsOf, undocumentedExports, valueImportsOf } from "./source.ts";

const all = await filesBelow("");
const texts: ReadonlyMap<string, string> = new Map(
  await Promise.all(all.filter(isText).map(async (path) => [path, await readText(path)] as const)),
);
const sources: ReadonlyMap<string, string> = new Map([...texts].filter(([path]) => path.endsWith(".ts")));
const library: ReadonlyMap<string, string> = new Map([...sources].filter(([path]) => path.startsWith("lib/")));
/** The code alone, of everything that we wrote in TypeScript. */
const code: ReadonlyMap<string, string> = new Map([...sources].map(([path, source]) => [path, codeOnly(source)]));

function isText(path: string): boolean {
  return !/\.(?:bin|der|gz|ico|p12|pcap|png|tar|xz|zip)$/.test(path);
}

/** `file:line: text` for each match of a pattern in the given texts. */
function places(pattern: RegExp, within: Iterable<readonly [string, string]>): readonly string[] {
  return [...within].flatMap(([path, text]) =>
    text.split("\n").flatMap((line, index) => {
      const found = pattern.exec(line)?.[0];
      return found === undefined ? [] : [`${path}:${index + 1}: ${found.trim()}`];
    })
  );
}

/** The code of `lib/`, without the files of which a rule names the reason for an exception. */
function libraryCode(...exceptions: readonly string[]): readonly (readonly [string, string])[] {
  return [...code].filter(([path]) => path.startsWith("lib/") && !exceptions.includes(path));
}

Deno.test("the rules look at the whole library", () => {
  assertGreater(library.size, 150);
  assertGreater(sources.size, library.size);
});

Deno.test("only main.ts ends the process", () => {
  assertEquals(places(/\bDeno\.(?:exit|exitCode)\b|\bprocess\.exit\w*/, libraryCode()), []);
  assertGreater(places(/\bDeno\.exit\b/, [["main.ts", code.get("main.ts") ?? ""]]).length, 0);
});

Deno.test("the library prints only through the terminal and the one writer of the logs", () => {
  assertEquals(places(/\bconsole\b|\balert\(|\bconfirm\(|\bprompt\(/, libraryCode()), []);
  // The daemon hands both streams to the writer of lib/log.
  const allowed = ["lib/cli/terminal.ts", "lib/service/daemon.ts"];
  assertEquals(places(/\bDeno\.(?:stdout|stderr)\b/, libraryCode(...allowed)), []);
});

Deno.test("the library reads no environment", () => {
  assertEquals(places(/\bDeno\.env\b|\bprocess\b\s*\.|\bglobalThis\.process\b/, libraryCode()), []);
  const importers = [...library].filter(([, source]) => importsOf(source).includes("node:process"));
  assertEquals(importers.map(([path]) => path), []);
});

Deno.test("the library reaches others over its own HTTP client alone", () => {
  // Other clients send a POST again by themselves. undici is the judge of ours, in tests and in the bench.
  const clients = ["undici", "node:http", "node:https", "node:http2"];
  const importers = [...library].flatMap(([path, source]) =>
    importsOf(source).filter((name) => clients.includes(name)).map((name) => `${path}: ${name}`)
  );
  assertEquals(importers, []);
  assertEquals(places(/\bfetch\(|\bDeno\.createHttpClient\b/, libraryCode()), []);
});

Deno.test("the library writes no file and asks the system for nothing that it has no right to", () => {
  const writing =
    /\bDeno\.(?:writeFile|writeTextFile|mkdir|makeTemp\w+|remove|rename|chmod|chown|create|truncate|symlink|link|copyFile|utime|umask)(?:Sync)?\b/;
  const system =
    /\bDeno\.(?:dlopen|hostname|loadavg|networkInterfaces|osRelease|osUptime|systemMemoryInfo|uid|gid|chdir)\b/;
  assertEquals(places(writing, libraryCode()), []);
  assertEquals(places(system, libraryCode()), []);
  const opened = places(/\bDeno\.open(?:Sync)?\(.*/, libraryCode());
  assertEquals(opened.filter((place) => !place.includes("{ read: true }")), []);
  const modules = ["fs", "fs/promises", "child_process", "os", "worker_threads", "cluster", "sqlite"];
  const importers = [...library].flatMap(([path, source]) =>
    importsOf(source).filter((name) => modules.includes(name.replace("node:", ""))).map((name) => `${path}: ${name}`)
  );
  assertEquals(importers, []);
});

Deno.test("nothing loads what writes warnings of the runtime's own to stderr", () => {
  // Each of them uses punycode, which is deprecated, in the runtime of the compiled program.
  const loud = ["node:dns/promises", "node:punycode"];
  const importers = [...library].filter(([, source]) => importsOf(source).some((name) => loud.includes(name)));
  assertEquals(importers.map(([path]) => path), []);
});

Deno.test("only the installer runs a program, and asks for the right to", () => {
  const allowed = "lib/cli/install_run.ts";
  const pattern = /\bDeno\.(?:Command|run)\b|\bDeno\.permissions\.request\b/;
  assertEquals(places(pattern, libraryCode(allowed)), []);
  assertEquals(
    places(/\bDeno\.Command\b.*/, [[allowed, sources.get(allowed) ?? ""]]).map((place) => /\("(\w+)"/.exec(place)?.[1]),
    ["sh"],
  );
});

Deno.test("nothing is any, cast twice, ignored or left to be done", () => {
  assertEquals(places(/[:<|&,]\s*any\b(?=\s*(?:[,;)\]>=|&{[]|$))|\bas any\b|\bas unknown as\b/, code), []);
  // Joined here, so that this file doesn't hold what it looks for.
  const marks = [
    "@ts-" + "ignore",
    "@ts-" + "nocheck",
    "deno-lint-" + "ignore",
    "TO" + "DO",
    "FIX" + "ME",
    "XX" + "X:",
  ];
  assertEquals(places(new RegExp(`(?:${marks.join("|")})`), sources), []);
});

/**
 * The floors of the house from the top down. A file imports from its own part and from the floors below, for types too; parts
 * of one floor know nothing of one another.
 */
const floors: readonly (readonly string[])[] = [
  ["main.ts"],
  ["lib/cli/"],
  ["lib/bundle/", "lib/service/", "lib/simulator/"],
  ["lib/check/"],
  ["lib/install/", "lib/log/"],
  ["lib/front/"],
  ["lib/config/"],
  ["lib/login/"],
  ["lib/duo/", "lib/radius/"],
  ["lib/net/"],
  ["lib/clock.ts", "lib/random.ts", "lib/span.ts", "lib/std/", "lib/text.ts", "lib/version.ts"],
  ["conf/", "deno.json"],
];

const imported = new Map([...library, ["main.ts", sources.get("main.ts") ?? ""]]);
const graph = importGraph(imported, denoJson.imports);

/** The part of the house that a file is in, with the number of its floor from the top; undefined for no part of it. */
function placeOf(path: string): { readonly part: string; readonly floor: number } | undefined {
  for (const [floor, parts] of floors.entries()) {
    const part = parts.find((part) => part.endsWith("/") ? path.startsWith(part) : path === part);
    if (part !== undefined) return { part, floor };
  }
  return undefined;
}

/** Each import as `file imports file`, of those that a rule forbids. */
function wrongImports(isWrong: (path: string, target: string) => boolean, of: ImportGraph = graph): readonly string[] {
  return [...of].flatMap(([path, targets]) =>
    targets.filter((target) => isWrong(path, target)).map((target) => `${path} imports ${target}`)
  );
}

Deno.test("every file of the library has its floor, and every floor its files", () => {
  assertEquals([...graph.keys()].filter((path) => placeOf(path) === undefined), []);
  assertEquals(floors.flat().filter((part) => !all.some((path) => path.startsWith(part))), []);
});

Deno.test("imports point one way: down", () => {
  const wrong = wrongImports((path, target) => {
    const [from, to] = [placeOf(path), placeOf(target)];
    return from === undefined || to === undefined || (from.part !== to.part && from.floor >= to.floor);
  });
  assertEquals(wrong, []);
});

Deno.test("no files import in a circle", () => {
  assertEquals(circles(graph), []);
});

Deno.test("login speaks no protocol: of radius it imports nothing but what a primary asks its upstream with", () => {
  const wrong = wrongImports((path, target) =>
    path.startsWith("lib/login/") && !path.startsWith("lib/login/primary/") && target.startsWith("lib/radius/")
  );
  assertEquals(wrong, []);
});

Deno.test("config ties options to modes and to the dictionary, and of what is below it knows but types beside", () => {
  const values = importGraph(imported, denoJson.imports, valueImportsOf);
  const wrong = wrongImports(
    (path, target) =>
      path.startsWith("lib/config/") && /^lib\/(?:login|duo|radius)\//.test(target) &&
      !target.startsWith("lib/login/modes/") && target !== "lib/radius/dictionary.ts",
    values,
  );
  assertEquals(wrong, []);
});

Deno.test("the dictionary needs nothing of the library but its tables", () => {
  const needed = [...reachable(graph, "lib/radius/dictionary.ts")];
  assertEquals(needed.filter((path) => !/^lib\/radius\/(?:dictionar|attribute_definition)/.test(path)), []);
});

Deno.test("login knows no version of the API", () => {
  const wrong = wrongImports((path, target) => path.startsWith("lib/login/") && /^lib\/duo\/api_v\d/.test(target));
  assertEquals(wrong, []);
});

Deno.test("serve carries neither simulator nor installer, bundle or guides", () => {
  const serve = [...reachable(graph, "lib/cli/commands/serve.ts")];
  const left = ["lib/simulator/", "lib/install/", "lib/bundle/", "conf/guides/"];
  assertEquals(serve.filter((path) => left.some((part) => path.startsWith(part))), []);
});

Deno.test("options are read by their rows, and nobody asks which section type or mode it is", () => {
  // What follows from the one or the other stands in its file.
  const byName = /\bset\.(?:get|has)\(["'`]|\brow\.name\s*[!=]==?\s*["'`]|\b(?:table\.type|mode\.name)\s*[!=]==?/;
  assertEquals(places(byName, libraryCode()), []);
});

Deno.test("every module begins with a comment on what it is for", () => {
  // A test without one mirrors the module that its path names.
  const mirrors = (path: string): boolean => path.endsWith("_test.ts") && library.has(moduleOf(path));
  const without = [...sources].filter(([path, source]) =>
    !path.endsWith(".d.ts") && !mirrors(path) && !startsWithModule(source)
  );
  assertEquals(without.map(([path]) => path), []);
});

Deno.test("a file has at most 400 lines, or says at its head why it is long", () => {
  const long = [...sources].filter(([, source]) =>
    source.split("\n").length > 401 && !headOf(source).includes("\n * Long because ")
  );
  assertEquals(long.map(([path]) => path), []);
});

/** `lib/radius/packet.ts` for `tests/radius/packet_test.ts`. */
function moduleOf(path: string): string {
  return path.replace(/^tests\//, "lib/").replace(/_test\.ts$/, ".ts");
}

function startsWithModule(source: string): boolean {
  return headOf(source).includes("@module");
}

/** The comment that a file begins with; empty if there is none. */
function headOf(source: string): string {
  return /^(?:#![^\n]*\n)?\/\*\*[\s\S]*?\*\//.exec(source)?.[0] ?? "";
}

Deno.test("every exported symbol has a doc comment", () => {
  const missing = [...sources].flatMap(([path, source]) =>
    path.endsWith(".d.ts") ? [] : undocumentedExports(source).map(({ name, line }) => `${path}:${line}: ${name}`)
  );
  assertEquals(missing, []);
});

Deno.test("exported functions are declared, not assigned", () => {
  assertEquals(
    places(/^export const \w+(?::[^=]*)? = (?:async )?(?:\([^)]*\)(?::[^=]*)? =>|\w+ =>|function\b).*/, code),
    [],
  );
});

Deno.test("files and directories have names in snake_case", () => {
  const wrong = [...sources.keys()].filter((path) => !/^(?:[a-z0-9_]+\/)*[a-z0-9_]+(?:\.d)?\.ts$/.test(path));
  assertEquals(wrong, []);
});

Deno.test("each test file of a directory of lib/ has that directory", async () => {
  const ours = ["docs", "kit", "lab", "scripts", "sim", "system", "vectors"];
  const directories = new Set(
    all.map((path) => /^tests\/([^/]+)\//.exec(path)?.[1]).filter((name) => name !== undefined),
  );
  for (const directory of ours) directories.delete(directory);
  const without: string[] = [];
  for (const directory of directories) if (!await exists(`lib/${directory}`)) without.push(directory);
  assertEquals(without, []);
});

Deno.test("no file names the host of a package registry", () => {
  // Pieces, so that this file doesn't name them either.
  const hosts = [
    String.raw`\bregistry\.[a-z0-9-]+\.[a-z]{2,}\b`,
    String.raw`\bnpm${""}js\.(?:com|org)\b`,
    String.raw`\b(?:files\.)?py(?:pi|thonhosted)\.org\b`,
    String.raw`\b(?:deb|ftp|security|snapshot|archive)\.(?:debian|ubuntu)\.(?:org|com)\b`,
    String.raw`\b(?:proxy|sum)\.golang\.org\b`,
    String.raw`\bcrates\.io\b`,
    String.raw`\bjsr\.io\b`,
    String.raw`\brepo\d?\.maven\.[a-z.]+`,
  ];
  assertEquals(places(new RegExp(hosts.join("|")), texts), []);
});
