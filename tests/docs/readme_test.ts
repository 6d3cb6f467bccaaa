/**
 * What the README and the guides say of codes, commands, options and files is what the program has.
 *
 * @module
 */

import {
  assert,
  assertArrayIncludes,
  assertEquals,
  assertFalse,
  assertGreater,
  assertLessOrEqual,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { exit } from "../../lib/cli/command.ts";
import { commandEntries } from "../../lib/cli/registry.ts";
import { exitMeanings } from "../../lib/cli/usage.ts";
import { matchOption, sectionTables, tableFor, typesWithOption } from "../../lib/config/options.ts";
import type { OptionRow } from "../../lib/config/row.ts";
import denoJson from "../../deno.json" with { type: "json" };
import { codeOf, type Inline, readMarkdown, type Table } from "./markdown.ts";
import { documents, exists, filesBelow, readText } from "./repository.ts";

const paths = await documents();

async function tableWithHead(path: string, ...head: readonly string[]): Promise<Table> {
  const { tables } = readMarkdown(await readText(path));
  const table = tables.find((candidate) => head.every((cell, index) => candidate.head[index] === cell));
  assert(table !== undefined, `${path} has no table with the head ${head.join(" | ")}`);
  return table;
}

const operating = "conf/guides/operating.md";

Deno.test("the exit codes of the guide are those of the program", async () => {
  const codes = (await tableWithHead(operating, "code", "means")).rows.map(([code]) => Number(code));
  assertEquals(codes, Object.values(exit));
  assertEquals(codes, exitMeanings.map(([code]) => code));
});

Deno.test("the guide's table of commands names every command", async () => {
  const lines = (await tableWithHead(operating, "command", "what it does")).rows.flatMap((cells) =>
    cells.flatMap(codeOf)
  );
  const named = lines.map((line) => /^duoproxy ([a-z-]+)/.exec(line)?.[1]);
  assertArrayIncludes(named, commandEntries.map(({ name }) => name));
});

/** `name=` or `name=value` in code, as the documents write options. */
function optionIn(code: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, value = ""] = /^([a-z][a-z0-9_]*)=(\S*)$/.exec(code) ?? [];
  return name === undefined ? undefined : { name, value };
}

/** The rows that an option's name has in the tables. */
function rowsOf(name: string): readonly OptionRow[] {
  return typesWithOption(name).flatMap((type) => {
    const table = sectionTables.find((candidate) => candidate.type === type);
    const match = table && matchOption(table, name);
    return match === undefined || match === "number-missing" ? [] : [match.row];
  });
}

for (const path of paths) {
  const options = readMarkdown(await readText(path)).code.flatMap(({ text, line }) => {
    const option = optionIn(text);
    return option === undefined ? [] : [{ ...option, line }];
  });
  for (const { name, value, line } of options) {
    Deno.test(`there is an option ${name}=${value} (${path}:${line})`, () => {
      const rows = rowsOf(name);
      assertGreater(rows.length, 0, `no section takes ${name}`);
      if (value !== "") assert(rows.some((row) => takes(row, value)), `${name} takes no ${value}`);
    });
  }
}

Deno.test("a name in code is an option, a field of events, a metric, or a command that the installer puts", async () => {
  const events = readMarkdown(await readText(operating)).blocks.filter(({ language }) => language === "json");
  const fields = events.flatMap(({ text }) => Object.keys(JSON.parse(text)));
  const sources = await Promise.all(
    [...await filesBelow("lib/service/"), "lib/install/old_commands.ts", "lib/install/layout.ts"].map(readText),
  );
  // The file that switches the mode on, the mode of a section, and a module of FreeRADIUS.
  const others = ["primary_only", "duo_only", "rlm_rest"];
  const known = (name: string): boolean =>
    rowsOf(name).length > 0 || rowsOf(`${name}_1`).length > 0 || fields.includes(name) || others.includes(name) ||
    (/^(?:duoproxy|authproxy)_/.test(name) && sources.some((source) => source.includes(`"${name}"`)));
  for (const path of paths) {
    for (const { text, line } of readMarkdown(await readText(path)).code) {
      if (!/^[a-z]+(?:_[a-z]+)+(?:_N|_\d)?=?$/.test(text)) continue;
      const name = text.replace(/_N$/, "_1").replace(/=$/, "");
      assert(known(name), `${path}:${line}: nothing is called ${name}`);
    }
  }
});

for (const path of ["README.md", "conf/guides/configuration.md"]) {
  Deno.test(`${path} says which sections are served`, async () => {
    const items = (await readText(path)).split(/\n(?=- |\n)/);
    const types = (beginning: RegExp): readonly string[] =>
      [...new Set(items.filter((item) => beginning.test(item)).flatMap(codeOf))]
        .flatMap((code) => /^\[([a-z_]+)\]$/.exec(code)?.[1] ?? []).toSorted();
    const shown = sectionTables.filter(({ kind, type }) => kind !== "hidden" && type !== "main");
    const ofFate = (fate: string): readonly string[] =>
      shown.filter((table) => table.fate === fate).map(({ type }) => type).toSorted();
    assertEquals(types(/^\s*- (?:Served are|\*\*Served\*\*)/), ofFate("served"));
    assertEquals(types(/^\s*- \*\*Not served yet\*\*/), ofFate("not-served"));
    if (path !== "README.md") assertEquals(types(/^\s*- \*\*Left out\*\*/), ofFate("ignored"));
  });
}

