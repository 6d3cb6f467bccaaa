/**
 * Loading: files that aren't there, values that the golden files can't show, and what must hold for any file.
 *
 * @module
 */

import { assert, assertEquals, assertFalse, assertLessOrEqual, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { Config } from "../../lib/config/config.ts";
import { renderFinding } from "../../lib/config/diagnostics.ts";
import { loadConfig, type LoadResult } from "../../lib/config/load.ts";
import { sectionTables } from "../../lib/config/options.ts";
import { fixtureFiles, ikey, MemoryHost, skey, utf8 } from "./fixture.ts";

const file = "conf/authproxy.cfg";

const keys = `ikey=${ikey}\nskey=${skey}\napi_host=api-12345678.duosecurity.com\nfailmode=secure\n`;
const gateway = "radius_ip_1=192.0.2.1\nradius_secret_1=a long shared secret\n";

async function load(text: string | Uint8Array): Promise<LoadResult> {
  const bytes = typeof text === "string" ? utf8(text) : text;
  return await loadConfig(file, new MemoryHost({ ...await fixtureFiles(), [file]: { bytes } }));
}

async function config(text: string): Promise<Config> {
  const result = await load(text);
  assert(result.kind === "ok", result.kind === "invalid" ? result.findings.map(renderFinding).join("\n") : result.kind);
  return result.config;
}

/** All that a result says to people. */
function said(result: LoadResult): string {
  if (result.kind === "absent") return renderFinding(result.finding);
  return [...result.findings.map(renderFinding), Deno.inspect(result, { depth: 10, strAbbreviateSize: 10_000 })].join(
    "\n",
  );
}

Deno.test("loadConfig() says why there is no file", async () => {
  const host = new MemoryHost({});
  const cases = [
    ["conf/absent.cfg", "doesn't exist"],
    ["conf/directory", "is a directory"],
    ["conf/forbidden", "can't be read by the user"],
    ["/dev/zero", "is a device"],
  ] as const;
  for (const [path, problem] of cases) {
    const result = await loadConfig(path, host);
    assert(result.kind === "absent");
    assertEquals([result.finding.code, result.finding.file], ["no-file", path]);
    assertStringIncludes(result.finding.message, problem);
  }
});

Deno.test("loadConfig() on this machine: an absent file, a directory, a name that can't be one", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const path of [`${directory}/absent.cfg`, directory, `${directory}/a\0b`, ""]) {
      assertEquals((await loadConfig(path)).kind, "absent", path);
    }
    await Deno.writeTextFile(
      `${directory}/a.cfg`,
      `[radius_server_duo_only]\n${keys.replace(/skey=.*/, "skey_file=key")}${gateway}`,
    );
    await Deno.writeTextFile(`${directory}/key`, `${skey}\n`);
    const result = await loadConfig(`${directory}/a.cfg`);
    assert(result.kind === "ok");
    assertEquals(result.config.servers[0]?.duo.skey.reveal(), skey);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("loadConfig() keeps secrets character for character, from the file and from files of their own", async () => {
  const secrets = [
    "%(home)s and 100%",
    "#hash",
    ";semicolon",
    "[bracket]",
    "'quoted",
    '"quoted"',
    "\\back\\slash",
    "a=b:c",
    "zwölf Zeichen",
  ];
  const lines = secrets.map((secret, index) =>
    `radius_ip_${index + 1}=192.0.2.${index + 1}\nradius_secret_${index + 1} = ${secret} \n`
  );
  const files =
    "radius_ip_50=192.0.2.50\nradius_secret_file_50=secret\nradius_ip_51=192.0.2.51\nradius_secret_file_51=/run/credentials/radius\n";
  const { servers } = await config(`[radius_server_duo_only]\n${keys}${lines.join("")}${files}`);
  assertEquals(servers[0]?.gateways.map((gateway) => gateway.secret.reveal()), [
    ...secrets,
    "a secret in a file of its own",
    "a secret that systemd handed over",
  ]);
});

Deno.test("loadConfig() hands [main]'s certificates and proxy down, and a section's own go before", async () => {
  const { servers } = await config(
    "[main]\nhttp_ca_certs_file=ca.pem\nhttp_proxy_host=proxy.example.com\nhttp_proxy_port=3128\n\n" +
      `[radius_server_duo_only]\n${keys}${gateway}\n` +
      `[radius_server_duo_only2]\n${keys}${gateway}port=1813\nhttp_ca_certs_file=mixed.pem\nhttp_proxy_host=other\nhttp_proxy_port=80\n`,
  );
  assertEquals(servers.map(({ duo }) => duo.httpProxy), [
    { host: "proxy.example.com", port: 3128 },
    { host: "other", port: 80 },
  ]);
  assertEquals(servers.map(({ duo }) => duo.caCerts?.split("BEGIN CERTIFICATE").length), [2, 3]);
});

Deno.test("loadConfig() maps the old proxy's names of encodings to decoders", async () => {
  const names: readonly (readonly [string, string])[] = [
    ["utf-8", "utf-8"],
    ["UTF8", "utf-8"],
    ["utf_8", "utf-8"],
    ["latin-1", "windows-1252"],
    ["ISO8859-1", "windows-1252"],
    ["iso-8859-1", "windows-1252"],
    ["iso8859_15", "iso-8859-15"],
    ["cp1252", "windows-1252"],
    ["cp1250", "windows-1250"],
    ["windows-1251", "windows-1251"],
    ["ascii", "windows-1252"],
    ["us-ascii", "windows-1252"],
    ["koi8_r", "koi8-r"],
    ["shift_jis", "shift_jis"],
    ["cp932", "shift_jis"],
    ["big5", "big5"],
    ["gb18030", "gb18030"],
  ];
  for (const [name, label] of names) {
    const { servers } = await config(`[radius_server_duo_only]\n${keys}${gateway}pw_codec=${name}\n`);
    assertEquals(servers[0]?.passwordEncoding, label, name);
  }
});

Deno.test("loadConfig() takes the client that [main] gives one server, whatever that server says", async () => {
  const result = await load(
    "[main]\nclient=duo_only_client2\nserver=radius_server_auto\n\n[duo_only_client]\n[duo_only_client2]\n\n" +
      `[radius_server_auto]\n${keys}${gateway}client=nobody\n`,
  );
  assert(result.kind === "ok");
  assertEquals(result.sections.map(({ name, fate }) => [name, fate]), [
    ["main", "read"],
    ["duo_only_client", "unused"],
    ["duo_only_client2", "client"],
    ["radius_server_auto", "served"],
  ]);
});

Deno.test("loadConfig() says what becomes of each section", async () => {
  const result = await load(
    `[main]\n[cloud]\n[ad_client]\n[radius_server_dou_only]\n[radius_server_duo_only]\n${keys}${gateway}`,
  );
  assert(result.kind === "invalid");
  assertEquals(result.sections.map(({ name, type, line, fate }) => [name, type, line, fate]), [
    ["main", "main", 1, "read"],
    ["cloud", "cloud", 2, "ignored"],
    ["ad_client", "ad_client", 3, "not-served"],
    ["radius_server_dou_only", null, 4, "unknown"],
    ["radius_server_duo_only", "radius_server_duo_only", 5, "served"],
  ]);
  assertEquals(result.sections[4]?.detail, "served: UDP port 1812, 1 gateway, failmode secure");
});

Deno.test("hints name the remedy", async () => {
  const cases: readonly (readonly [line: string, hint: string])[] = [
    ["failmod=secure", "Did you mean failmode?"],
    ["radus_ip_2=192.0.2.2", "Did you mean radius_ip_2?"],
    ["radius_ip2=192.0.2.2", "Did you mean radius_ip_2?"],
    ["radius_ip=192.0.2.2", "Write radius_ip_1"],
    ["port=1812 # usual", "Remarks after a value are not supported"],
    ["port=1812 ; usual", "Remarks after a value are not supported"],
    ["force_message_authenticator=yes", "Write true"],
    ["interface=eth0", "give the address"],
    ["client_ip_attr=Calling-Station", "Did you mean Calling-Station-Id?"],
    ["login_timeout=60s", "without a unit"],
    ["search_dn=dc=example", "It belongs into [ad_client]"],
  ];
  for (const [line, hint] of cases) {
    assertStringIncludes(said(await load(`[radius_server_duo_only]\n${keys}${gateway}${line}\n`)), hint, line);
  }
  const hosts: readonly (readonly [host: string, hint: string])[] = [
    ["https://api-1.duosecurity.com", "Remove https://"],
    ["api-1.duosecurity.com:443", "Put the port into the option api_port"],
    [
      "https://api-1.duosecurity.com:8443/auth",
      "Remove https://, and remove the slash and what follows it, and put the port",
    ],
    ['"api-1.duosecurity.com"', "Remove the quotes"],
  ];
  for (const [host, hint] of hosts) {
    const text = `[radius_server_duo_only]\n${keys.replace(/api_host=.*/, `api_host=${host}`)}${gateway}`;
    assertStringIncludes(said(await load(text)), hint, host);
  }
});

Deno.test("loadConfig() never rejects, whatever the octets are", async () => {
  const lines = fc.constantFrom(
    ...sectionTables.map((table) => `[${table.type}]`),
    ...sectionTables.flatMap((table) => table.rows.map((row) => `${row.name}=`)),
    ..."true|1|x|auto|192.0.2.0/24|a-b|::|,|ca.pem|expired.pem| |\t|\n|\r|\n\n|  |_1|_2|[|]|=|:|#|;|\0|é|😀".split("|"),
  );
  const text = fc.array(lines, { maxLength: 60 }).map((parts) => utf8(parts.join("")));
  await fc.assert(
    fc.asyncProperty(fc.oneof(text, fc.uint8Array({ maxLength: 300 })), async (bytes) => {
      const result = await load(bytes);
      assert(result.kind === "ok" || result.kind === "invalid");
      for (const one of result.findings) assert(one.line >= 1 && one.column >= 1 && one.message !== "");
    }),
    { numRuns: 500 },
  );
});

Deno.test("no finding and no result shows a secret, however its line is misspelt", async () => {
  const secretNames = [
    ...new Set(sectionTables.flatMap((table) => table.rows.filter((row) => row.secret).map((row) => row.name))),
  ];
  const canary = "S3cretCanary";
  const misspell = fc.constantFrom(
    (name: string) => name,
    (name: string) => `${name}_1`,
    (name: string) => `${name}_x`,
    (name: string) => name.slice(1),
    (name: string) => `${name}s`,
    (name: string) => name.replace("_", ""),
    (name: string) => name.toUpperCase(),
    (name: string) => `#${name}`,
  );
  const separator = fc.constantFrom("=", ":", " = ", " ", "", "==", ";", "=\n  ", "=x\n  ", "=x\n  \t");
  const value = fc.constantFrom(
    canary,
    `${canary} # remark`,
    `"${canary}"`,
    `${canary}=`,
    `${canary}:${canary}`,
    `[${canary}`,
    `x${canary}\n y=${canary}`,
  );
  const section = fc.constantFrom(...sectionTables.map((table) => `[${table.type}]`), "[nonsense]", "");
  const line = fc.tuple(section, fc.constantFrom(...secretNames), misspell, separator, value);
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (parts) => {
      const text = parts.map(([header, name, change, between, secret]) =>
        `${header}\n${change(name)}${between}${secret}\n`
      );
      assertFalse(said(await load(text.join(""))).includes(canary));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a file of 2,000 sections opens each named file once and compares no section with all others", async () => {
  const sections = Array.from(
    { length: 2000 },
    (_, index) => `[radius_server_auto${index}]\n${keys}${gateway}http_ca_certs_file=ca.pem\nclient=duo_only_client1\n`,
  );
  const bytes = utf8(`[duo_only_client]\n${sections.join("")}`);
  const host = new MemoryHost({ ...await fixtureFiles(), [file]: { bytes } });
  const result = await loadConfig(file, host);
  assert(result.kind === "invalid");
  assertEquals(host.reads, 2);
  // One missing client and, after the first, one overlap a section.
  assertEquals(result.findings.length, 2000 + 1999);
});

Deno.test("findings about a line of a megabyte stay short", async () => {
  const long = "x".repeat(1_000_000);
  const result = await load(
    `[${long}]\n${long}\n[main]\n${long}=1\ndebug=${long}\nstatus_port=${
      "9".repeat(1_000_000)
    }\ninterface=${long}\nclient=${long}\n` +
      `[radius_server_auto]\nfailmode=${long}\nfactors=${long}\nikey=${long}\napi_host=${long}\nradius_ip_1=${long}\nclient_ip_attr=${long}\npw_codec=${long}\n`,
  );
  assert(result.kind === "invalid");
  assert(result.findings.length > 12);
  for (const one of result.findings) assertLessOrEqual(renderFinding(one).length, 500);
});
