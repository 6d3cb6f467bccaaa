/**
 * The parts of a Markdown file that tests look at: code blocks, code in running text, tables, headings and links.
 *
 * The convention for our documents: a block marked `ini` is a whole configuration file, one marked `sh` holds command lines;
 * parts of a file and what belongs on other machines are marked `text`.
 *
 * @module
 */

/** A fenced block. */
export interface CodeBlock {
  /** The word behind the fence; empty if there is none. */
  readonly language: string;
  /** Without the fences, and without the indentation that the block has in a list. */
  readonly text: string;
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
}

/** A piece of code in running text, or a link. */
export interface Inline {
  readonly text: string;
  readonly line: number;
}

/** A table with its head. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly line: number;
}

/** A Markdown file taken apart. */
export interface Markdown {
  readonly blocks: readonly CodeBlock[];
  /** What stands between backticks outside blocks. */
  readonly code: readonly Inline[];
  readonly tables: readonly Table[];
  /** Targets of links, outside blocks and code. */
  readonly links: readonly Inline[];
  /** Anchors of the headings, as GitHub forms them. */
  readonly anchors: ReadonlySet<string>;
}

interface Fence {
  readonly mark: string;
  readonly language: string;
  readonly indent: number;
  readonly line: number;
  readonly lines: string[];
}

/**
 * Takes a Markdown file apart.
 *
 * @throws {Error} if a block isn't closed.
 */
export function readMarkdown(text: string): Markdown {
  const blocks: CodeBlock[] = [];
  const prose: Inline[] = [];
  let fence: Fence | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const [, indent = "", mark = "", language = ""] = /^(\s*)(`{3,})\s*([^\s`]*)[^`]*$/.exec(line) ?? [];
    if (fence === undefined) {
      if (mark === "") prose.push({ text: line, line: index + 1 });
      else fence = { mark, language, indent: indent.length, line: index + 1, lines: [] };
    } else if (mark === fence.mark && language === "") {
      blocks.push({ language: fence.language, text: `${fence.lines.join("\n")}\n`, line: fence.line });
      fence = undefined;
    } else {
      fence.lines.push(/^\s*$/.test(line.slice(0, fence.indent)) ? line.slice(fence.indent) : line);
    }
  }
  if (fence !== undefined) throw new Error(`The block that begins in line ${fence.line} has no end`);
  return {
    blocks,
    code: prose.flatMap(({ text: line, line: number }) => codeOf(line).map((one) => ({ text: one, line: number }))),
    tables: tablesOf(prose),
    links: prose.flatMap(({ text: line, line: number }) =>
      [...line.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({
        text: target,
        line: number,
      }))
    ),
    anchors: new Set(prose.flatMap(({ text: line }) => anchorOf(line) ?? [])),
  };
}

/** What stands between backticks in one line. In a table a `|` within code is written with a backslash. */
export function codeOf(line: string): readonly string[] {
  const table = line.trimStart().startsWith("|");
  return [...line.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => table ? code.replaceAll("\\|", "|") : code);
}

function anchorOf(line: string): string | undefined {
  const heading = /^#+\s+(.*?)\s*$/.exec(line)?.[1];
  return heading?.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
}

function tablesOf(lines: readonly Inline[]): readonly Table[] {
  const tables: Table[] = [];
  let previous: readonly string[] | undefined;
  let rows: string[][] | undefined;
  for (const { text, line } of lines) {
    const cells = cellsOf(text);
    if (cells === undefined) rows = undefined;
    else if (rows !== undefined) rows.push(cells);
    else if (previous !== undefined && cells.every((cell) => /^:?-+:?$/.test(cell))) {
      rows = [];
      tables.push({ head: previous, rows, line: line - 1 });
    }
    previous = cells;
  }
  return tables;
}

function cellsOf(line: string): string[] | undefined {
  const inner = /^\s*\|(.*)\|\s*$/.exec(line)?.[1];
  return inner?.split(/(?<!\\)\|/).map((cell) => cell.trim());
}
