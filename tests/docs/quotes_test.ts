/**
 * What our documents quote of logs, events and commands is what the program writes.
 *
 * A block marked `log` holds lines of the operational log, where a line that begins with blanks goes on with the one before; `json`
 * an auth event, with line ends of its own; `console` a command behind `$` and what it prints, where a line `...` stands for any
 * number of others. The configuration of such a command is the last one that its document shows before, as `ini` or `text`.
 *
 * @module
 */

import { assert, assertArrayIncludes, assertEquals, assertGreater } from "@std/assert";
import { runCommandLine } from "../../lib/cli/run.ts";
import { FakeTerminal } from "../kit/fake_terminal.ts";
import { TempDir } from "../kit/program.ts";
import { type CodeBlock, readMarkdown } from "./markdown.ts";
import { normalized, writeAll } from "./quotes.ts";
import { documents, filesBelow, readText } from "./repository.ts";
import { splitCommands } from "./shell.ts";

/** A block and where it stands. */
interface Quote extends CodeBlock {
  readonly where: string;
  /** The configuration that stands before it in its document, if one does. */
  readonly config: string | undefined;
}

async function quotesIn(path: string): Promise<readonly Quote[]> {
  const { blocks } = readMarkdown(await readText(path));
  return blocks.map((block, index) => ({
    ...block,
    where: `${path}:${block.line}`,
    config: blocks.slice(0, index).findLast(({ language, text }) =>
      language === "ini" || (language === "text" && text.startsWith("[radius_"))
    )?.text,
  }));
}

const quotes = (await Promise.all((await documents()).map(quotesIn))).flat();

/** The lines of a quoted log, each whole. */
function linesOf({ text }: Quote): readonly string[] {
  return text.trimEnd().replaceAll(/\n\s+/g, " ").split("\n");
}

Deno.test("every line of a log and every event in the documents is one that the program writes", async () => {
  const written = await writeAll();
  const log = new Set(written.log.map(normalized));
  const events = new Set(written.events.map(normalized));
  const lines = quotes.filter(({ language }) => language === "log").flatMap((quote) =>
    linesOf(quote).map((line) => ({ line, where: quote.where }))
  );
  assertGreater(lines.length, 10);
  const wrong = lines.filter(({ line }) => !log.has(normalized(line))).map(({ line, where }) => `${where}: ${line}`);
  assertEquals(wrong, [], [...log].filter((line) => !/marker-|\[debug\]/.test(line)).join("\n"));
  const shown = quotes.filter(({ language }) => language === "json");
  assertGreater(shown.length, 0);
  for (const { text, where } of shown) {
    assert(events.has(normalized(JSON.stringify(JSON.parse(text)))), `${where}:\n${[...events].join("\n")}`);
  }
});

for (const { text, where, config } of quotes.filter(({ language }) => language === "console")) {
  const [first = "", ...output] = text.trimEnd().split("\n");
  Deno.test(`${JSON.stringify(first)} prints what ${where} shows`, async () => {
    const [words = []] = splitCommands(first.replace(/^\$ /, ""));
    const [program, ...args] = words;
    assertEquals(program, "duoproxy");
    using dir = new TempDir();
    const named = "authproxy.cfg";
    if (config !== undefined) dir.write(named, config);
    const terminal = new FakeTerminal();
    await runCommandLine(args.map((word) => word === named ? `${dir.path}/${named}` : word), () => terminal);
    assertEquals(terminal.stderr, "");
    assertLines(terminal.stdout.trimEnd().replaceAll(`${dir.path}/`, "").split("\n"), output);
  });
}

/** Compares what was printed with what is shown, where `...` stands for any lines. */
function assertLines(printed: readonly string[], shown: readonly string[]): void {
  const parts = shown.join("\n").split(/(?:^|\n)\.\.\.(?:\n|$)/);
  const [first = ""] = parts;
  if (parts.length === 1) return assertEquals(printed.join("\n"), first);
  let rest = `${printed.join("\n")}\n`;
  assert(rest.startsWith(first), rest);
  for (const part of parts.filter((text) => text !== "")) {
    const at = rest.indexOf(`${part}\n`);
    assert(at >= 0, `not printed, or not in this order:\n${part}\n\n${printed.join("\n")}`);
    rest = rest.slice(at + part.length + 1);
  }
}

Deno.test("what users read, as the documents quote it, is a text of the program", async () => {
  const library = (await filesBelow("lib/")).filter((path) => path.endsWith(".ts"));
  const sources = (await Promise.all(library.map(readText))).join("\n");
  let quoted = 0;
  for (const path of await documents()) {
    const prose = (await readText(path)).replaceAll(/\s+/g, " ");
    for (const [, text = ""] of prose.matchAll(/\buser (?:reads|sees) "([^"]+)"/g)) {
      quoted++;
      assert(sources.includes(`"${text}"`), `${path}: nobody reads "${text}"`);
    }
  }
  assertGreater(quoted, 3);
});

Deno.test("the reasons that the guides explain are those that logins end with", async () => {
  const guide = readMarkdown(await readText("conf/guides/troubleshooting.md"));
  const table = guide.tables.find(({ head }) => head[0] === "reason");
  const named = (table?.rows ?? []).flatMap(([cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word));
  // Those of logins that were let in, and of what is no end, stand in the text behind the table.
  const others = guide.code.map(({ text }) => text);
  const known = new Set<string>();
  for (const path of await filesBelow("lib/")) {
    if (!/^lib\/(?:login|front|log)\//.test(path)) continue;
    const source = await readText(path);
    for (const [, word = ""] of source.matchAll(/\breason: (?:untrusted \? )?"([a-z-]+)"/g)) known.add(word);
    for (const [, word = ""] of source.matchAll(/\brefuse\(\s*"([a-z-]+)"/g)) known.add(word);
    for (const [, word = ""] of source.matchAll(/: "(duo-unavailable|failmode|approved)"/g)) known.add(word);
    for (const [, word = ""] of source.matchAll(/(?:timeout|fraud|locked_out|sent): "([a-z-]+)"/g)) known.add(word);
  }
  assertGreater(known.size, 20);
  assertArrayIncludes([...named, ...others], [...known]);
  assertArrayIncludes([...known, "denied"], named);
});
