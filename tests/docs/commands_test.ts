/**
 * Every command line that our documents and help texts show is one that the program takes.
 *
 * @module
 */

import { assert, assertArrayIncludes, assertEquals, assertGreater } from "@std/assert";
import type { Command } from "../../lib/cli/command.ts";
import { globalOptions } from "../../lib/cli/global_options.ts";
import { parseCommandLine, splitCommand } from "../../lib/cli/parse.ts";
import { loadAllCommands, loadCommand } from "../../lib/cli/registry.ts";
import { sectionTables } from "../../lib/config/options.ts";
import denoJson from "../../deno.json" with { type: "json" };
import { FakeTerminal } from "../kit/fake_terminal.ts";
import { codeOf, readMarkdown } from "./markdown.ts";
import { documents, exists, filesBelow, readText } from "./repository.ts";
import { programOf, splitCommands } from "./shell.ts";

/** A command line and where it stands. */
interface Shown {
  readonly where: string;
  readonly script: string;
}

/** Programs that a command line of ours may use beside duoproxy, whose arguments are theirs. */
const others: ReadonlySet<string> = new Set([
  "cat",
  "chmod",
  "cosign",
  "cp",
  "curl",
  "date",
  "install",
  "man",
  "openssl",
  "radclient",
  "sh",
  "sha256sum",
  "source",
  "systemctl",
  "tee",
]);

/** Commands that print and do nothing else: they are run too. */
const printing: ReadonlySet<string> = new Set(["completions", "explain", "help", "man", "version"]);

/** What the tasks of deno.json are called. */
const tasks: readonly string[] = Object.keys(denoJson.tasks);

const commands = await loadAllCommands();

/** What `authproxyctl` can be told, from the branches of its script. */
const controlWords = [...(await readText("conf/authproxyctl")).matchAll(/^\s*([a-z]+(?: \| [a-z]+)*)\)/gm)]
  .flatMap(([, words = ""]) => words.split(" | "));

/** The whole lines of a document: blocks marked `sh`, and code that begins with one of our commands. */
async function linesOf(path: string): Promise<readonly Shown[]> {
  const text = await readText(path);
  const starts = /^(?:sudo )?(?:duoproxy|npx) /;
  if (!path.endsWith(".md")) {
    return text.split("\n").flatMap((line, index) =>
      codeOf(line).filter((code) => starts.test(code)).map((script) => ({ where: `${path}:${index + 1}`, script }))
    );
  }
  const { blocks, code } = readMarkdown(text);
  return [
    ...blocks.filter(({ language }) => language === "sh").map(({ text, line }) => ({
      where: `${path}:${line}`,
      script: text,
    })),
    ...code.filter(({ text }) => starts.test(text)).map(({ text, line }) => ({
      where: `${path}:${line}`,
      script: text,
    })),
  ];
}

const shown: readonly Shown[] = [
  ...(await Promise.all(
    [...await documents(), "conf/authproxy.cfg", ...await filesBelow("conf/examples/")].map(linesOf),
  )).flat(),
  ...commands.flatMap(({ name, examples }) =>
    examples.map(({ line }) => ({ where: `example of duoproxy help ${name}`, script: line }))
  ),
  ...commands.flatMap(({ name, description, options }) =>
    [description, ...options.map(({ doc }) => doc)].flatMap(codeOf).filter((code) => code.startsWith("duoproxy "))
      .map((script) => ({ where: `duoproxy help ${name}`, script }))
  ),
  ...sectionTables.flatMap(({ type, doc, rows }) =>
    [doc, ...rows.map((row) => row.doc)].flatMap(codeOf).filter((code) => code.startsWith("duoproxy "))
      .map((script) => ({ where: `duoproxy explain ${type}`, script }))
  ),
];

/** Checks one simple command; what isn't ours must be a program that we know of. */
async function checkCommand(words: readonly string[]): Promise<void> {
  const [program = "", ...args] = programOf(words);
  // Before it is installed it has the name of its release's file.
  if (program === "duoproxy" || program === "duoproxy-x86_64-unknown-linux-gnu") return await checkOurs(args);
  if (program === "npx") return await checkTask(args);
  if (program === "authproxyctl") {
    assertEquals(args.length, 1, "authproxyctl takes one word");
    return assertArrayIncludes(controlWords, args);
  }
  assert(others.has(program), `a document shows ${program}, of which this test doesn't know anything`);
}

