/**
 * `deno task picture`: draws the README's picture of the demo from what the demo prints now.
 *
 * @module
 */

import { draw } from "./picture/drawing.ts";
import { pictureColumns, pictureFile, prompt, runDemo } from "./picture/demo.ts";
import { print } from "./print.ts";

const lines = await runDemo();
const svg = draw({
  title: "A terminal in which the demo of duoproxy takes its tour of logins",
  lines: [prompt, ...lines],
  columns: pictureColumns,
});
await Deno.writeTextFile(new URL(`../${pictureFile}`, import.meta.url), svg);
print(`${pictureFile}: ${lines.length} lines of the demo`);
