/**
 * `duoproxy explain [WORD]`.
 *
 * @module
 */

import type { OptionRow } from "../../config/row.ts";
import type { SectionTable } from "../../config/section.ts";
import { type Command, exit, type ExitCode, UsageError } from "../command.ts";
import { quote } from "../parse.ts";
import { columns, textWidth, wrap } from "../wrap.ts";

/** The word that lists the guides. */
const guidesWord = "guides";

/** The command's record. */
export const command: Command = {
  name: "explain",
  summary: "Explain the configuration file's sections and options and what check finds, and show the guides",
  usage: "explain [WORD]",
  description:
    "Without a word, lists the sections and the guides; with a section's name, its options. SECTION.OPTION is one option, an option's name alone stands for all sections that have it. `findings` lists the codes that `duoproxy check` shows behind its findings; one of them explains it. `guides` lists the guides for operators; the name of one shows it.",
  positionals: [{
    name: "WORD",
    required: false,
    doc: "A section, an option, SECTION.OPTION, findings, the code of a finding, guides, or the name of one",
  }],
  options: [],
  examples: [
    { line: "duoproxy explain", does: "List the sections and the guides" },
    { line: "duoproxy explain radius_server_duo_only", does: "List the options of a section" },
    { line: "duoproxy explain radius_server_auto.failmode", does: "Explain one option" },
    { line: "duoproxy explain failmode", does: "Explain it for all sections that have it" },
    { line: "duoproxy explain findings", does: "List the codes of findings" },
    { line: "duoproxy explain port-collision", does: "Explain one of them" },
    { line: "duoproxy explain guides", does: "List the guides" },
    { line: "duoproxy explain cisco-asa", does: "Show one of them" },
  ],
  exits: [
    { code: exit.ok, when: "the text was printed" },
    { code: exit.usage, when: "there is no such section, option, code or guide" },
  ],
  async run({ positionals, terminal }): Promise<ExitCode> {
    const { explainFindings, explainOption, explainSection, explainSections, findTopic, shownTables, topicNames } =
      await import("../../config/explain.ts");
    const { findingCodes } = await import("../../config/diagnostics.ts");
    const { nearest } = await import("../../config/nearest.ts");
    const { findGuide, guides, guideSummary, showGuide } = await import("../guides.ts");
    const width = textWidth(terminal.columns);
    const bold = (term: string): string => terminal.style("bold", term);
    const guideList = (): string => columns(guides.map((guide) => [guide.name, guideSummary(guide)]), width, bold);
    const [question] = positionals;
    if (question === undefined) {
      const sections = columns(explainSections(), width, bold);
      await terminal.write(`${bold("Sections:")}\n${sections}\n\n${bold("Guides:")}\n${guideList()}\n`);
      return exit.ok;
    }
    if (question.trim().toLowerCase() === guidesWord) {
      await terminal.write(`${guideList()}\n`);
      return exit.ok;
    }
    const guide = findGuide(question);
    if (guide !== undefined) {
      await terminal.write(showGuide(guide, { width, style: (style, text) => terminal.style(style, text) }));
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
        const names = [...topicNames(), guidesWord, ...guides.map(({ name }) => name)];
        const near = nearest(topic.name, names) ?? nearest(topic.name.replace(/_[0-9n]+$/, ""), names) ??
          guides.find(({ name }) => name.split("-").includes(topic.name))?.name;
        throw new UsageError(
          `Unknown word ${quote(topic.name)}; ${
            near === undefined
              ? "`duoproxy explain` lists the sections and guides, `duoproxy explain findings` the codes"
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
