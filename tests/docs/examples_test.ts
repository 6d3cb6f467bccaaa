/**
 * Every configuration that our documents show is one that the proxy starts with, without a word.
 *
 * @module
 */

import { assert, assertEquals, assertGreater } from "#std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { MemoryHost, utf8 } from "../config/fixture.ts";
import { readMarkdown } from "./markdown.ts";
import { filesBelow, readText } from "./repository.ts";

/** What check has to say about a text, with the place of each finding. The file itself is readable by its owner only. */
async function findingsOf(text: string): Promise<readonly string[]> {
  const result = await loadConfig("authproxy.cfg", new MemoryHost({ "authproxy.cfg": { bytes: utf8(text) } }));
  assert(result.kind !== "absent");
  return result.findings.map(({ line, level, code, message }) => `${line}: ${level}: ${message} [${code}]`);
}

const examples = await filesBelow("conf/examples/");

Deno.test("conf/examples has a file for each integration, and the README names them", async () => {
  const names = examples.map((path) => path.replace(/^conf\/examples\/(.*)\.cfg$/, "$1"));
  assertEquals(names, ["cisco-asa", "f5", "fortinet", "netscaler", "openvpn", "palo-alto", "strongswan"]);
  const readme = (await readText("README.md")).toLowerCase().replaceAll(" ", "-");
  assertEquals(names.filter((name) => !readme.includes(name)), []);
});

for (const path of examples) {
  Deno.test(`check finds nothing to say about ${path}`, async () =>
    assertEquals(await findingsOf(await readText(path)), []));

  Deno.test(`${path} says at the top what to set on the gateway's side`, async () => {
    const [head = ""] = (await readText(path)).split("\n[");
    assert(head.split("\n").every((line) => line === "" || line.startsWith("#")), "the head is more than remarks");
    // Whatever else differs, each gateway has to wait as long as a push may take.
    assert(/\b60\b/.test(head), "the head doesn't name the timeout of 60 seconds");
  });
}

for (const path of ["README.md", "CHANGELOG.md"]) {
  const blocks = readMarkdown(await readText(path)).blocks.filter(({ language }) => language === "ini");
  for (const { text, line } of blocks) {
    Deno.test(`check finds nothing to say about the ini block in line ${line} of ${path}`, async () => {
      assertEquals(await findingsOf(text), []);
    });
  }
}

Deno.test("the README shows a whole configuration", async () => {
  const { blocks } = readMarkdown(await readText("README.md"));
  assertGreater(blocks.filter(({ language }) => language === "ini").length, 0);
});

Deno.test("what looks like a configuration in the documents is marked ini or text", async () => {
  for (const path of ["README.md", "CHANGELOG.md"]) {
    for (const { text, language, line } of readMarkdown(await readText(path)).blocks) {
      if (language !== "ini" && language !== "text") {
        assert(
          !/^\[[a-z_0-9]+\]$/m.test(text),
          `${path}:${line}: mark the block as ini (a whole file) or text (a part)`,
        );
      }
    }
  }
});
