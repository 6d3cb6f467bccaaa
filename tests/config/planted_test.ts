/**
 * Secrets pasted into the wrong place are shown by no command.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { reportCheck } from "../../lib/cli/commands/check.ts";
import { loadConfig, type LoadResult } from "../../lib/config/load.ts";
import { sectionTables } from "../../lib/config/options.ts";
import type { OptionRow } from "../../lib/config/row.ts";
import { buildBundle } from "../../lib/bundle/bundle.ts";
import { FakeTerminal } from "../kit/fake_terminal.ts";
import { programLine, TempDir } from "../kit/program.ts";
import { MemoryHost, utf8 } from "./fixture.ts";

/** Found by their form, wherever they come from. */
const byForm: readonly string[] = [
  "kR7pWq2ZtY5uXvB9nM3cLs8dFgHj4aQe6rT1wEyU",
  "Wm9vYmFyIHBhc3N3b3JkIGZvciBhIGdhdGV3YXk0Nw==",
  "7f3c9a1e5b8d2046af91c3e7d5b80246",
];
/** Known because the file has them as secrets, too. */
const byValue: readonly string[] = ["correct horse battery staple, as a whole sentence", "kettle-drum", "ab7"];

/** A file whose own secrets are those of {@link byValue}. */
const head = `[duo_only_client]
[radius_server_duo_only]
skey=${byValue[0]}
radius_ip_1=192.0.2.1
radius_secret_1=${byValue[0]}
radius_ip_2=192.0.2.2
radius_secret_2=${byValue[1]}
radius_ip_3=192.0.2.3
radius_secret_3=${byValue[2]}
`;

async function load(text: string): Promise<Exclude<LoadResult, { kind: "absent" }>> {
  const result = await loadConfig("a.cfg", new MemoryHost({ "a.cfg": { bytes: utf8(text) } }));
  assert(result.kind !== "absent");
  return result;
}

/** What `check` prints about a text, in both formats. */
async function printed(text: string): Promise<string> {
  const result = await load(text);
  const terminal = new FakeTerminal();
  for (const format of ["text", "json"]) {
    await reportCheck({ options: { format }, positionals: [], terminal }, "a.cfg", result);
  }
  return terminal.stdout + terminal.stderr;
}

/** Fails if a text holds a secret, the first half of one, or one in small letters. */
function assertWithout(text: string, secret: string, where: string): void {
  const lower = text.toLowerCase();
  const start = secret.toLowerCase().slice(0, Math.max(3, Math.ceil(secret.length / 2)));
  assertEquals(lower.includes(start), false, where);
}

function written(row: OptionRow): string {
  return row.numbered === "always" ? `${row.name}_7` : row.name;
}

for (const { type, rows } of sectionTables) {
  Deno.test(`check shows no secret that stands in an option of [${type}]`, async () => {
    for (const row of rows) {
      for (const secret of [...byForm, ...byValue]) {
        const section = type === "radius_server_duo_only" ? `${type}2` : type;
        const text = `${head}[${section}]\n${written(row)}=${secret}\n`;
        assertWithout(await printed(text), secret, `${row.name}=${secret}`);
      }
    }
  });
}

Deno.test("check shows no secret that stands where a name belongs, or anywhere else", async () => {
  const places: readonly ((secret: string) => string)[] = [
    (secret) => `${secret}=1`,
    (secret) => `${secret.replaceAll(/[^A-Za-z0-9]/g, "")}: 1`,
    (secret) => `x${secret.replaceAll(/[^A-Za-z0-9]/g, "")}=1\n    continued`,
    (secret) => `x${secret.replaceAll(/[^A-Za-z0-9]/g, "")}=1\nx${secret.replaceAll(/[^A-Za-z0-9]/g, "")}=1`,
    (secret) => `x${secret.replaceAll(/[^A-Za-z0-9]/g, "")}=1\n  port=1`,
    (secret) => secret,
    (secret) => `[${secret}]`,
    (secret) => `[${secret}]\n[${secret}]`,
    (secret) => `[main]  ${secret}`,
    (secret) => `port=\n  ${secret}`,
    (secret) => `failmode=safe ; ${secret}`,
    (secret) => `failmode=${secret} ; as agreed`,
    (secret) => `failmode=/${secret}/${secret}`,
    (secret) => `radius_secret_9=one\n  ${secret}\nport=${secret}`,
    (secret) => `radius_secert_9=${secret}\nport=${secret}`,
    (secret) => `client=${secret}\n[radius_server_auto]\nclient=${secret}`,
  ];
  for (const place of places) {
    for (const secret of [...byForm, ...byValue]) {
      // What is short is masked where it is the whole.
      if (secret.length < 4) continue;
      const text = head + place(secret) + "\n";
      const compact = secret.replaceAll(/[^A-Za-z0-9]/g, "");
      const shown = await printed(text);
      if (compact === secret || place(secret).includes(secret)) assertWithout(shown, secret, text);
      if (byForm.includes(secret)) assertWithout(shown, compact, text);
    }
  }
});

Deno.test("check knows secrets that stand in files, too", async () => {
  const secret = "kettle-drum";
  const text = `[radius_server_duo_only]\nradius_secret_file_1=s\nport=${secret}\nfailmode=${secret}\n[${secret}]\n`;
  const host = new MemoryHost({ "a.cfg": { bytes: utf8(text) }, s: { bytes: utf8(secret) } });
  const result = await loadConfig("a.cfg", host);
  assert(result.kind === "invalid");
  assertWithout(JSON.stringify(result), secret, "the findings");
});

Deno.test("support shows no secret that stands in another option", async () => {
  for (const { type, rows } of sectionTables) {
    const section = type === "radius_server_duo_only" ? `${type}2` : type;
    for (const secret of [...byForm, ...byValue.slice(0, 2)]) {
      const text = `${head}[${section}]\n${rows.map((row) => `${written(row)}=${secret}\n`).join("")}`;
      const bundle = await buildBundle({
        host: new MemoryHost({ "a.cfg": { bytes: utf8(text) } }),
        configFile: "a.cfg",
        keyFile: undefined,
        versions: [],
        readPart: () => Promise.resolve(undefined),
        status: () => Promise.resolve([]),
        checks: () => Promise.resolve([]),
      });
      assertWithout(bundle, secret, `[${type}] ${secret}`);
    }
  }
});

Deno.test("serve shows no secret that stands in another option", async () => {
  using dir = new TempDir();
  const sections = sectionTables.flatMap(({ type, rows }) =>
    byForm.map((secret, index) =>
      `[${type}${index === 0 ? "" : index + 4}]\n${rows.map((row) => `${written(row)}=${secret}\n`).join("")}`
    )
  );
  const file = dir.write("authproxy.cfg", head + sections.join(""));
  const [program = "", ...args] = programLine("serve", "--config", file);
  const { code, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  assertEquals(code, 78);
  const shown = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(shown.includes("wrong-value"));
  for (const secret of byForm) assertWithout(shown, secret, "the log of serve");
});
