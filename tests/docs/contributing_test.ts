/**
 * What the documents for contributors name is there: files, folders, and each other.
 *
 * @module
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { readMarkdown } from "./markdown.ts";
import { exists, filesBelow, readText } from "./repository.ts";

const documents = [".github/ARCHITECTURE.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"];

/** What looks like a file or folder of the repository, also in a line of a command or of a diagram. */
const path =
  /(?<![\w./-])(?:lib|tests|scripts|conf|\.github|\.ci)\/[\w./*-]*[\w*/]|(?<![\w./-])(?:main\.ts|deno\.json)/g;

Deno.test("the diagram of a datagram's way names files of the folders that it shows", async () => {
  const diagram = readMarkdown(await readText(".github/ARCHITECTURE.md")).blocks[0]?.text ?? "";
  const folders = [...diagram.matchAll(/─ (lib\/[\w/]+) ─/g)].map(([, folder]) => folder);
  assertEquals(folders, ["lib/radius", "lib/net", "lib/duo", "lib/front/radius", "lib/login"]);
  const files = new Set(
    (await filesBelow("lib/")).filter((file) =>
      folders.some((folder) => file === `${folder}/${file.split("/").at(-1)}`)
    )
      .map((file) => file.split("/").at(-1)),
  );
  const named = [...diagram.matchAll(/[a-z_0-9]+\.ts/g)].map(([file]) => file);
  assertGreater(named.length, 20);
  assertEquals(named.filter((file) => !files.has(file)), []);
});

Deno.test("the architecture's floors are those that the test of the house holds", async () => {
  const rows = readMarkdown(await readText(".github/ARCHITECTURE.md")).tables[0]?.rows ?? [];
  const shown = rows.flatMap(([floor = ""]) => floor.match(/(?<=`)[^`,]+(?=`)/g) ?? []).filter((part) =>
    /[./]/.test(part)
  );
  const house = await readText("tests/docs/house_test.ts");
  const list = /const floors[^=]*= \[\n([\s\S]*?)\n\];/.exec(house)?.[1] ?? "";
  const held = [...list.matchAll(/"((?:lib\/|main)[^"]*)"/g)].map(([, part = ""]) => part);
  // Of what everybody needs only a few are shown.
  const ground = (part: string): boolean => /^lib\/(?:\w+\.ts|std\/)$/.test(part);
  assertEquals(shown.filter((part) => !ground(part)), held.filter((part) => !ground(part)));
  assertEquals(shown.filter((part) => !held.includes(part)), []);
});

for (const name of documents) {
  Deno.test(`every file and folder that ${name} names is there`, async () => {
    const text = await readText(name);
    const named = [...text.matchAll(path)].map(([found]) => found);
    assertGreater(named.length, 0);
    const missing: string[] = [];
    for (const one of new Set(named)) if (!await exists(one)) missing.push(one);
    assertEquals(missing, []);
  });

  Deno.test(`every link of ${name} leads somewhere`, async () => {
    const { links, anchors } = readMarkdown(await readText(name));
    for (const { text, line } of links) {
      const [file = "", anchor] = text.split("#");
      if (file === "") assert(anchors.has(anchor ?? ""), `${name}:${line}: no heading for ${text}`);
      else assert(await exists(`.github/${file}`), `${name}:${line}: there is no ${file}`);
    }
  });

  Deno.test(`no line of ${name} has more than 160 columns`, async () => {
    const lines = (await readText(name)).split("\n");
    assertEquals(lines.filter((line) => [...line].length > 160), []);
  });
}