/** False for a value that the option's type excludes, as far as that can be said without a file around it. */
function takes({ type }: OptionRow, value: string): boolean {
  switch (type.kind) {
    case "choice":
    case "list":
      return value.split(",").every((word) => type.values.includes(word));
    case "boolean":
      return value === "true" || value === "false";
    case "integer":
      return /^\d+$/.test(value) && Number(value) >= type.min && Number(value) <= type.max;
    default:
      return true;
  }
}

Deno.test("the guide's table of additions has the defaults of the option tables", async () => {
  const { rows } = await tableWithHead("conf/guides/configuration.md", "option", "where", "default");
  assertGreater(rows.length, 0);
  for (const [shown = "", where = "", cell = ""] of rows) {
    const type = /^`\[([a-z_]+)\]`$/.exec(where)?.[1] ?? "radius_server_duo_only";
    assert(where === "server section" || where.startsWith("`["), `"${where}" is no place for an option`);
    const table = tableFor(type);
    assert(table !== undefined, `there is no section ${type}`);
    for (const code of codeOf(shown)) {
      const name = optionIn(code)?.name ?? code;
      const match = matchOption(table, name);
      assert(match !== undefined && match !== "number-missing", `[${type}] has no option ${name}`);
      const { since, default: value } = match.row;
      assert(since !== "5.0", `${name} is no addition`);
      if (value !== undefined && cell !== "") assertEquals(cell.replaceAll("`", ""), value, `default of ${name}`);
    }
  }
});

Deno.test("the guide names every option that the old proxy didn't have", async () => {
  const code = readMarkdown(await readText("conf/guides/configuration.md")).code;
  const named = new Set(code.map(({ text }) => /^[a-z][a-z0-9_]*/.exec(text)?.[0] ?? ""));
  const added = sectionTables.filter(({ fate }) => fate === "served").flatMap(({ rows }) => rows)
    .filter(({ since, variantOf }) => since === "duoproxy" && variantOf === undefined).map(({ name }) => name);
  const missing = [...new Set(added)].filter((name) => !named.has(name) && !named.has(`${name}_1`));
  assertEquals(missing, []);
});

/** Code that names a file of the repository; what stands in `conf/` otherwise is on an installed machine. */
function isRepositoryPath({ text }: Inline): boolean {
  return /^(?:lib|tests|scripts|conf\/(?:examples|guides))\/[\w./-]*$/.test(text);
}

for (const path of paths) {
  Deno.test(`every file that ${path} names is there`, async () => {
    const { code } = readMarkdown(await readText(path));
    for (const { text, line } of code.filter(isRepositoryPath)) {
      assert(await exists(text), `${path}:${line}: there is no ${text}`);
    }
  });
}

Deno.test("the README has at most 1,000 words, and no line of more than 160 columns", async () => {
  const text = await readText("README.md");
  assertLessOrEqual(text.split(/\s+/).filter((word) => word !== "").length, 1_000);
  assertEquals(text.split("\n").filter((line) => [...line].length > 160), []);
});

Deno.test("the README names the packages of the standard library that the import map leads to", async () => {
  const named = readMarkdown(await readText("README.md")).code.flatMap(({ text }) => /^@std\/\w+$/.exec(text) ?? []);
  const used = Object.keys(denoJson.imports).filter((name) => /^@std\/\w+$/.test(name));
  // The order named these as well.
  assertEquals([...new Set(named)].toSorted(), [...used, "@std/crypto", "@std/ini", "@std/log"].toSorted());
});

Deno.test("the README verifies what the release's workflow signs", async () => {
  const workflow = await readText(".github/workflows/release.yml");
  const block = readMarkdown(await readText("README.md")).blocks.find(({ text }) => text.includes("cosign"));
  const [, sums = "", bundle = ""] = /cosign verify-blob (\S+) --bundle (\S+) /.exec(block?.text ?? "") ?? [];
  assertStringIncludes(workflow, `cosign sign-blob --yes ${sums} --bundle ${bundle}`);
  for (const name of [sums, bundle, "duoproxy-*"]) {
    assertMatch(workflow, new RegExp(`gh release create .* dist/${name}`));
  }
  const [, identity = "", issuer] = /identity-regexp '([^']+)' \\\n.*issuer (\S+)/.exec(block?.text ?? "") ?? [];
  assertEquals(issuer, "https://token.actions.githubusercontent.com");
  assertMatch(workflow, /^ +tags: \["v\*"\]$/m);
  const signer = "/duoproxy/.github/workflows/release.yml@refs/tags/v0.1.0";
  assertMatch(`https://github.com/OWNER${signer}`, new RegExp(identity));
  assertFalse(new RegExp(identity).test(`https://github.com/SOMEBODY${signer}`));
});

Deno.test("what the documents show of the installer's end is what the script says", async () => {
  const script = await readText("conf/install.sh");
  const said = [...script.slice(script.indexOf("\nfinish() {")).matchAll(/ echo "(.*)"/g)].map(([, text = ""]) => text);
  const dir = "/opt/duoauthproxy";
  const values = {
    program: `${dir}/bin/duoproxy`,
    config: `${dir}/conf/authproxy.cfg`,
    control: `${dir}/bin/authproxyctl`,
  };
  const lines = said.map((line) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`$${name}`, value), line)
  );
  const blocks = (await Promise.all(paths.map(readText))).flatMap((text) => readMarkdown(text).blocks);
  const shown = blocks.filter(({ text }) => text.startsWith("Done.\n"));
  assertGreater(shown.length, 0);
  for (const { text } of shown) assertArrayIncludes(lines, text.trimEnd().split("\n"));
});
