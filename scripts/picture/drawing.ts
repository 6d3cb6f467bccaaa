/**
 * A terminal's output as a picture: text with the escape sequences of colours in, SVG out, and the text of such a picture back.
 *
 * The picture brings its own background, so it reads the same on light and dark pages. It holds text, not pixels: it can be
 * searched, read aloud, and compared.
 *
 * @module
 */

/** A piece of a line in one style. */
interface Run {
  readonly text: string;
  /** Classes of the style sheet. */
  readonly styles: readonly string[];
}

/** Sizes in pixels: a character's cell, the bar above, and the space around. */
const cell = { width: 7.2, height: 17, font: 12 } as const;
const bar = 30;
const space = 16;

/** What SGR codes (ECMA-48, 8.3.117) mean here: a class that begins, or those that end. */
const beginnings: Readonly<Record<number, string | undefined>> = {
  1: "bold",
  2: "dim",
  31: "red",
  32: "green",
  33: "yellow",
  36: "cyan",
};
const endings: Readonly<Record<number, readonly string[] | undefined>> = {
  22: ["bold", "dim"],
  39: ["red", "green", "yellow", "cyan"],
};

const styleSheet = [
  `text { font: ${cell.font}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; ` +
  "fill: #d5dbe5; white-space: pre }",
  ".bold { font-weight: 700; fill: #ffffff }",
  ".dim { fill: #8b95a7 }",
  ".red { fill: #ff7b72 }",
  ".green { fill: #56d364 }",
  ".yellow { fill: #e3b341 }",
  ".cyan { fill: #56d4dd }",
].join("\n    ");

/** What a picture is drawn of. */
export interface Drawing {
  /** For those who do not see it. */
  readonly title: string;
  /** Lines as a program writes them for a terminal. */
  readonly lines: readonly string[];
  /** Columns; what goes beyond is cut, with a mark that says so. */
  readonly columns: number;
}

/** Draws a picture. The result ends in a line end. */
export function draw({ title, lines, columns }: Drawing): string {
  const width = Math.round(columns * cell.width + 2 * space);
  const height = bar + lines.length * cell.height + 2 * space;
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map((color, index) =>
    `<circle cx="${space + 6 + index * 18}" cy="${bar / 2 + 2}" r="5" fill="${color}"/>`
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${
      escape(title)
    }">`,
    `  <title>${escape(title)}</title>`,
    `  <style>\n    ${styleSheet}\n  </style>`,
    `  <rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="9" fill="#161b22" stroke="#3d444d"/>`,
    `  ${dots.join("")}`,
    ...lines.flatMap((line, row) => drawLine(cut(runsOf(line), columns), row)),
    "</svg>",
    "",
  ].join("\n");
}

/** One line: each run at its own column and with its own length, so that columns stand whatever font there is. */
function drawLine(runs: readonly Run[], row: number): readonly string[] {
  const y = bar + space + (row + 0.75) * cell.height;
  let column = 0;
  const spans = runs.map(({ text, styles }) => {
    const length = [...text].length;
    const place = `x="${round(space + column * cell.width)}" textLength="${round(length * cell.width)}"`;
    column += length;
    const look = styles.length === 0 ? "" : ` class="${styles.join(" ")}"`;
    return `<tspan ${place}${look}>${escape(text)}</tspan>`;
  });
  return [`  <text y="${round(y)}" xml:space="preserve">${spans.join("")}</text>`];
}

/** The lines of a picture that {@link draw} has drawn, without styles. */
export function textOf(svg: string): readonly string[] {
  return [...svg.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, line = ""]) =>
    [...line.matchAll(/<tspan [^>]*>(.*?)<\/tspan>/g)].map(([, text = ""]) => unescape(text)).join("")
  );
}

/** A line without escape sequences, cut as {@link draw} cuts it. */
export function plainLine(line: string, columns: number): string {
  return cut(runsOf(line), columns).map(({ text }) => text).join("");
}

function runsOf(line: string): readonly Run[] {
  const runs: Run[] = [];
  let styles: readonly string[] = [];
  for (const [index, part] of line.split("\u001b[").entries()) {
    const end = index === 0 ? -1 : part.indexOf("m");
    for (const code of end < 0 ? [] : part.slice(0, end).split(";").map(Number)) {
      const begun = beginnings[code];
      styles = code === 0 ? [] : styles.filter((style) => !(endings[code] ?? []).includes(style));
      if (begun !== undefined) styles = [...styles, begun];
    }
    const text = part.slice(end + 1);
    if (text !== "") runs.push({ text, styles });
  }
  return runs;
}

function cut(runs: readonly Run[], columns: number): readonly Run[] {
  const whole = runs.reduce((sum, { text }) => sum + [...text].length, 0);
  if (whole <= columns) return runs;
  let left = columns - 1;
  const kept = runs.map((run) => {
    const characters = [...run.text].slice(0, left);
    left -= characters.length;
    return { ...run, text: characters.join("") };
  });
  return [...kept.filter(({ text }) => text !== ""), { text: "…", styles: ["dim"] }];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const entities: readonly (readonly [char: string, entity: string])[] = [
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
];

function escape(text: string): string {
  return entities.reduce((escaped, [char, entity]) => escaped.replaceAll(char, entity), text);
}

function unescape(text: string): string {
  return entities.toReversed().reduce((plain, [char, entity]) => plain.replaceAll(entity, char), text);
}
