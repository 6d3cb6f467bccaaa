/**
 * `duoproxy check`, `duoproxy explain` and where the file is looked for.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { command as check, reportCheck } from "../../../lib/cli/commands/check.ts";
import { UsageError } from "../../../lib/cli/command.ts";
import { configFile, type ConfigFileSeams, installedConfigFile } from "../../../lib/cli/config_file.ts";
import { command as explain } from "../../../lib/cli/commands/explain.ts";
import { findingCodes } from "../../../lib/config/diagnostics.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { sectionTables } from "../../../lib/config/options.ts";
import { ikey, MemoryHost, skey, utf8 } from "../../config/fixture.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../../kit/fake_terminal.ts";

const valid =
  `[main]\n[duo_only_client]\n[radius_server_duo_only]\nikey=${ikey}\nskey=${skey}\napi_host=api-1.duosecurity.com\n` +
  "radius_ip_1=192.0.2.1\nradius_secret_1=a long shared secret\nclient=duo_only_client\n";

/** Runs the check of a text. */
async function checked(
  text: string,
  format?: string,
  styled = false,
): Promise<FakeTerminal & { readonly code: number }> {
  const terminal = new FakeTerminal({ styled });
  const result = await loadConfig("a.cfg", new MemoryHost({ "a.cfg": { bytes: utf8(text) } }));
  const options = format === undefined ? {} : { format };
  const code = await reportCheck({ options, positionals: [], terminal }, "a.cfg", result);
  return Object.assign(terminal, { code });
}

async function explained(topic?: string): Promise<string> {
  const terminal = new FakeTerminal();
  assertEquals(await explain.run({ options: {}, positionals: topic === undefined ? [] : [topic], terminal }), 0);
  return terminal.stdout;
}

Deno.test("check shows file, sections, findings and a verdict", async () => {
  const { stdout, code } = await checked(valid);
  assertEquals(code, 0);
  assertEquals(
    stdout,
    `File: a.cfg

Sections:
  line 1  [main]                    read
  line 2  [duo_only_client]         used by [radius_server_duo_only]
  line 3  [radius_server_duo_only]  served: UDP port 1812, 1 gateway, failmode safe

a.cfg:3:1: warning: failmode is not set, so it is safe: users get in without a second factor while Duo can't be reached [failmode-unset]
    hint: Write failmode=safe or failmode=secure, so that it is a decision

No errors, 1 warning: the proxy starts with this file
`,
  );
});

Deno.test("check ends with 1 on errors, and colours only the level", async () => {
  const { stdout, code } = await checked(`${valid}failmod=secure\nfailmode=safe\n`, undefined, true);
  assertEquals(code, 1);
  assertStringIncludes(stdout, 'a.cfg:10:1: <red>error</red>: There is no option "failmod"');
  assertStringIncludes(stdout, "\n1 error, no warnings: the proxy doesn't start with this file\n");
});

Deno.test("check --format json prints one document and nothing else", async () => {
  const { stdout, stderr, code } = await checked(`${valid}failmode=safe\nport=no\n`, "json");
  assertEquals([code, stderr], [1, ""]);
  const document: unknown = JSON.parse(stdout);
  assertEquals(document, {
    schema: 1,
    file: "a.cfg",
    result: "invalid",
    findings: [{
      level: "error",
      code: "wrong-value",
      file: "a.cfg",
      line: 11,
      column: 6,
      section: "radius_server_duo_only",
      option: "port",
      message: 'port takes a whole number from 1 to 65535, not "no"',
      hint: null,
    }],
    sections: [
      { name: "main", type: "main", line: 1, fate: "read", detail: "read" },
      {
        name: "duo_only_client",
        type: "duo_only_client",
        line: 2,
        fate: "client",
        detail: "used by [radius_server_duo_only]",
      },
      {
        name: "radius_server_duo_only",
        type: "radius_server_duo_only",
        line: 3,
        fate: "served",
        detail: "served: UDP port ?, 1 gateway, failmode safe",
      },
    ],
  });
});

Deno.test("check stays within 80 columns on a terminal, and within lines where a program reads", async () => {
  const text = `${valid}failmod=secure\nradius_ip_2=0.0.0.0/0\nclient_ip_attr=Framed-IP-Adress ; remark\nport=18120\n` +
    "[radius_server_auto2]\ninterface=192.0.2.100\nport=18121\nradius_ip_1=192.0.2.1\nunmatched_text=auto\n";
  const result = await loadConfig("a.cfg", new MemoryHost({ "a.cfg": { bytes: utf8(text) } }));
  const printed = async (options: FakeTerminalOptions): Promise<string> => {
    const terminal = new FakeTerminal(options);
    await reportCheck({ options: {}, positionals: [], terminal }, "a.cfg", result);
    return terminal.stdout;
  };
  const plain = await printed({});
  const wrapped = await printed({ wraps: true, columns: 80 });
  assert(plain.split("\n").some((line) => line.length > 120));
  assertEquals(wrapped.split("\n").filter((line) => line.length > 80), []);
  assertEquals(wrapped.replaceAll(/\s+/g, " "), plain.replaceAll(/\s+/g, " "));
  // Every finding still begins a line with its place.
  const places = (shown: string): readonly string[] => shown.match(/^a\.cfg:\d+:\d+: (?:error|warning):/gm) ?? [];
  assertEquals(places(wrapped), places(plain));
  const styled = await printed({ wraps: true, columns: 80, styled: true });
  assertEquals(styled.replaceAll(/<\/?(?:red|yellow|bold)>/g, ""), wrapped);
});

