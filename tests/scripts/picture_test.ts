/**
 * The README's picture of the demo shows what the demo prints.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { draw, plainLine, textOf } from "../../scripts/picture/drawing.ts";
import { pictureColumns, pictureFile, prompt, runDemo, steady } from "../../scripts/picture/demo.ts";

Deno.test("the picture shows what the demo prints now (deno task picture draws it anew)", async () => {
  const svg = await Deno.readTextFile(new URL(`../../${pictureFile}`, import.meta.url));
  const printed = (await runDemo()).map((line) => plainLine(line, pictureColumns));
  assertEquals(textOf(svg).map(steady), [prompt, ...printed].map(steady));
});

Deno.test("a picture holds the text that was drawn, its styles as classes, and cuts what is too wide", () => {
  const lines = [
    "\u001b[1mbold\u001b[22m & <plain>",
    "",
    "\u001b[32mgreen and too wide",
    "a\u001b[31m\u001b[1mb\u001b[0mc",
  ];
  const svg = draw({ title: 'a "title"', lines, columns: 14 });
  assertEquals(textOf(svg), ["bold & <plain>", "", "green and too…", "abc"]);
  assertEquals(lines.map((line) => plainLine(line, 14)), [...textOf(svg)]);
  assertStringIncludes(svg, 'class="bold">bold</tspan>');
  assertStringIncludes(svg, 'class="green">green and too</tspan>');
  assertStringIncludes(svg, 'class="red bold">b</tspan>');
  assertStringIncludes(svg, "<title>a &quot;title&quot;</title>");
});

Deno.test("ports and times do not make a picture stale", () => {
  assertEquals(steady("on 127.0.0.1, ports 21873, 29555, 24083, 24618."), "on 127.0.0.1, ports N.");
  assertEquals(
    steady("Access-Accept            3005 ms   Success"),
    steady("Access-Accept              40 ms   Success"),
  );
});
