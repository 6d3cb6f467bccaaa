/**
 * `duoproxy encrypt`: one secret, and a whole file.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { type ExitCode, type Invocation, UsageError } from "../../../lib/cli/command.ts";
import { runEncrypt } from "../../../lib/cli/commands/encrypt.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { openProtected, parseKey, protectedForm } from "../../../lib/config/protected.ts";
import { ikey, keyText, type MemoryFile, MemoryHost, skey, utf8 } from "../../config/fixture.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../../kit/fake_terminal.ts";

interface Ran {
  readonly code: ExitCode;
  readonly terminal: FakeTerminal;
}

const keyFiles: Readonly<Record<string, MemoryFile>> = { "conf/duoproxy.key": { bytes: utf8(keyText), mode: 0o400 } };

async function encrypt(
  terminal: FakeTerminalOptions,
  options: Invocation["options"] = {},
  files: Readonly<Record<string, MemoryFile>> = keyFiles,
): Promise<Ran> {
  const fake = new FakeTerminal(terminal);
  const invocation = { options: { config: "conf/authproxy.cfg", ...options }, positionals: [], terminal: fake };
  return { code: await runEncrypt(invocation, new MemoryHost(files)), terminal: fake };
}

/** What a printed value holds. */
function opened(value: string): string {
  const key = parseKey(utf8(keyText));
  const form = protectedForm(value);
  assert(key !== undefined && form.kind === "sealed", value);
  const result = openProtected(key, form);
  assert(result.kind === "opened");
  return result.text;
}

Deno.test("encrypt prints the protected value alone, and drops one line end of its input", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["hunter2", "hunter2"],
    ["hunter2\n", "hunter2"],
    ["hunter2\r\n", "hunter2"],
    ["hunter2\n\n", "hunter2\n"],
    [" # ;=[%\t'", " # ;=[%\t'"],
    ["\n\n", "\n"],
    [" ", " "],
    ["two\nlines\n", "two\nlines"],
    ["Übergröße €😀\n", "Übergröße €😀"],
    ["a\0b", "a\0b"],
  ];
  for (const [input, secret] of cases) {
    const { code, terminal } = await encrypt({ stdin: input });
    assertEquals([code, terminal.stderr], [0, ""]);
    assertMatch(terminal.stdout, /^duoproxy1:[^\n]+\n$/);
    assertEquals(opened(terminal.stdout.trimEnd()), secret);
  }
});

Deno.test("encrypt asks on a terminal, and never shows the answer", async () => {
  const { code, terminal } = await encrypt({ secrets: ["hunter2"], stdin: "not read" });
  assertEquals([code, terminal.prompts.length, opened(terminal.stdout.trimEnd())], [0, 1, "hunter2"]);
  assert(!terminal.stderr.includes("hunter2"));
});

Deno.test("encrypt refuses an empty secret, and octets that aren't text", async () => {
  for (const stdin of ["", "\n", "\r\n"]) await assertRejects(() => encrypt({ stdin }), UsageError, "empty");
  await assertRejects(() => encrypt({ secrets: [""] }), UsageError, "empty");
  const wide = new Uint8Array([0xff, 0xfe, 0x61, 0]);
  await assertRejects(() => encrypt({ stdin: wide }), UsageError, "UTF-8");
  await assertRejects(() => encrypt({ stdin: new Uint8Array([0x61, 0xe9]) }), UsageError, "UTF-8");
  await assertRejects(() => encrypt({ secrets: ["a\ufffd"] }), UsageError, "UTF-8");
  await assertRejects(() => encrypt({ stdin: "x".repeat(70_000) }), UsageError, "65536");
});

Deno.test("encrypt skips a byte order mark and says so", async () => {
  const { terminal } = await encrypt({ stdin: "\ufeffhunter2\r\n" });
  assertEquals(opened(terminal.stdout.trimEnd()), "hunter2");
  assertStringIncludes(terminal.stderr, "byte order mark");
});

Deno.test("encrypt without a key says how to make one, and ends with 66", async () => {
  const { code, terminal } = await encrypt({ stdin: "hunter2" }, { "key-file": "conf/my key" });
  assertEquals([code, terminal.stdout], [66, ""]);
  assertStringIncludes(terminal.stderr, "The key file conf/my key doesn't exist");
  assertStringIncludes(terminal.stderr, "duoproxy install");
  assertStringIncludes(terminal.stderr, ">'conf/my key')");
});

Deno.test("encrypt takes another key file, refuses what is none, and warns of an open one", async () => {
  const files = { "k": { bytes: utf8(keyText), mode: 0o644 }, "conf/duoproxy.key": { bytes: utf8("no key\n") } };
  const other = await encrypt({ stdin: "hunter2" }, { "key-file": "k" }, files);
  assertEquals([other.code, opened(other.terminal.stdout.trimEnd())], [0, "hunter2"]);
  assertStringIncludes(other.terminal.stderr, "Every user of this machine can read the key file k");
  const wrong = await encrypt({ stdin: "hunter2" }, {}, files);
  assertEquals([wrong.code, wrong.terminal.stdout], [66, ""]);
  assertStringIncludes(wrong.terminal.stderr, "holds no key");
  const forbidden = await encrypt({ stdin: "hunter2" }, { "key-file": "conf/forbidden" }, files);
  assertEquals(forbidden.code, 66);
  assert(!forbidden.terminal.stderr.includes("/dev/urandom"));
});

