/**
 * Markdown laid out for a terminal: headings, paragraphs, lists, tables and code blocks, as far as our guides use them.
 *
 * Text that somebody wrote in one file is read on GitHub and here. A table that is too wide for the terminal becomes lines of
 * "term: text"; code stays as it is, so that it can be copied.
 *
 * @module
 */

import type { Terminal } from "./terminal.ts";

/** How a text is laid out. */
export interface MarkdownLook {
  /** Columns of a line. */
  readonly width: number;
  readonly style: Terminal["style"];
  /** What stands in brackets behind a link's text, for its target; undefined: nothing. */
  readonly linkNote: (target: string) => string | undefined;
}

type Block =
  | { readonly kind: "heading" | "paragraph"; readonly text: string }
  | { readonly kind: "code"; readonly lines: readonly string[] }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: "list"; readonly items: readonly Item[] };

interface Item {
  /** `-`, or a number with its dot. */
  readonly mark: string;
  readonly blocks: readonly Block[];
  /** An empty line stands within the item. */
  readonly loose: boolean;
}

/** Everything but headings is indented, so that they stand out without colours too. */
const bodyIndent = "  ";

/** The first paragraph of a text, on one line. */
export function firstParagraph(text: string): string {
  const paragraph = readBlocks(text.split("\n")).find(({ kind }) => kind === "paragraph");
  return paragraph?.kind === "paragraph" ? paragraph.text : "";
}

/** Lays a text out. The result ends in a line end. */
export function layoutMarkdown(text: string, look: MarkdownLook): string {
  const parts = readBlocks(text.split("\n")).map((block) =>
    block.kind === "heading"
      ? [look.style("bold", block.text.replaceAll("`", ""))]
      : layoutBlock(block, look, bodyIndent)
  );
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function readBlocks(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length;) {
    const [block, used] = readBlock(lines.slice(index));
    if (block !== undefined) blocks.push(block);
    index += used;
  }
  return blocks;
}

/** The block at the beginning of some lines, and how many of them it takes. */
function readBlock(lines: readonly string[]): readonly [block: Block | undefined, used: number] {
  const [line = "", next = ""] = lines;
  if (line.trim() === "") return [undefined, 1];
  const fence = /^(`{3,})/.exec(line)?.[1];
  if (fence !== undefined) {
    const end = lines.findIndex((other, index) => index > 0 && other.startsWith(fence));
    const inner = lines.slice(1, end < 0 ? lines.length : end);
    return [{ kind: "code", lines: inner }, inner.length + 2];
  }
  const heading = /^#+ +(.*)$/.exec(line)?.[1];
  if (heading !== undefined) return [{ kind: "heading", text: heading }, 1];
  if (line.startsWith("|") && /^\|[ :|-]+\|\s*$/.test(next)) {
    const count = countWhile(lines, (other) => other.startsWith("|"));
    const [head = [], , ...rows] = lines.slice(0, count).map(cellsOf);
    return [{ kind: "table", head, rows }, count];
  }
  if (itemMark(line) !== undefined) return readList(lines);
  const count = countWhile(lines, (other, index) => other.trim() !== "" && (index === 0 || !beginsBlock(other)));
  return [{ kind: "paragraph", text: lines.slice(0, count).map((one) => one.trim()).join(" ") }, count];
}

function readList(lines: readonly string[]): readonly [block: Block, used: number] {
  const items: Item[] = [];
  const numbered = !(lines[0] ?? "").startsWith("-");
  let index = 0;
  for (;;) {
    // Empty lines may stand between two items; one that is marked in the other way begins another list.
    const blank = countWhile(lines.slice(index), (line) => line.trim() === "");
    const [line = "", ...rest] = lines.slice(index + blank);
    const mark = itemMark(line);
    if (mark === undefined || line.startsWith("-") === numbered) return [{ kind: "list", items }, index];
    const count = countWhile(rest, (_, at) => belongsTo(mark.width, rest.slice(at)));
    const own = [line, ...rest.slice(0, count)].map((one) => one.slice(mark.width));
    items.push({ mark: mark.text, blocks: readBlocks(own), loose: own.includes("") });
    index += blank + 1 + count;
  }
}

/** Whether a line goes on with an item whose text is indented so far: an empty one does if what follows it does. */
function belongsTo(width: number, lines: readonly string[]): boolean {
  const next = lines.find((line) => line.trim() !== "");
  return next !== undefined && indentOf(next) >= width;
}

/** The mark that a line of a list begins with, and the columns up to its text. */
function itemMark(line: string): { readonly text: string; readonly width: number } | undefined {
  const [all, text] = /^(-|\d+\.) +(?=\S)/.exec(line) ?? [];
  return all === undefined || text === undefined ? undefined : { text, width: all.length };
}

function beginsBlock(line: string): boolean {
  return /^(?:`{3}|#+ |\|)/.test(line) || itemMark(line) !== undefined;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function countWhile(lines: readonly string[], belongs: (line: string, index: number) => boolean): number {
  const end = lines.findIndex((line, index) => !belongs(line, index));
  return end < 0 ? lines.length : end;
}

/** The cells of a table's line. A `|` within one is written with a backslash. */
function cellsOf(line: string): readonly string[] {
  return line.trim().slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function layoutBlock(block: Block, look: MarkdownLook, indent: string): readonly string[] {
  switch (block.kind) {
    case "heading":
    case "paragraph":
      return fill(block.text, look, indent);
    case "code":
      return block.lines.map((line) => line === "" ? "" : `${indent}  ${line}`);
    case "table":
      return layoutTable(block, look, indent);
    case "list":
      return block.items.flatMap(({ mark, blocks, loose }, index) => {
        const inner = indent + " ".repeat(mark.length + 1);
        const [first = "", ...others] = blocks.flatMap((one, at) => [
          ...(at > 0 && loose ? [""] : []),
          ...layoutBlock(one, look, inner),
        ]);
        const gap = index > 0 && block.items[index - 1]?.loose === true ? [""] : [];
        return [...gap, `${indent}${mark} ${first.slice(inner.length)}`, ...others];
      });
  }
}

function layoutTable(
  { head, rows }: Extract<Block, { kind: "table" }>,
  look: MarkdownLook,
  indent: string,
): readonly string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => widthOf(cells[column] ?? "", look))));
  const [first = 0, ...others] = widths;
  const gap = 2;
  const total = indent.length + widths.reduce((sum, width) => sum + width + gap, -gap);
  if (total <= look.width) {
    const shown = rows.map((cells) =>
      cells.map((cell, column) => padded(cell, widths[column] ?? 0, look)).join(" ".repeat(gap)).trimEnd()
    );
    const title = head.map((cell, column) => cell.replaceAll("`", "").padEnd(widths[column] ?? 0)).join(" ".repeat(gap))
      .trimEnd();
    return [...(title === "" ? [] : [look.style("dim", title)]), ...shown].map((line) => indent + line);
  }
  if (others.length === 1 && first <= look.width / 3) {
    const inner = indent + " ".repeat(first + gap);
    return rows.flatMap(([term = "", text = ""]) => {
      const [line = "", ...more] = fill(text, look, inner);
      return [indent + padded(term, first, look) + line.slice(indent.length + first), ...more];
    });
  }
  // Too wide: each row for itself.
  return rows.flatMap(([term = "", ...texts], index) => [
    ...(index > 0 && others.length > 1 ? [""] : []),
    ...fill(`**${term.replaceAll("**", "")}**`, look, indent),
    ...texts.flatMap((text, column) => {
      const name = others.length > 1 ? head[column + 1] ?? "" : "";
      return text === "" ? [] : fill(name === "" ? text : `${name}: ${text}`, look, `${indent}  `);
    }),
  ]);
}

