/**
 * `duoproxy explain [SECTION[.OPTION]]`.
 *
 * @module
 */

import { type Command, exit, type ExitCode, UsageError } from "./command.ts";
import { quote } from "./parse.ts";
import { columns, textWidth, wrap } from "./wrap.ts";

/** The command's record. */
export const command: Command = {
  name: "explain",
  summary: "Explain the sections and options of the configuration file",
  usage: "explain [SECTION[.OPTION] | findings]",
  description:
    "Without a name, lists the sections; with one, the section's options, or one option. `findings` lists the codes that `duoproxy check` shows.",
  positionals: [{ name: "SECTION[.OPTION]", required: false, doc: "What to explain, or findings" }],
  options: [],
  examples: [
    { line: "duoproxy explain", does: "List the sections" },
    { line: "duoproxy explain radius_server_duo_only", does: "List the options of a section" },
    { line: "duoproxy explain radius_server_auto.failmode", does: "Explain one option" },
    { line: "duoproxy explain findings", does: "List the codes of findings" },
  ],
  exits: [
    { code: exit.ok, when: "the text was printed" },
    { code: exit.usage, when: "there is no such section or option" },
  ],
  async run({ positionals, terminal }): Promise<ExitCode> {
    const { explainFindings, explainOption, explainSection, explainSections, findTopic, shownTables } = await import(
      "../config/explain.ts"
    );
    const { nearest } = await import("../config/nearest.ts");
    const width = textWidth(terminal.columns);
    const bold = (term: string): string => terminal.style("bold", term);
    const [question] = positionals;
    if (question === undefined) {
      await terminal.write(`${columns(explainSections(), width, bold)}\n`);
      return exit.ok;
    }
    if (question.toLowerCase() === "findings") {
      await terminal.write(`${columns(explainFindings(), width, bold)}\n`);
      return exit.ok;
    }
    const topic = findTopic(question);
    switch (topic.kind) {
      case "section": {
        const { table } = topic;
        const head = `${bold(`[${table.type}]`)}\n${wrap(table.doc, width)}\n`;
        const rows = explainSection(table);
        await terminal.write(rows.length === 0 ? head : `${head}\n${columns(rows, width, bold)}\n`);
        return exit.ok;
      }
      case "option":
        await terminal.write(
          `${wrap(topic.row.doc, width)}\n\n${columns(explainOption(topic.table, topic.row), width, bold)}\n`,
        );
        return exit.ok;
      case "unknown-section": {
        const near = nearest(topic.name, [...shownTables().map((table) => table.type), "findings"]);
        throw new UsageError(
          `Unknown section ${quote(topic.name)}; ${
            near === undefined ? "`duoproxy explain` lists the sections" : `did you mean ${near}?`
          }`,
        );
      }
      case "unknown-option": {
        const { table, name } = topic;
        const near = nearest(name.replace(/_[0-9n]+$/, ""), table.rows.map((row) => row.name)) ??
          nearest(name, table.rows.map((row) => row.name));
        throw new UsageError(
          `Unknown option ${quote(name)} of [${table.type}]; ${
            near === undefined
              ? `\`duoproxy explain ${table.type}\` lists the options`
              : `did you mean ${table.type}.${near}?`
          }`,
        );
      }
    }
  },
};