/** Runs `encrypt --whole-config` on octets. */
async function whole(bytes: Uint8Array): Promise<Ran> {
  return await encrypt({}, { "whole-config": true }, { ...keyFiles, "conf/authproxy.cfg": { bytes, mode: 0o600 } });
}

/** Octets as text, one character each. */
function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => String.fromCharCode(octet)).join("");
}

/** The printed file with each protected value shown as `<what it holds>`. */
function reopened(terminal: FakeTerminal): string {
  const text = latin(terminal.stdoutBytes);
  return text.replace(/duoproxy1:dd5916cf:[A-Za-z0-9+/]+={0,2}/g, (value) => `<${opened(value)}>`);
}

const rich = `# The configuration of our proxy, made by J. R. # 2
; skey=commented-out

[main]
debug=true

[duo_only_client]
[ad_client]
host = 192.0.2.9
Service_Account_Password:  a pass = word  \t
[radius_server_duo_only]   # our ASA
ikey=${ikey}
  skey  =  ${skey}
api_host = api-1.duosecurity.com
radius_ip_1 = 192.0.2.1
RADIUS_SECRET_01: % # ; [ ' \\
radius_ip_2=192.0.2.2
radius_secret_2=
radius_secret_protected_3=duoproxy1:00000000:AAAA
radius_secret_file_4=secret

failmode=secure`;

const richProtected = rich
  .replace("Service_Account_Password:  a pass = word", "Service_Account_Password_protected:  <a pass = word>")
  .replace(`skey  =  ${skey}`, `skey_protected  =  <${skey}>`)
  .replace("RADIUS_SECRET_01: % # ; [ ' \\", "RADIUS_SECRET_protected_01: <% # ; [ ' \\>");

Deno.test("encrypt --whole-config changes secrets and nothing else, whatever the line ends", async () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const { code, terminal } = await whole(utf8(rich.replaceAll("\n", end)));
    assertEquals(reopened(terminal), richProtected.replaceAll("\n", end));
    assertEquals(code, 0);
    assertEquals(terminal.stderr.split("\n").length, 2);
    assertStringIncludes(terminal.stderr, "authproxy.cfg:2: This remark seems to hold a secret");
  }
});

Deno.test("encrypt --whole-config reads the file only: nothing on stdin is waited for", async () => {
  const { terminal } = await whole(utf8(rich));
  assertEquals(terminal.prompts, []);
});

Deno.test("encrypt --whole-config keeps byte order mark and encoding", async () => {
  const mark = "\xef\xbb\xbf";
  const marked = await whole(Uint8Array.from(`${mark}[main]\n# \xc3\xa9\n`, (one) => one.charCodeAt(0)));
  assertEquals(latin(marked.terminal.stdoutBytes), `${mark}[main]\n# \xc3\xa9\n`);
  const windows = `[radius_server_auto]\n# gr\xf6\xdfe \x80 \x81\nradius_secret_1=p\xe4ss\nprompt=\xe9\n`;
  const { terminal } = await whole(Uint8Array.from(windows, (one) => one.charCodeAt(0)));
  assertEquals(
    reopened(terminal),
    windows.replace("radius_secret_1=p\xe4ss", "radius_secret_protected_1=<p\xe4ss>"),
  );
});

Deno.test("encrypt --whole-config joins a secret of several lines and keeps the remarks between them", async () => {
  const text = "[radius_server_auto]\nradius_secret_1=one\n  two\n# a remark\n\n\tthree\nport=1812\n";
  const { terminal } = await whole(utf8(text));
  assertEquals(
    reopened(terminal),
    "[radius_server_auto]\nradius_secret_protected_1=<one\ntwo\n\nthree>\n# a remark\n\nport=1812\n",
  );
});

Deno.test("a file that was protected loads with the secrets it had", async () => {
  const text = `[radius_server_duo_only]\nikey=${ikey}\nskey=${skey}\napi_host=api-1.duosecurity.com\nfailmode=safe\n` +
    "radius_ip_1=192.0.2.1\nradius_secret_1=one long secret\n  of two lines\n";
  const { terminal } = await whole(utf8(text));
  const files = { ...keyFiles, "conf/authproxy.cfg": { bytes: terminal.stdoutBytes } };
  const result = await loadConfig("conf/authproxy.cfg", new MemoryHost(files));
  assert(result.kind === "ok");
  assertEquals(result.findings, []);
  assertEquals(result.config.servers[0]?.duo.skey.reveal(), skey);
  assertEquals(result.config.servers[0]?.gateways[0]?.secret.reveal(), "one long secret\nof two lines");
});

