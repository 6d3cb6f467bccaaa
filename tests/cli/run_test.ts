/**
 * From command lines to exit codes, and the rules that every command's record keeps.
 *
 * @module
 */

import { exit } from "../../lib/cli/command.ts";
import { globalOptions } from "../../lib/cli/global_options.ts";
import { parseCommandLine, splitCommand } from "../../lib/cli/parse.ts";
import { commandEntries, loadAllCommands, loadCommand } from "../../lib/cli/registry.ts";
import { describeBug, runCommandLine } from "../../lib/cli/run.ts";
import { exitMeanings } from "../../lib/cli/usage.ts";
import project from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { FakeTerminal, type FakeTerminalOptions } from "../kit/fake_terminal.ts";

async function run(
  args: readonly string[],
  options: FakeTerminalOptions = {},
): Promise<FakeTerminal & { code: number }> {
  const terminal = new FakeTerminal(options);
  const code = await runCommandLine(args, () => terminal);
  return Object.assign(terminal, { code });
}

for (const args of [["version"], ["--version"], ["-V"]]) {
  Deno.test(`${args.join(" ")} prints the version of deno.json and of what runs it`, async () => {
    const { code, stdout, stderr } = await run(args);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, `duoproxy ${project.version} (deno ${Deno.version.deno}, ${Deno.build.target})\n`);
  });
}

Deno.test("no command: usage on stderr, nothing on stdout, 64", async () => {
  const { code, stdout, stderr } = await run([]);
  assertEquals([code, stdout], [exit.usage, ""]);
  assertStringIncludes(stderr, "Usage: duoproxy COMMAND [OPTIONS]");
});

for (const args of [["help"], ["--help"], ["-h"]]) {
  Deno.test(`${args.join(" ")} lists every command and exit code on stdout`, async () => {
    const { code, stdout, stderr } = await run(args);
    assertEquals([code, stderr], [0, ""]);
    for (const { name } of commandEntries) assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
    for (const [number] of exitMeanings) assertMatch(stdout, new RegExp(`^  ${number} `, "m"));
  });
}

Deno.test("an unknown command ends with 64 and names the nearest", async () => {
  const { code, stdout, stderr } = await run(["verzion"]);
  assertEquals([code, stdout], [exit.usage, ""]);
  assertStringIncludes(stderr, 'Unknown command "verzion"; did you mean version?');
  assertEquals((await run(["help", "verzion"])).code, exit.usage);
});

Deno.test("a usage error names the command whose help explains it", async () => {
  const { code, stderr } = await run(["version", "--colour"]);
  assertEquals(code, exit.usage);
  assertEquals(stderr, 'duoproxy: Unknown option "--colour"; did you mean --color?\nSee duoproxy help version\n');
});

Deno.test("output that was lost is no success", async () => {
  assertEquals((await run(["version"], { outputLost: true })).code, exit.failed);
});

Deno.test("every command explains itself in the same two ways, examples first, within the columns", async () => {
  for (const { name } of commandEntries) {
    const asked = await run(["help", name]);
    assertEquals([asked.code, asked.stderr], [0, ""]);
    assertEquals((await run([name, "--help"])).stdout, asked.stdout);
    assertEquals((await run([name, "-h"])).stdout, asked.stdout);
    assertMatch(asked.stdout, /^Examples:$[^]*^Usage: duoproxy [^]*^Options:$[^]*^Exit codes:$/m);
    for (const columns of [60, 80, 300]) {
      const { stdout } = await run(["help", name], { columns });
      const lines = stdout.split("\n").filter((line) => !/^ {4}duoproxy |^Usage: /.test(line));
      for (const line of lines) assert(line.length <= Math.min(columns, 100), `${name}, ${columns}: ${line}`);
    }
  }
});

Deno.test("records keep the rules that parsing, help and completions rely on", async () => {
  const global = globalOptions.flatMap(({ name, short }) => short === undefined ? [name] : [name, short]);
  const commands = await loadAllCommands();
  assertEquals(commands.map(({ name }) => name), commandEntries.map(({ name }) => name));
  for (const command of commands) {
    assertNotMatch(command.summary, /\.$/, command.name);
    assert(command.usage === command.name || command.usage.startsWith(`${command.name} `), command.name);
    assert(command.examples.length > 0 && command.exits.length > 0, command.name);
    const names = command.options.flatMap(({ name, short }) => short === undefined ? [name] : [name, short]);
    assertEquals(new Set([...names, ...global]).size, names.length + global.length, command.name);
    for (const spec of command.options) {
      assertMatch(spec.name, /^(?!no-)[a-z][a-z-]*$/, command.name);
      assertNotMatch(spec.doc, /\.$/, `${command.name} --${spec.name}`);
      assert(spec.value !== undefined || (spec.choices === undefined && spec.repeatable !== true), spec.name);
    }
    const firstOptional = command.positionals.findIndex(({ required }) => !required);
    assert(firstOptional < 0 || command.positionals.slice(firstOptional).every(({ required }) => !required));
  }
});

Deno.test("every example is a line that parses", async () => {
  for (const { examples } of await loadAllCommands()) {
    for (const { line } of examples) {
      // Of a shell line, the part that is ours: up to a pipe or a redirection.
      const own = /(?:^|\| )duoproxy ([^|<>]*)/.exec(line)?.[1] ?? "";
      const { name = "", rest } = splitCommand(own.trim().split(/ +/));
      parseCommandLine(await loadCommand(name), rest);
    }
  }
});

Deno.test("describeBug() shows the stack only when asked", () => {
  const bug = new TypeError("x is\nundefined");
  assertEquals(describeBug(bug, false), [
    "duoproxy: Internal error, a bug in duoproxy: TypeError: x is undefined",
    "Please report it with the command line; --debug shows where it happened",
  ]);
  assertMatch(describeBug(bug, true).join("\n"), /run_test\.ts/);
  assertStringIncludes(describeBug("text", false).join(), "a bug in duoproxy: text");
});
