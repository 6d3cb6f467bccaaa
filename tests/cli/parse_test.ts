/**
 * What a command line may look like, and what is said about one that is wrong.
 *
 * @module
 */

import { type Command, exit, UsageError } from "../../lib/cli/command.ts";
import { parseCommandLine, type ParsedArguments, splitCommand } from "../../lib/cli/parse.ts";
import { assertEquals, assertThrows } from "@std/assert";

const command: Command = {
  name: "sample",
  summary: "Sample",
  usage: "sample USER [MODE] [--config FILE]",
  description: "",
  positionals: [
    { name: "USER", required: true, doc: "Who" },
    { name: "MODE", required: false, choices: ["fast", "slow"], doc: "How" },
  ],
  options: [
    { name: "config", short: "c", value: "FILE", doc: "File" },
    { name: "format", value: "FORMAT", choices: ["text", "json"], doc: "Format" },
    { name: "only", value: "NAME", repeatable: true, doc: "Check" },
    { name: "list", short: "l", doc: "List" },
    { name: "script", short: "s", doc: "Script" },
  ],
  examples: [],
  exits: [],
  run: () => Promise.resolve(exit.ok),
};

const globals = { color: "auto", debug: false, help: false } as const;

const good: readonly (readonly [args: readonly string[], expected: Partial<ParsedArguments>])[] = [
  [["alice"], { positionals: ["alice"] }],
  [["007"], { positionals: ["007"] }],
  [["1e3", "--config", "0x10"], { positionals: ["1e3"], options: { config: "0x10" } }],
  [["--config", "a.cfg", "alice"], { positionals: ["alice"], options: { config: "a.cfg" } }],
  [["--config=a=b c", "alice"], { positionals: ["alice"], options: { config: "a=b c" } }],
  [["--config=-", "alice"], { positionals: ["alice"], options: { config: "-" } }],
  [["--config", "-", "alice"], { positionals: ["alice"], options: { config: "-" } }],
  [["--config=--list", "alice"], { positionals: ["alice"], options: { config: "--list" } }],
  [["alice", "-c", "a"], { positionals: ["alice"], options: { config: "a" } }],
  [["alice", "-ca"], { positionals: ["alice"], options: { config: "a" } }],
  [["alice", "-c=a"], { positionals: ["alice"], options: { config: "a" } }],
  [["-", "fast"], { positionals: ["-", "fast"] }],
  [["--", "-l", "fast"], { positionals: ["-l", "fast"] }],
  // A word behind a switch is no value of it, not even one that looks like it.
  [["--list", "true"], { positionals: ["true"], options: { list: true } }],
  [["--list", "false", "--script"], { positionals: ["false"], options: { list: true, script: true } }],
  [["alice", "--only", "a", "--only=b"], { positionals: ["alice"], options: { only: ["a", "b"] } }],
  [["alice", "--only", "a"], { positionals: ["alice"], options: { only: ["a"] } }],
  [["alice", "--color", "never", "--debug"], {
    positionals: ["alice"],
    global: { color: "never", debug: true, help: false },
  }],
  [["--help"], { positionals: [], global: { ...globals, help: true } }],
  [["alice", "--nonsense", "-h"], { positionals: [], global: { ...globals, help: true } }],
  [["--", "-h"], { positionals: ["-h"] }],
];

for (const [args, expected] of good) {
  Deno.test(`parseCommandLine() reads ${JSON.stringify(args)}`, () => {
    assertEquals(parseCommandLine(command, args), { options: {}, positionals: [], global: globals, ...expected });
  });
}

const bad: readonly (readonly [args: readonly string[], message: string])[] = [
  [["a", "--confg", "x"], 'Unknown option "--confg"; did you mean --config?'],
  [["a", "--confg=x"], 'Unknown option "--confg"; did you mean --config?'],
  [["a", "-x"], 'Unknown option "-x"'],
  [["a", "-list"], "-l takes no value"],
  [["a", "--zzzzzzzz"], 'Unknown option "--zzzzzzzz"'],
  [["a", "--no-list"], 'Unknown option "--no-list"; did you mean --list?'],
  [["a", "--__proto__=x"], 'Unknown option "--__proto__"'],
  [["a", "--constructor"], 'Unknown option "--constructor"'],
  [["a", "--config"], "--config needs a value (FILE)"],
  [["a", "--config="], "--config needs a value (FILE)"],
  [["a", "--config", ""], "--config needs a value (FILE)"],
  [["a", "--config", "--list"], "--config needs a value (FILE); one that begins with a dash is written --config=FILE"],
  [["a", "--config", "--", "b"], "--config needs a value (FILE)"],
  [["a", "--list=yes"], "--list takes no value"],
  [["a", "--config", "x", "-c", "y"], "--config is given 2 times, and counts only once"],
  [["a", "--list", "-l"], "--list is given 2 times, and counts only once"],
  [["a", "--format", "jsn"], '--format is text, json, not "jsn"; did you mean json?'],
  [["a", "--format", "JSON"], '--format is text, json, not "JSON"; did you mean json?'],
  [["a", "quick"], 'MODE is fast, slow, not "quick"'],
  [["a", "fast", "more"], 'Unexpected argument "more": duoproxy sample USER [MODE] [--config FILE]'],
  [[], "USER is missing: duoproxy sample USER [MODE] [--config FILE]"],
  [[""], "USER is empty"],
  [["a", "b\u001b[2J\n"], '"b\\u{1b}[2J\\u{a}"'],
];

for (const [args, message] of bad) {
  Deno.test(`parseCommandLine() refuses ${JSON.stringify(args)}`, () => {
    assertThrows(() => parseCommandLine(command, args), UsageError, message);
  });
}

Deno.test("splitCommand() finds the name behind global options and their values", () => {
  assertEquals(splitCommand(["check", "--config", "x"]), { name: "check", rest: ["--config", "x"] });
  assertEquals(splitCommand(["--color", "never", "check", "x"]), { name: "check", rest: ["--color", "never", "x"] });
  assertEquals(splitCommand(["--color=never", "--debug", "check"]), {
    name: "check",
    rest: ["--color=never", "--debug"],
  });
  assertEquals(splitCommand(["--help"]), { name: undefined, rest: ["--help"] });
  assertEquals(splitCommand([]), { name: undefined, rest: [] });
  assertThrows(() => splitCommand(["--config", "x", "check"]), UsageError, 'Unknown option "--config"');
});
