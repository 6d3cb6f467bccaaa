/**
 * Every configuration that our documents show is one that the proxy starts with, without a word, once the values that
 * stand for your own are filled in.
 *
 * @module
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import type { Finding } from "../../lib/config/diagnostics.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { MemoryHost, utf8 } from "../config/fixture.ts";
import { readMarkdown } from "./markdown.ts";
import { documents, filesBelow, readText } from "./repository.ts";

async function check(text: string): Promise<readonly Finding[]> {
  const result = await loadConfig("authproxy.cfg", new MemoryHost({ "authproxy.cfg": { bytes: utf8(text) } }));
  assert(result.kind !== "absent");
  return result.findings;
}

/**
 * What check has to say about a text, with the place of each finding, but for values to be filled in. The file itself is
 * readable by its owner only.
 */
async function findingsOf(text: string): Promise<readonly string[]> {
  const findings = await check(text);
  return findings.filter(({ code }) => code !== "placeholder").map(({ line, level, code, message }) =>
    `${line}: ${level}: ${message} [${code}]`
  );
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

for (const path of await documents()) {
  const blocks = readMarkdown(await readText(path)).blocks.filter(({ language }) => language === "ini");
  for (const { text, line } of blocks) {
    Deno.test(`check finds nothing to say about the ini block in line ${line} of ${path}`, async () => {
      assertEquals(await findingsOf(text), []);
    });
  }
}

/** The documents that hold parts of configurations, whole ones, or the name of a Duo host. */
const configured = [
  ...await documents(),
  "conf/authproxy.cfg",
  ...examples,
  ...await filesBelow("lib/config/sections/"),
];

/** Values in our documents that stand for somebody's own, as `option=value`. */
async function placeholders(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const path of configured) {
    const text = await readText(path);
    for (
      const [, name = "", value = ""] of text.matchAll(
        /\b(ikey|skey|api_host|radius_secret|secret)(?:_\d+)?\s*=[^\S\n]*(\S+)/g,
      )
    ) {
      // In prose and tables a name stands alone, or before the end of its code.
      if (/^[\w.-]+$/.test(value)) found.add(`${name.replace(/^secret$/, "radius_secret")}=${value}`);
    }
    for (const [, key = ""] of text.matchAll(/^\s*key (\S+)$/gm)) found.add(`radius_secret=${key}`);
    for (const [host] of text.matchAll(/\bapi-\w+\.duosecurity\.com\b/g)) found.add(`api_host=${host}`);
    for (const [key] of text.matchAll(/\bDI[A-Z0-9]{18}\b/g)) found.add(`ikey=${key}`);
    for (const [key] of text.matchAll(/\b(?=\w*\d)[A-Za-z0-9]{40}\b/g)) found.add(`skey=${key}`);
  }
  return found;
}

Deno.test("check finds every value that our documents show in place of yours", async () => {
  const found = await placeholders();
  assertEquals(found.size, 4, [...found].join("\n"));
  for (const line of found) {
    const written = line.replace("radius_secret=", "radius_secret_1=");
    const codes = (await check(`[radius_server_duo_only]\n${written}\n`)).filter(({ line }) => line === 2);
    assertEquals(codes.map(({ level, code }) => `${level} ${code}`), ["error placeholder"], line);
  }
});

Deno.test("the README shows a whole configuration", async () => {
  const { blocks } = readMarkdown(await readText("README.md"));
  assertGreater(blocks.filter(({ language }) => language === "ini").length, 0);
});

Deno.test("what looks like a configuration in the documents is marked ini or text", async () => {
  for (const path of await documents()) {
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