async function checkOurs(args: readonly string[]): Promise<void> {
  const { name, rest } = splitCommand(args);
  assert(name !== undefined, "no command");
  const command = await loadCommand(name);
  const { options, positionals, global } = parseCommandLine(command, rest);
  const placeholder = positionals.some((word) => /^[A-Z]+$/.test(word));
  if (!printing.has(name) || global.help || placeholder) return;
  const terminal = new FakeTerminal();
  assertEquals(await command.run({ options, positionals, terminal }), 0);
  assert(terminal.stdout !== "");
}

async function checkTask([yes, deno, task, name = "", ...rest]: readonly string[]): Promise<void> {
  assertEquals([yes, deno, task], ["-y", "deno@2.9.6", "task"]);
  assertArrayIncludes(tasks, [name]);
  if (rest.length === 0) return;
  // Tests take a path, and some of the tests there.
  const [path = "", filter, ...words] = rest;
  assert(/^test/.test(name) && await exists(path), `there is no ${path} for ${name}`);
  if (filter !== undefined) assertEquals([filter, words.length], ["--filter", 1]);
}

for (const { where, script } of shown) {
  Deno.test(`the program takes ${JSON.stringify(script.trim())} (${where})`, async () => {
    for (const words of splitCommands(script)) await checkCommand(words);
  });
}

Deno.test("the README begins with its two commands", async () => {
  const [demo, test] = (await linesOf("README.md")).map(({ script }) => script.trim());
  assertEquals([demo, test], ["npx -y deno@2.9.6 task demo", "npx -y deno@2.9.6 task test"]);
});

Deno.test("the documents show a line of every command", () => {
  const programs = shown.flatMap(({ where, script }) =>
    /\.md:/.test(where) ? splitCommands(script).map(programOf).filter(([program]) => program === "duoproxy") : []
  );
  const named = new Set(programs.map(([, ...args]) => splitCommand(args).name));
  assertArrayIncludes([...named], commands.map(({ name }) => name));
});

Deno.test("the documents tell authproxyctl only what it understands", async () => {
  const code = (await Promise.all((await documents()).map(readText))).flatMap((text) => readMarkdown(text).code);
  const told = code.flatMap(({ text }) => /^(?:sudo )?authproxyctl (.+)$/.exec(text)?.[1]?.split(" | ") ?? []);
  assertGreater(told.length, 0);
  assertArrayIncludes(controlWords, told);
});

Deno.test("the documents name every task", () => {
  const scripts = shown.flatMap(({ script }) => script.trim().split("\n"));
  assertArrayIncludes(scripts, tasks.map((task) => `npx -y deno@2.9.6 task ${task}`));
});

for (const command of commands) {
  Deno.test(`the usage of duoproxy ${command.name} says what its record says`, () => checkUsage(command));

  Deno.test(`duoproxy help ${command.name} has examples, and they are lines of this command`, () => {
    assertGreater(command.examples.length, 0);
    for (const { line } of command.examples) {
      const ours = splitCommands(line).map(programOf).filter(([program]) => program === "duoproxy");
      assertArrayIncludes(ours.map(([, ...args]) => splitCommand(args).name), [command.name]);
    }
  });
}

/** The usage names options and arguments of the record, by their names and with the record's choices. */
function checkUsage({ name, usage, options, positionals }: Command): void {
  const [first, ...tokens] = usage.replaceAll(/[[\]]| \| /g, " ").split(" ").filter((token) => token !== "");
  assertEquals(first, name);
  const known = [...options, ...globalOptions];
  const words: string[] = [];
  while (tokens.length > 0) {
    const token = tokens.shift() ?? "";
    if (!token.startsWith("--")) {
      words.push(token);
      continue;
    }
    const spec = known.find((option) => `--${option.name}` === token);
    assert(spec !== undefined, `there is no ${token}`);
    if (spec.value === undefined) continue;
    const value = tokens.shift();
    assertArrayIncludes([spec.value, spec.choices?.join("|"), "-"], [value], `the value of ${token}`);
  }
  const wanted = positionals.map((positional) => positional.choices?.join("|") ?? positional.name);
  // OPTIONS stands for what is too much to show, and the topics of explain have a form of their own.
  if (words.includes("OPTIONS")) assertEquals(words, ["OPTIONS"]);
  else if (name === "explain") assertGreater(words.length, 0);
  else assertEquals(words, wanted);
}
