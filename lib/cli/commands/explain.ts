/**
 * `duoproxy explain [WORD]`.
 *
 * @module
 */

import type { OptionRow, SectionTable } from "../../config/options.ts";
import { type Command, exit, type ExitCode, UsageError } from "../command.ts";
import { quote } from "../parse.ts";
import { columns, textWidth, wrap } from "../wrap.ts";

/** The command's record. */
export const command: Command = {
  name: "explain",
  summary: "Explain the sections and options of the configuration file, and what check finds",
  usage: "explain [WORD]",
  description:
    "Without a word, lists the sections; with a section's name, its options. SECTION.OPTION is one option, an option's name alone stands for all sections that have it. `findings` lists the codes that `duoproxy check` shows behind its findings; one of them explains it.",
  positionals: [{
    name: "WORD",
    required: false,
    doc: "A section, an option, SECTION.OPTION, findings, or the code of a finding",
  }],
  options: [],
  examples: [
    { line: "duoproxy explain", does: "List the sections" },
    { line: "duoproxy explain radius_server_duo_only", does: "List the options of a section" },
    { line: "duoproxy explain radius_server_auto.failmode", does: "Explain one option" },
    { line: "duoproxy explain failmode", does: "Explain it for all sections that have it" },
    { line: "duoproxy explain findings", does: "List the codes of findings" },
    { line: "duoproxy explain port-collision", does: "Explain one of them" },
  ],
  exits: [
    { code: exit.ok, when: "the text was printed" },
    { code: exit.usage, when: "there is no such section, option or code" },
  ],
  async run({ positionals, terminal }): Promise<ExitCode> {
    const { explainFindings, explainOption, explainSection, explainSections, findTopic, shownTables, topicNames } =
      await import("../../config/explain.ts");
    const { findingCodes } = await import("../../config/diagnostics.ts");
    const { nearest } = await import("../../config/nearest.ts");
    const width = textWidth(terminal.columns);
    const bold = (term: string): string => terminal.style("bold", term);
    const [question] = positionals;
    if (question === undefined) {
      await terminal.write(`${columns(explainSections(), width, bold)}\n`);
      return exit.ok;
    }
    const optionText = (tables: readonly SectionTable[], row: OptionRow): string =>
      `${wrap(row.doc, width)}\n\n${columns(explainOption(tables, row), width, bold)}\n`;
    const topic = findTopic(question);
    switch (topic.kind) {
      case "findings":
        await terminal.write(`${columns(explainFindings(), width, bold)}\n`);
        return exit.ok;
      case "code":
        await terminal.write(`${bold(topic.code)}\n${wrap(`${findingCodes[topic.code]}.`, width)}\n`);
        return exit.ok;
      case "options":
        await terminal.write(topic.options.map(({ tables, row }) => optionText(tables, row)).join("\n"));
        return exit.ok;
      case "section": {
        const { table } = topic;
        const head = `${bold(`[${table.type}]`)}\n${wrap(table.doc, width)}\n`;
        const rows = explainSection(table);
        await terminal.write(rows.length === 0 ? head : `${head}\n${columns(rows, width, bold)}\n`);
        return exit.ok;
      }
      case "option":
        await terminal.write(optionText([topic.table], topic.row));
        return exit.ok;
      case "unknown": {
        const near = nearest(topic.name, topicNames()) ?? nearest(topic.name.replace(/_[0-9n]+$/, ""), topicNames());
        throw new UsageError(
          `Unknown word ${quote(topic.name)}; ${
            near === undefined
              ? "`duoproxy explain` lists the sections, `duoproxy explain findings` the codes"
              : `did you mean ${near}?`
          }`,
        );
      }
      case "unknown-section": {
        const near = nearest(topic.name, shownTables().map((table) => table.type));
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
