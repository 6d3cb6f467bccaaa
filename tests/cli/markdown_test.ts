import { assertEquals } from "@std/assert";
import { firstParagraph, layoutMarkdown, type MarkdownLook } from "../../lib/cli/markdown.ts";

const look: MarkdownLook = {
  width: 40,
  style: (_style, text) => text,
  linkNote: (target) => target.startsWith("https:") ? target : undefined,
};

function show(text: string, changes: Partial<MarkdownLook> = {}): string {
  return layoutMarkdown(text, { ...look, ...changes });
}

const cases: readonly (readonly [name: string, text: string, shown: string])[] = [
  [
    "headings stand at the margin, and paragraphs are filled",
    "# Title\n\nOne line\nand another one that goes on for longer.\n\n## Part\n\nText.\n",
    "Title\n\n  One line and another one that goes on\n  for longer.\n\nPart\n\n  Text.\n",
  ],
  ["code keeps its marks, other marks go", "Set `a` to **b**, _not_ `c d`.", "  Set `a` to b, not `c d`.\n"],
  ["an underscore within a word is no mark", "push_limit and _not_ max_pending", "  push_limit and not max_pending\n"],
  [
    "a link shows its text, and its target where the look wants it",
    "See [a](b.md), [c](https://d.e).",
    [
      "  See a, c (https://d.e).",
      "",
    ].join("\n"),
  ],
  [
    "a block of code stays as it is, however wide",
    "Run\n\n```sh\na  b   # ccccccccccccccccccccccccccccccccccccccccc\n\n  d\n```\n\nthen rest.",
    "  Run\n\n    a  b   # ccccccccccccccccccccccccccccccccccccccccc\n\n      d\n\n  then rest.\n",
  ],
  [
    "items hang behind their marks",
    "- one that is longer than a line of the terminal\n- two\n\n1. three\n2. four",
    "  - one that is longer than a line of\n    the terminal\n  - two\n\n  1. three\n  2. four\n",
  ],
  [
    "an item holds paragraphs and code",
    "1. First:\n\n   ```sh\n   run it\n   ```\n\n   And more.\n2. Second.",
    "  1. First:\n\n       run it\n\n     And more.\n\n  2. Second.\n",
  ],
  [
    "a table that fits has columns",
    "| a | bb |\n| - | -- |\n| `x\\|y` | z |\n| long one | w |",
    "  a         bb\n  `x|y`     z\n  long one  w\n",
  ],
  [
    "two columns that do not fit are terms and texts",
    "| code | means |\n| --- | --- |\n| `64` | the command line is wrong in some way |\n| 7 | all is well |",
    "  `64`  the command line is wrong in\n        some way\n  7     all is well\n",
  ],
  [
    "a wider table folds into lines of term and text",
    "| case | old | new |\n| --- | --- | --- |\n| **many** requests | as many pushes | three of them |\n| other | | ok, as before it was |",
    "  many requests\n    old: as many pushes\n    new: three of them\n\n  other\n    new: ok, as before it was\n",
  ],
  [
    "a long term stands on a line of its own",
    "| a | b |\n| - | - |\n| a term of many words | and a text of some more |",
    "  a term of many words\n    and a text of some more\n",
  ],
];

for (const [name, text, shown] of cases) Deno.test(name, () => assertEquals(show(text), shown));

Deno.test("where there are colours, code has one in place of its marks, and it takes no columns", () => {
  const style: MarkdownLook["style"] = (style, text) => `<${style}>${text}</>`;
  assertEquals(
    show("# T `x`\n\nRun `a b` **now**: 1234567890123456789012345 4", { style }),
    "<bold>T x</>\n\n  Run <cyan>a</> <cyan>b</> <bold>now</>: 1234567890123456789012345\n  4\n",
  );
  assertEquals(
    show("| h | `i` |\n| - | - |\n| `a` | b |\n| **ccc** | d |", { style }),
    "  <dim>h    i</>\n  <cyan>a</>    b\n  <bold>ccc</>  d\n",
  );
});

Deno.test("a text has a first paragraph behind its title", () => {
  const text = "# The title\n\nWhat it is\nabout.\n\nMore.\n";
  assertEquals(firstParagraph(text), "What it is about.");
});
