/**
 * Completions, asked of the real shells. A shell that isn't installed is skipped by name.
 *
 * @module
 */

import { exit } from "../../../lib/cli/command.ts";
import { type CompletionModel, completionModel, type Expected } from "../../../lib/cli/completions/model.ts";
import { globalOptions } from "../../../lib/cli/global_options.ts";
import { guides } from "../../../lib/cli/guides.ts";
import { loadAllCommands } from "../../../lib/cli/registry.ts";
import { runCommandLine } from "../../../lib/cli/run.ts";
import { findTopic, shownTables } from "../../../lib/config/explain.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeTerminal } from "../../kit/fake_terminal.ts";
import { findProgram, runWithInput } from "../../kit/programs.ts";

type Shell = "bash" | "zsh" | "fish";
const shells: readonly Shell[] = ["bash", "zsh", "fish"];

async function script(shell: Shell): Promise<string> {
  const terminal = new FakeTerminal();
  assertEquals(await runCommandLine(["completions", shell], () => terminal), exit.ok);
  assertEquals(terminal.stderr, "");
  return terminal.stdout;
}

async function model(): Promise<CompletionModel> {
  return completionModel(await loadAllCommands(), "1.0");
}

const commandNames = (await loadAllCommands()).map(({ name }) => name);
const topics = [...shownTables().map(({ type }) => type), "findings", "guides", ...guides.map(({ name }) => name)];
const globals = globalOptions.flatMap(({ name, short }) =>
  short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]
);

/** A line as it is typed, and all words that fit its last one. `shells`: those to ask, all by default. */
interface Case {
  readonly line: string;
  readonly words: readonly string[];
  readonly shells?: readonly Shell[];
}

const cases: readonly Case[] = [
  { line: "duoproxy ", words: commandNames },
  { line: "duoproxy sta", words: ["status"] },
  { line: "duoproxy nothing-like-it", words: [] },
  { line: "duoproxy --color ", words: ["always", "auto", "never"] },
  { line: "duoproxy --color never sta", words: ["status"] },
  { line: "duoproxy --debug sta", words: ["status"] },
  { line: "duoproxy check --form", words: ["--format"] },
  { line: "duoproxy check --format ", words: ["json", "text"] },
  { line: "duoproxy check --format j", words: ["json"] },
  { line: "duoproxy check --color never --format j", words: ["json"] },
  { line: "duoproxy check --config ", words: ["a file", "directory", "other.cfg"] },
  { line: "duoproxy check --config o", words: ["other.cfg"] },
  { line: "duoproxy completions ", words: ["bash", "fish", "zsh"] },
  { line: "duoproxy help sta", words: ["status"] },
  // zsh offers options where nothing else can come.
  { line: "duoproxy help status ", words: [], shells: ["bash", "fish"] },
  { line: "duoproxy explain ", words: topics },
  { line: "duoproxy explain radius_server_au", words: ["radius_server_auto"] },
  { line: "duoproxy explain fin", words: ["findings"] },
  { line: "duoproxy explain cis", words: ["cisco-asa"] },
  { line: "duoproxy explain radius_server_auto.failm", words: ["radius_server_auto.failmode"] },
  { line: "duoproxy explain main.status_", words: ["main.status_interface", "main.status_port"] },
  { line: "duoproxy explain nonsense.", words: [] },
  { line: "duoproxy simulate --listen 127.0.0.1:443 --us", words: ["--users"] },
  { line: "duoproxy version --", words: globals.filter((name) => name.startsWith("--")) },
];

/** The files that a shell finds. */
async function inDirectory<T>(use: (cwd: string) => Promise<T>): Promise<T> {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${cwd}/directory`);
    await Deno.writeTextFile(`${cwd}/other.cfg`, "");
    await Deno.writeTextFile(`${cwd}/a file`, "");
    return await use(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** The words of a line as bash cuts it: `=` and `:` are words of their own. */
function bashWords(line: string): readonly string[] {
  return line.split(" ").flatMap((word) => word === "" ? [""] : word.split(/([=:])/).filter((part) => part !== ""));
}

function askBash(source: string, lines: readonly string[], cwd: string): Promise<string> {
  const questions = lines.map((line) => {
    const words = bashWords(line);
    return `COMP_WORDS=(${words.map(quote).join(" ")}); COMP_CWORD=${words.length - 1}; _duoproxy; echo "== "
printf '%s\\n' "\${COMPREPLY[@]}"`;
  });
  return answers("bash", ["--norc", "--noprofile", "-s"], `${source}\n${questions.join("\n")}\n`, cwd);
}

function askFish(source: string, lines: readonly string[], cwd: string): Promise<string> {
  const questions = lines.map((line) => `echo "== "; complete -C ${quote(line)} | string replace -r '\\t.*' ''`);
  return answers("fish", ["--no-config"], `${source}\n${questions.join("\n")}\n`, cwd);
}

/** What the zsh within does when it is asked: it prints what would be offered, and changes nothing on its line. */
const zshWithin = `PROMPT=
stty -echo
autoload -Uz compinit
compinit -D -u
source ./.completions.zsh
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a found
  local hit
  builtin compadd -A found "$@"
  for hit in $found; do print -r -- "<$IPREFIX\${(Q)hit}>"; done
  builtin compadd "$@"
}
offer() {
  _main_complete
  compstate[insert]=
  compstate[list]=
  print -r -- "<""END"">"
}
zle -C offer complete-word offer
bindkey "^I" offer
clear-line() { BUFFER= }
zle -N clear-line
bindkey "^U" clear-line
print -r -- "<""READY"">"
`;

/** zsh completes only where somebody types: in a shell within the shell, on a pseudo-terminal. */
async function askZsh(source: string, lines: readonly string[], cwd: string): Promise<string> {
  await Deno.writeTextFile(`${cwd}/.completions.zsh`, source);
  await Deno.writeTextFile(`${cwd}/.within.zsh`, zshWithin);
  const driver = `zmodload zsh/zpty
