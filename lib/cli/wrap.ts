/**
 * Text laid out to the width of a terminal.
 *
 * @module
 */

/** Lines longer than this are tiring to read, however wide the window is. */
const widest = 100;
/** Below this, wrapping makes text harder to read than the terminal's own. */
const narrowest = 40;

/** The width to which text is laid out on a terminal of so many columns. */
export function textWidth(columns: number): number {
  return Math.min(widest, Math.max(narrowest, columns));
}

/**
 * Breaks paragraphs at blanks so that no line is wider than `width`; a word that is wider stays whole. Paragraphs are
 * set apart by empty lines; a line that begins with a blank is kept as it is.
 *
 * @param indent what every line begins with; it counts as part of the width.
 */
export function wrap(text: string, width: number, indent: string = ""): string {
  const lines: string[] = [];
  let line = "";
  const flush = (): void => {
    if (line !== "") lines.push(indent + line);
    line = "";
  };
  for (const source of text.trim().split("\n")) {
    if (source.trim() === "" || source.startsWith(" ")) {
      flush();
      lines.push(source.trim() === "" ? "" : indent + source);
      continue;
    }
    for (const word of source.split(" ").filter((part) => part !== "")) {
      if (line !== "" && indent.length + line.length + 1 + word.length > width) flush();
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  flush();
  return lines.join("\n");
}

/**
 * A text behind a head that stays whole. Lines are broken at blanks to be no wider than `width`, and begin with `indent`
 * from the second on.
 */
export function hang(head: string, text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = head;
  for (const word of text.split(" ")) {
    // A word that is too wide for any line is no reason to leave a line with nothing but its indentation.
    const fits = line.length + 1 + word.length <= width || line.length <= indent.length;
    if (!fits) lines.push(line);
    line = fits ? `${line} ${word}` : indent + word;
  }
  lines.push(line);
  return lines.join("\n");
}

/**
 * Two columns: terms on the left, what they mean on the right. A term too wide for the left column stands on a line of
 * its own.
 *
 * @param styleTerm puts a style around a term; its length is not counted.
 */
export function columns(
  rows: readonly (readonly [term: string, text: string])[],
  width: number,
  styleTerm: (term: string) => string = (term) => term,
): string {
  const longest = Math.max(0, ...rows.map(([term]) => term.length));
  const left = Math.min(longest, Math.floor(width / 4));
  return rows.map(([term, text]) => {
    const pad = " ".repeat(left + 4);
    const right = wrap(text, width, pad).slice(pad.length);
    if (right === "") return `  ${styleTerm(term)}`;
    if (term.length > left) return `  ${styleTerm(term)}\n${pad}${right}`;
    return `  ${styleTerm(term)}${" ".repeat(left - term.length + 2)}${right}`;
  }).join("\n");
}
