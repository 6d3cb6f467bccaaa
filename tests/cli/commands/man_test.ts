/**
 * The manual page: complete, and roff that the formatters accept without a word.
 *
 * @module
 */

import { manPage } from "../../../lib/cli/man_page.ts";
import { type Command, exit } from "../../../lib/cli/command.ts";
import { loadAllCommands, loadCommand } from "../../../lib/cli/registry.ts";
import { shownTables } from "../../../lib/config/explain.ts";
import { shownName } from "../../../lib/config/options.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTerminal } from "../../kit/fake_terminal.ts";
import { findProgram, runWithInput } from "../../kit/programs.ts";

async function page(): Promise<string> {
  const terminal = new FakeTerminal();
  const command = await loadCommand("man");
  assertEquals(await command.run({ options: {}, positionals: [], terminal }), exit.ok);
  return terminal.stdout;
}

/** Every character that roff gives a meaning to, at every place where it would have it. */
const hostile: Command = {
  name: "hostile",
  summary: "Do \\n to .files",
  usage: "hostile [--path C:\\new]",
  description:
    ".TH is no request here, nor is 'so /etc/passwd\n\n'quoted' and `backquoted`, ~home, ^caret, --dash, \"x\" é €\n" +
    "  .indented",
  positionals: [{ name: "A.B", required: false, doc: ".dot \\*(xx" }],
  options: [{ name: "path", value: "'P'", doc: "Path such as C:\\new\\fB" }],
  examples: [{ line: ".\\duoproxy hostile '-x'", does: ".example" }],
  exits: [{ code: 0, when: ".always" }],
  run: () => Promise.resolve(exit.ok),
};

Deno.test("the page names every command, option, section and option of a section", async () => {
  const text = (await page()).replaceAll("\\-", "-").replaceAll("\\fB", "").replaceAll("\\fR", "");
  for (const { name, options } of await loadAllCommands()) {
    assertStringIncludes(text, `\n.SS "${name}"\n`);
    for (const option of options) assertStringIncludes(text, `--${option.name}`);
  }
  for (const table of shownTables()) {
    const start = text.indexOf(`\n.SS "[${table.type}]"\n`);
    assert(start >= 0, table.type);
    const end = text.indexOf("\n.S", start + 2);
    for (const row of table.rows) assertStringIncludes(text.slice(start, end), `\n.TP\n${shownName(row)}\n`);
  }
  for (const part of ["NAME", "SYNOPSIS", "DESCRIPTION", "CONFIGURATION", "EXIT STATUS", "FILES", "EXAMPLES"]) {
    assertStringIncludes(text, `\n.SH ${part}\n`);
  }
});

Deno.test("only known requests begin a line, and every line is ASCII and short", async () => {
  for (const text of [await page(), manPage([hostile], "1.0")]) {
    for (const line of text.split("\n")) {
      assert(/^(?:[^.']|$|\.(?:TH|SH|SS|PP|TP|B|BR|RS|RE|nf|fi)(?: |$)|\.\\")/.test(line), line);
      assert(/^[\x20-\x7e]*$/.test(line), line);
    }
  }
});

Deno.test({
  name: "groff accepts the page without a warning, and shows hostile text as it is",
  ignore: findProgram("groff") === undefined,
  async fn(): Promise<void> {
    for (const text of [await page(), manPage([hostile], "1.0")]) {
      const { code, stderr } = await runWithInput("groff", ["-ww", "-man", "-Tutf8", "-z"], text);
      assertEquals([code, stderr], [0, ""]);
    }
    const { stdout } = await runWithInput("groff", ["-man", "-Tutf8", "-P-cbou"], manPage([hostile], "1.0"));
    const shown = stdout.replaceAll(/\s+/g, " ");
    for (
      const text of [
        "Do \\n to .files.",
        "hostile [--path C:\\new]",
        ".TH is no request here, nor is 'so /etc/passwd",
        "'quoted' and `backquoted`, ~home, ^caret, --dash, \"x\" é €",
        ".indented",
        ".dot \\*(xx",
        "C:\\new\\fB",
        ".\\duoproxy hostile '-x'",
      ]
    ) assertStringIncludes(shown, text);
  },
});

Deno.test({
  name: "mandoc has nothing to say but that the page has no date, which a build shall not change",
  ignore: findProgram("mandoc") === undefined,
  async fn(): Promise<void> {
    const { stdout } = await runWithInput("mandoc", ["-Tlint"], await page());
    assertEquals(stdout.split("\n").filter((line) => line !== "" && !/ missing date, using ""/.test(line)), []);
  },
});