/** A word of running text as it is shown, and the columns that it takes. */
interface Word {
  readonly shown: string;
  readonly width: number;
}

/** Running text in lines, broken at blanks. */
function fill(text: string, look: MarkdownLook, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const { shown, width } of wordsOf(text, look)) {
    if (line !== "" && indent.length + used + 1 + width > look.width) {
      lines.push(indent + line);
      line = "";
    }
    used = line === "" ? width : used + 1 + width;
    line = line === "" ? shown : `${line} ${shown}`;
  }
  return [...lines, indent + line];
}

function widthOf(text: string, look: MarkdownLook): number {
  return wordsOf(text, look).reduce((sum, { width }) => sum + width + 1, -1);
}

function padded(text: string, width: number, look: MarkdownLook): string {
  const words = wordsOf(text, look);
  return words.map(({ shown }) => shown).join(" ") + " ".repeat(Math.max(0, width - Math.max(0, widthOf(text, look))));
}

/** Text with marks, cut at blanks; a mark that spans several words is put around each of them. */
function wordsOf(text: string, look: MarkdownLook): readonly Word[] {
  const words: Word[] = [];
  let glued = false;
  for (const { kind, text: span } of spansOf(text, look)) {
    for (const [index, part] of span.split(" ").entries()) {
      const word = part === "" ? undefined : styled(kind, part, look);
      const before = index === 0 && glued ? words.pop() : undefined;
      if (word !== undefined || before !== undefined) {
        words.push({
          shown: (before?.shown ?? "") + (word?.shown ?? ""),
          width: (before?.width ?? 0) + (word?.width ?? 0),
        });
      }
    }
    glued = !span.endsWith(" ") && words.length > 0;
  }
  return words;
}

interface Span {
  readonly kind: "plain" | "code" | "bold";
  readonly text: string;
}

function styled(kind: Span["kind"], text: string, { style }: MarkdownLook): Word {
  const shown = kind === "plain" ? text : style(kind === "code" ? "cyan" : "bold", text);
  return { shown, width: [...text].length };
}

/** Code, strong and emphasized text and links; what is only emphasized is shown as it is. */
function spansOf(text: string, look: MarkdownLook): readonly Span[] {
  const spans: Span[] = [];
  // Where nothing is coloured the marks of code stay: a word such as `timeout` would be read as prose.
  const mark = look.style("cyan", "x") === "x" ? "`" : "";
  const pattern = /`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(([^)\s]+)\)|(?<!\w)_([^_]+)_(?!\w)/g;
  let from = 0;
  for (const { 0: all, 1: code, 2: bold, 3: link, 4: target = "", 5: emphasis, index } of text.matchAll(pattern)) {
    spans.push({ kind: "plain", text: text.slice(from, index) });
    if (code !== undefined) spans.push({ kind: "code", text: `${mark}${code}${mark}` });
    if (bold !== undefined) {
      spans.push(...spansOf(bold, look).map((span): Span => span.kind === "plain" ? { ...span, kind: "bold" } : span));
    }
    if (emphasis !== undefined) spans.push({ kind: "plain", text: emphasis });
    if (link !== undefined) {
      const note = look.linkNote(target);
      // A note that says the same once more stands for the text.
      spans.push(...spansOf(note === undefined ? link : note.includes(link) ? note : `${link} (${note})`, look));
    }
    from = index + all.length;
  }
  spans.push({ kind: "plain", text: text.slice(from) });
  return spans.filter((span) => span.text !== "");
}
