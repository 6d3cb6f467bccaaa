/**
 * The workflows of .github: what they may do, whose code they run, and that what they name is there.
 *
 * @module
 */

import { assert, assertArrayIncludes, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import * as v from "valibot";
import denoJson from "../../deno.json" with { type: "json" };
import { exists, filesBelow, readText } from "./repository.ts";

const step = v.strictObject({
  name: v.optional(v.string()),
  uses: v.optional(v.string()),
  with: v.optional(v.record(v.string(), v.union([v.string(), v.boolean(), v.number()]))),
  run: v.optional(v.string()),
  shell: v.optional(v.string()),
  env: v.optional(v.record(v.string(), v.string())),
  "working-directory": v.optional(v.string()),
});

const workflow = v.strictObject({
  name: v.string(),
  on: v.record(v.string(), v.unknown()),
  // What a job needs it asks for itself.
  permissions: v.strictObject({}),
  concurrency: v.strictObject({ group: v.string(), "cancel-in-progress": v.optional(v.boolean()) }),
  jobs: v.record(
    v.string(),
    v.strictObject({
      needs: v.optional(v.string()),
      "runs-on": v.string(),
      "timeout-minutes": v.pipe(v.number(), v.maxValue(60)),
      "continue-on-error": v.optional(v.boolean()),
      permissions: v.record(v.string(), v.picklist(["read", "write"])),
      steps: v.pipe(v.array(step), v.minLength(1)),
    }),
  ),
});

const paths = (await filesBelow(".github/workflows/")).filter((path) => path.endsWith(".yml"));

Deno.test("there is a workflow for each change and one for releases", () => {
  assertEquals(paths, [".github/workflows/ci.yml", ".github/workflows/release.yml"]);
});

for (const path of paths) {
  const text = await readText(path);
  const read = (): v.InferOutput<typeof workflow> => v.parse(workflow, parse(text));

  Deno.test(`${path} pins every action to a commit, and says which version that is`, () => {
    const lines = text.split("\n").filter((line) => /\buses:/.test(line));
    assertGreater(lines.length, 0);
    for (const line of lines) assertMatch(line, /^\s+- uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  Deno.test(`${path} is a workflow whose jobs end, and may do little`, () => {
    const { jobs } = read();
    for (const [name, { permissions, steps }] of Object.entries(jobs)) {
      const rights = Object.entries(permissions).filter(([, right]) => right === "write").map(([right]) => right);
      assertEquals(rights, path.endsWith("release.yml") && name === "release" ? ["contents", "id-token"] : [], name);
      for (const { uses, with: inputs } of steps) {
        if (uses?.startsWith("actions/checkout@")) assertEquals(inputs?.["persist-credentials"], false, name);
      }
    }
  });

  Deno.test(`what ${path} runs is there: files, tasks, and one version of Deno`, async () => {
    const scripts = Object.values(read().jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    for (const script of scripts) {
      // What is given by the context of a run is pasted into no script: who names a branch could write a command.
      assert(!script.includes("${{"), script);
      for (const [file] of script.matchAll(/(?:\.ci|\.github|scripts|tests|lib|conf)\/[\w./-]+/g)) {
        assert(await exists(file), `${path} names ${file}`);
      }
      for (const [, version = "", task] of script.matchAll(/\bdeno(?:@(\S+))? (?:task ([\w:]+)|eval|run)/g)) {
        assertEquals(version, "2.9.6", script);
        if (task !== undefined) assertArrayIncludes(Object.keys(denoJson.tasks), [task]);
      }
    }
    assert(scripts.length > 0);
  });
}

Deno.test("a change is tried on Linux as a whole, on macOS and on Windows", async () => {
  const { on, jobs } = v.parse(workflow, parse(await readText(".github/workflows/ci.yml")));
  assertEquals(Object.keys(on), ["push", "pull_request"]);
  const ran = Object.values(jobs).map(({ "runs-on": system, steps }) =>
    `${system.split("-")[0]}: ${steps.flatMap(({ run }) => run ?? []).at(-1)}`
  );
  assertEquals(ran, [
    'ubuntu: sudo env "PATH=$PATH" CI=true bash .ci/run',
    "macos: npx -y deno@2.9.6 task test",
    "windows: npx -y deno@2.9.6 task test",
    "windows: ./.github/windows_install.ps1 -Program dist/duoproxy-x86_64-pc-windows-msvc.exe",
  ]);
});