until_mark() {
  local line
  while zpty -r z line; do
    [[ $line == *"<$1>"* ]] && return
    print -r -- "$line"
  done
}
ask() {
  print "== "
  zpty -w -n z $'\\x15'"$1"$'\\t'
  until_mark END
}
zpty z zsh -f -i
zpty -w z 'source ./.within.zsh'
until_mark READY
${lines.map((line) => `ask ${quote(line)}`).join("\n")}
zpty -d z
`;
  const text = await answers("zsh", ["-f", "-s"], driver, cwd);
  const words = text.split("\n").flatMap((line) =>
    line.startsWith("== ") ? [line] : [...line.matchAll(/<([^<>]*)>/g)].map(([, word]) => word)
  );
  // What was typed to set the shell up comes before the first question.
  return words.slice(words.indexOf("== ")).join("\n");
}

async function answers(shell: Shell, args: readonly string[], input: string, cwd: string): Promise<string> {
  const { stdout, stderr } = await runWithInput(shell, args, input, { cwd, env: { TERM: "dumb", HOME: cwd } });
  assertEquals(stderr.split("\n").filter((line) => line !== "" && !/compopt: not currently/.test(line)), []);
  return stdout;
}

const askers = { bash: askBash, zsh: askZsh, fish: askFish } as const;

for (const shell of shells) {
  Deno.test({
    name: `${shell} takes the script and completes with it`,
    ignore: findProgram(shell) === undefined,
    async fn(): Promise<void> {
      const source = await script(shell);
      const syntax = await runWithInput(shell, ["-n", ...(shell === "fish" ? ["--no-config"] : [])], source);
      assertEquals([syntax.code, syntax.stderr], [0, ""]);
      const asked = cases.filter((one) => one.shells === undefined || one.shells.includes(shell));
      const answer = await inDirectory((cwd) => askers[shell](source, asked.map(({ line }) => line), cwd));
      const [, ...parts] = answer.split("== ");
      assertEquals(parts.length, asked.length);
      for (const [index, { line, words }] of asked.entries()) {
        const given = (parts[index] ?? "").split("\n").map((word) => word.trim().replace(/\/$/, "")).filter(Boolean);
        const found = [...new Set(given)].filter((word) => !word.startsWith("."));
        // fish names a prefix's own candidates only; the order is each shell's affair.
        assertEquals(found.toSorted(), [...words].toSorted(), `${shell}: ${line}`);
      }
    },
  });
}

Deno.test({
  name: "bash keeps an attached value's option where = does not cut words",
  ignore: findProgram("bash") === undefined,
  async fn(): Promise<void> {
    const question =
      "COMP_WORDS=(duoproxy check --format=j); COMP_CWORD=2; _duoproxy; printf '%s\\n' \"${COMPREPLY[@]}\"";
    const { stdout } = await runWithInput("bash", ["--norc", "-s"], `${await script("bash")}\n${question}\n`);
    assertEquals(stdout, "--format=json\n");
  },
});

Deno.test("each shell's script names every command and every option with its dashes", async () => {
  const commands = await loadAllCommands();
  for (const shell of shells) {
    const source = await script(shell);
    for (const { name, options } of commands) {
      assertMatch(source, new RegExp(`\\b${name}\\b`));
      for (const option of options) {
        assert(
          source.includes(shell === "fish" ? `-l ${option.name}` : `--${option.name}`),
          `${shell}: ${option.name}`,
        );
      }
    }
  }
});

Deno.test("no word that is offered means anything to a shell", async () => {
  const { commands, topics } = await model();
  const words = (expected: Expected): readonly string[] =>
    expected.kind === "words" ? expected.words.map(({ word }) => word) : [];
  const all = [
    ...commands.flatMap(({ name, options, positionals }) => [
      name,
      ...options.flatMap(({ long, short, value }) => [long, short ?? "-", ...(value ? words(value.expected) : [])]),
      ...positionals.flatMap(({ expected }) => words(expected)),
    ]),
    ...topics.flatMap(({ word, options }) => [word, ...options.map((option) => option.word)]),
  ];
  for (const word of all) assertMatch(word, /^[A-Za-z0-9_./-]+$/);
});

Deno.test("every name that is offered for explain is one that it explains", async () => {
  for (const { word, options } of (await model()).topics) {
    assertEquals(await runCommandLine(["explain", word], () => new FakeTerminal()), exit.ok, word);
    for (const option of options) assertEquals(findTopic(`${word}.${option.word}`).kind, "option", option.word);
  }
});

Deno.test("every FILE is completed with files, whichever command it belongs to", async () => {
  for (const { name, options } of (await model()).commands) {
    for (const { long, value } of options) {
      if (value?.name === "FILE") assertEquals(value.expected.kind, "files", `${name} ${long}`);
    }
  }
});

/** One word for a POSIX shell, and for fish. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
