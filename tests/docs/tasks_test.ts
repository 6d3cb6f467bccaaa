/**
 * The tasks of deno.json say what they are for, where `deno task` lists them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { exists } from "./repository.ts";

/** As any task may be written: with a description, or as a mere command. */
const tasks: Readonly<Record<string, string | { readonly description?: string; readonly command?: string }>> =
  denoJson.tasks;

for (const [name, task] of Object.entries(tasks)) {
  Deno.test(`the task ${name} has a description of one line, and its script is there`, async () => {
    assert(typeof task === "object", `${name} has no description`);
    const { description = "", command = "" } = task;
    assert(/^[A-Z]\S+ .*[^.]$/.test(description), `"${description}" is no description`);
    const script = /^deno run(?: -\S+)* (\S+\.ts)/.exec(command)?.[1] ?? "";
    assert(await exists(script), `${command} runs no file that is there`);
  });
}

Deno.test("no two tasks are described alike", () => {
  const descriptions = Object.values(tasks).map((task) => typeof task === "object" ? task.description : task);
  assertEquals(new Set(descriptions).size, descriptions.length);
});
