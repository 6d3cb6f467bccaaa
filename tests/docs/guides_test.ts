/**
 * The guides for operators: all of them are in the program, `explain` shows them whole, and what they point to is there.
 *
 * @module
 */

import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { exit } from "../../lib/cli/command.ts";
import { completionModel } from "../../lib/cli/completions/model.ts";
import { guides, guideSummary } from "../../lib/cli/guides.ts";
import { manPage } from "../../lib/cli/man_page.ts";
import { loadAllCommands } from "../../lib/cli/registry.ts";
import { runCommandLine } from "../../lib/cli/run.ts";
import { topicNames } from "../../lib/config/explain.ts";
import { FakeTerminal } from "../kit/fake_terminal.ts";
import { readMarkdown } from "./markdown.ts";
import { documents, exists, filesBelow, readText } from "./repository.ts";

const folder = "conf/guides/";

async function explain(words: readonly string[], columns = 80): Promise<string> {
  const terminal = new FakeTerminal({ columns });
  assertEquals(await runCommandLine(["explain", ...words], () => terminal), exit.ok);
  assertEquals(terminal.stderr, "");
  return terminal.stdout;
}

Deno.test("every file of conf/guides is a guide of the program, under its own name", async () => {
  const files = await filesBelow(folder);
  assertEquals(guides.map(({ name }) => `${folder}${name}.md`).toSorted(), [...files]);
  for (const { name, text } of guides) assertEquals(text, await readText(`${folder}${name}.md`));
});

Deno.test("no guide has the name of something else that explain explains", () => {
  const others = topicNames();
  assertEquals(guides.filter(({ name }) => others.includes(name)), []);
  assert(!others.includes("guides"));
});

Deno.test("explain lists each guide with what it is about, and so do explain guides, the man page and completions", async () => {
  const [all, alone] = [await explain([]), await explain(["guides"])];
  const page = manPage(await loadAllCommands(), "1.0").replaceAll("\\-", "-");
  const words = completionModel(await loadAllCommands(), "1.0").topics.map(({ word }) => word);
  for (const guide of guides) {
    const about = guideSummary(guide);
    assert(/^[A-Z].{20,200}\.$/.test(about), `${guide.name}: ${about}`);
    for (const text of [all, alone]) {
      assertStringIncludes(text, `  ${guide.name}`);
      assertStringIncludes(text.replaceAll(/\s+/g, " "), about);
    }
    assertStringIncludes(page, `\n.TP\n\\fB${guide.name}\\fR\n`);
    assert(words.includes(guide.name));
  }
  assert(words.includes("guides"));
});

for (const { name, text } of guides) {
  Deno.test(`explain ${name} shows the whole guide, in the columns of the terminal`, async () => {
    const shown = await explain([name]);
    assertEquals(`# ${shown.split("\n\n")[0]}`, text.split("\n\n")[0]);
    const words = (source: string): ReadonlySet<string> => new Set(source.match(/[\p{L}\p{N}]+/gu) ?? []);
    const there = words(shown);
    // Of a table that is folded the heads of its first and its only other column are not needed.
    const prose = text.replaceAll(/^```\w*$/gm, "").replaceAll(/\]\([^)]*\)/g, "]").replaceAll(/^.*\n\| -+ .*$/gm, "");
    assertEquals([...words(prose)].filter((word) => !there.has(word)), []);
    // Code stays as it is, so that it can be copied.
    const { blocks } = readMarkdown(text);
    const code = new Set(blocks.flatMap((block) => block.text.split("\n").map((line) => line.trim())));
    const wide = shown.split("\n").filter((line) => [...line].length > 80 && !code.has(line.trim()));
    assertEquals(wide, []);
    for (const { text } of blocks) {
      for (const line of text.split("\n")) assertStringIncludes(shown, line);
    }
    assertEquals(await explain([`${name.toUpperCase()}.md`]), shown);
  });
}

Deno.test("a misspelt guide, and one word of a guide's name, lead to it", async () => {
  for (
    const [word, name] of [["cisco-asaa", "cisco-asa"], ["troubleshoting", "troubleshooting"], ["asa", "cisco-asa"]]
  ) {
    const terminal = new FakeTerminal();
    assertEquals(await runCommandLine(["explain", word ?? ""], () => terminal), exit.usage);
    assertStringIncludes(terminal.stderr, `did you mean ${name}?`);
  }
});

Deno.test("a link to another guide is shown as the command that shows it", async () => {
  assertStringIncludes(
    (await explain(["cisco-asa"])).replaceAll(/\s+/g, " "),
    "see `duoproxy explain troubleshooting`.",
  );
  assertStringIncludes(
    (await explain(["configuration"])).replaceAll(/\s+/g, " "),
    "see secrets (`duoproxy explain containers-and-systemd-credentials`).",
  );
});

/** Where a link of a document leads: a path from the root. */
function pathOf(document: string, target: string): string {
  const base = new URL(document, "file:///");
  return new URL(target, base).pathname.slice(1);
}

for (const path of await documents()) {
  Deno.test(`every link of ${path} leads somewhere`, async () => {
    const own = readMarkdown(await readText(path));
    for (const { text, line } of own.links) {
      if (/^[a-z]+:/.test(text)) continue;
      const [target = "", anchor] = text.split("#");
      const file = target === "" ? path : pathOf(path, target);
      assert(await exists(file), `${path}:${line}: there is no ${file}`);
      if (anchor === undefined) continue;
      const { anchors } = readMarkdown(await readText(file));
      assert(anchors.has(anchor), `${path}:${line}: ${file} has no heading for #${anchor}`);
    }
  });
}

Deno.test("no line of the guides is wider than 160 columns", async () => {
  const wide: string[] = [];
  for (const path of (await documents()).filter((path) => path.startsWith(folder))) {
    for (const [index, line] of (await readText(path)).split("\n").entries()) {
      if ([...line].length > 160) wide.push(`${path}:${index + 1}`);
    }
  }
  assertEquals(wide, []);
  assertGreater(guides.length, 5);
});