Deno.test("check ends with 66 without a file, in both formats", async () => {
  for (const format of ["text", "json"]) {
    const terminal = new FakeTerminal();
    const options = { config: "/nonexistent/authproxy.cfg", format };
    assertEquals(await check.run({ options, positionals: [], terminal }), 66);
    const [shown, other] = format === "text" ? [terminal.stderr, terminal.stdout] : [terminal.stdout, terminal.stderr];
    assertStringIncludes(shown, "doesn't exist");
    assertStringIncludes(shown, "/nonexistent/authproxy.cfg");
    assertEquals(other, "");
  }
});

Deno.test("check keeps control characters of a section's name from the terminal", async () => {
  const { stdout } = await checked(`[\u001b[31mred\u0007]\n${valid}`);
  assert(Array.from(stdout).every((character) => character === "\n" || character >= " "));
});

Deno.test("configFile() prefers --config, then the installed file, then the one beside the program", async () => {
  const seams = (...files: string[]): ConfigFileSeams => ({
    execPath: () => "/srv/duoproxy/bin/duoproxy",
    exists: (path) => Promise.resolve(files.includes(path)),
  });
  const beside = "/srv/duoproxy/conf/authproxy.cfg";
  assertEquals(await configFile("mine.cfg", seams(installedConfigFile)), "mine.cfg");
  assertEquals(await configFile(undefined, seams(installedConfigFile, beside)), installedConfigFile);
  assertEquals(await configFile(undefined, seams(beside)), beside);
  assertEquals(await configFile(undefined, seams()), installedConfigFile);
});

Deno.test("explain lists sections, options and codes", async () => {
  const sections = await explained();
  for (const { type, kind } of sectionTables) assertEquals(sections.includes(`[${type}]`), kind !== "hidden", type);
  const findings = await explained("findings");
  for (const code of Object.keys(findingCodes)) assertStringIncludes(findings, `  ${code}`);
  for (const { type, rows, kind } of sectionTables) {
    if (kind === "hidden") continue;
    const text = await explained(type);
    for (const row of rows) {
      assertStringIncludes(text, `  ${row.name}${row.numbered === "always" ? "_N" : ""}`);
      assertStringIncludes(await explained(`${type}.${row.name}`), "known since");
    }
  }
});

Deno.test("explain takes names as they stand in a file", async () => {
  const expected = await explained("radius_server_auto.radius_ip");
  for (
    const topic of [
      "[radius_server_auto2].radius_ip_1",
      "RADIUS_SERVER_AUTO.radius_ip_N",
      "radius_server_auto.Radius_IP_17",
    ]
  ) {
    assertEquals(await explained(topic), expected, topic);
  }
});

Deno.test("explain takes an option by its name alone, for every section that has it", async () => {
  const failmode = await explained("failmode");
  assertStringIncludes(failmode, "[radius_server_auto], ");
  assertStringIncludes(failmode, "[ldap_server_auto]");
  assertEquals(failmode.split("known since").length, 2);
  assertEquals(await explained("Radius_IP_2"), await explained("radius_ip_n"));
  // Where sections mean different things, each form stands by itself.
  const client = await explained("client");
  for (const { type, rows } of sectionTables) {
    const row = rows.find(({ name }) => name === "client");
    if (row !== undefined) assertStringIncludes(client, `[${type}]`);
  }
  assert(client.split("known since").length > 2);
  for (const { rows, kind } of sectionTables) {
    for (const { name } of kind === "hidden" ? [] : rows) assertStringIncludes(await explained(name), "known since");
  }
});

Deno.test("explain takes the code of every finding", async () => {
  for (const [code, text] of Object.entries(findingCodes)) {
    assertEquals((await explained(code)).replaceAll(/\s+/g, " "), `${code} ${text}. `, code);
  }
});

Deno.test("explain suggests a name for an unknown one", async () => {
  const cases = [
    ["radius_server_dou_only", "did you mean radius_server_duo_only?"],
    ["finding", "did you mean findings?"],
    ["main.debg", "did you mean main.debug?"],
    ["radius_server_auto.radus_ip_1", "did you mean radius_server_auto.radius_ip?"],
    ["frobnicate", "`duoproxy explain` lists the sections"],
    ["main.frobnicate", "`duoproxy explain main` lists the options"],
    ["mock_client", "Unknown word"],
    ["mock_client.x", "Unknown section"],
    ["failmod", "did you mean failmode?"],
    ["radius_ipp_2", "did you mean radius_ip?"],
    ["port-colision", "did you mean port-collision?"],
    ["main.", "Unknown option"],
  ] as const;
  for (const [topic, hint] of cases) {
    const error = await assertRejects(() => explained(topic), UsageError);
    assert(error instanceof UsageError);
    assertStringIncludes(error.message, hint);
  }
});
