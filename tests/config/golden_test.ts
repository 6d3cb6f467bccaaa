/**
 * Runs every `*.cfgtest` of this directory, see golden.ts for their form.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { findingCodes } from "../../lib/config/diagnostics.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { fixtureFiles, MemoryHost } from "./fixture.ts";
import { goldenConfig, goldenLine, parseGolden } from "./golden.ts";

async function goldenNames(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(new URL(".", import.meta.url))) {
    if (entry.name.endsWith(".cfgtest")) names.push(entry.name);
  }
  return names.sort();
}

function readGolden(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}

Deno.test("loadConfig() finds in each golden file what stands below its line", async (t) => {
  const files = await fixtureFiles();
  for (const name of await goldenNames()) {
    await t.step(name, async () => {
      const golden = parseGolden(await readGolden(name));
      const file = { bytes: golden.bytes, mode: golden.mode };
      const host = new MemoryHost({ ...files, "conf/authproxy.cfg": file }, golden.runtime);
      const result = await loadConfig("conf/authproxy.cfg", host, golden.keyFile);
      assert(result.kind !== "absent");
      assertEquals(result.findings.map(goldenLine), golden.findings);
      assertEquals(result.kind, result.findings.some((one) => one.level === "error") ? "invalid" : "ok");
      if (golden.config === undefined) return;
      assert(result.kind === "ok");
      assertEquals(goldenConfig(result.config), golden.config);
    });
  }
});

Deno.test("the golden files cover every code", async () => {
  const seen = new Set<string>();
  for (const name of await goldenNames()) {
    for (const line of parseGolden(await readGolden(name)).findings) seen.add(line.split(" ")[1] ?? "");
  }
  // A missing file is no golden case: it is tested in load_test.ts.
  const missing = Object.keys(findingCodes).filter((code) => code !== "no-file" && !seen.has(code));
  assertEquals(missing, []);
});

Deno.test("there are at least 75 golden files", async () => {
  assert((await goldenNames()).length >= 75);
});