Deno.test("encrypt --whole-config twice changes nothing the second time", async () => {
  const first = await whole(utf8(rich));
  const second = await whole(first.terminal.stdoutBytes);
  assertEquals(second.terminal.stdout, first.terminal.stdout);
});

Deno.test("encrypt --whole-config takes no protected value for a secret, whatever its base64 looks like", async () => {
  const sealed = `duoproxy1:dd5916cf:AQEB/${skey}/AAAA`;
  const text = `[radius_server_duo_only]\nskey_protected=${sealed}\nRadius_Secret_Protected_1 : ${sealed}\n` +
    `# skey_protected=${sealed}\n[radius_server_new]\nsecret_protected_2=${sealed}\n`;
  const { code, terminal } = await encrypt({}, { "whole-config": true }, {
    ...keyFiles,
    "conf/authproxy.cfg": { bytes: utf8(text) },
  });
  assertEquals([code, terminal.stdout, terminal.stderr], [0, text, ""]);
});

Deno.test("encrypt --whole-config names a plain secret where a protected one belongs", async () => {
  const text = `[radius_server_duo_only]\nskey_protected=${skey}\n`;
  const { code, terminal } = await encrypt({}, { "whole-config": true }, {
    ...keyFiles,
    "conf/authproxy.cfg": { bytes: utf8(text) },
  });
  assertEquals(code, 1);
  assertStringIncludes(terminal.stderr, "authproxy.cfg:2: This line seems to hold a secret");
});

Deno.test("encrypt --whole-config ends with 1 and names the lines whose secrets it could not protect", async () => {
  const cases: readonly string[] = [
    "[main]\nskey=x",
    "[radius_server_auto]\nradius_secert_1=x",
    "[radius_server_auto]\nradius_secret=x",
    "[radius_server_auto]\nskye = x",
    "[radius_server_auto]\nskey x",
    `[radius_server_auto]\nprompt=${skey}`,
    "[no_such_section]\nradius_secret_1=x",
    "# nothing before\nskey=x",
    `[radius_server_auto]\n${skey}`,
  ];
  for (const text of cases) {
    const { code, terminal } = await whole(utf8(text));
    assertEquals([code, terminal.stdout], [1, text], text);
    assertMatch(terminal.stderr, /^Warning: conf\/authproxy.cfg:2: [^\n]*\n$/);
    assert(!terminal.stderr.includes(skey));
  }
  // A second one of the same name, and one that is protected already.
  const twice = await whole(utf8("[radius_server_auto]\nskey=a\nskey=b\nskey_protected=c\n"));
  assertEquals(twice.code, 1);
  assertEquals(twice.terminal.stdout, "[radius_server_auto]\nskey=a\nskey=b\nskey_protected=c\n");
  assertEquals(twice.terminal.stderr.split("\n").length, 3);
});

Deno.test("encrypt --whole-config finds nothing suspicious in the starter file", async () => {
  const { code, terminal } = await whole(await Deno.readFile(new URL("../../../conf/authproxy.cfg", import.meta.url)));
  assertEquals([code, terminal.stderr], [0, ""]);
});

Deno.test("encrypt --whole-config refuses files that are no text", async () => {
  for (const bytes of [new Uint8Array([0xff, 0xfe, 0x5b, 0]), utf8("[main]\0")]) {
    const { code, terminal } = await whole(bytes);
    assertEquals([code, terminal.stdout], [66, ""]);
    assertStringIncludes(terminal.stderr, "The configuration file conf/authproxy.cfg ");
  }
  const absent = await encrypt({}, { "whole-config": true });
  assertEquals([absent.code, absent.terminal.stdout], [66, ""]);
});

Deno.test("encrypt --whole-config: what isn't a secret comes out octet for octet, whatever the file", async () => {
  const line = fc.oneof(
    fc.constantFrom(
      "[main]",
      "[radius_server_auto]",
      "skey=",
      "radius_secret_1 = a b ",
      "  more",
      "# remark",
      "",
      "\t",
    ),
    fc.string({ unit: "binary", maxLength: 20 }),
  );
  const end = fc.constantFrom("\n", "\r\n", "\r");
  const file = fc.array(fc.tuple(line, end), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(file, async (parts) => {
      const text = parts.flat().join("");
      fc.pre(!text.includes("\0"));
      const { code, terminal } = await whole(utf8(text));
      if (code === 66) return;
      // Undone, value by value, the same characters are there: only white space may be gone, where lines were joined.
      const undone = terminal.stdout
        .replace(/duoproxy1:[0-9a-f]{8}:[A-Za-z0-9+/]+={0,2}/g, (value) => opened(value))
        .replaceAll("_protected", "");
      const characters = (whatever: string): string => Array.from(whatever.replace(/\s+/g, "")).sort().join("");
      assertEquals(characters(undone), characters(text));
    }),
    { seed: 7, numRuns: 300 },
  );
});
