/**
 * The bundle of `support`: what is in it, and that no secret is, however it is spelt.
 *
 * @module
 */

import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { type CheckResult, failed, ok, warning } from "../../lib/check/check.ts";
import { renderFinding } from "../../lib/config/diagnostics.ts";
import { parseKey, protect } from "../../lib/config/protected.ts";
import { buildBundle, type BundleSources } from "../../lib/bundle/bundle.ts";
import { ikey, keyText, type MemoryFile, MemoryHost, skey, utf8 } from "../config/fixture.ts";

/** Where the installer puts the logs of `conf/authproxy.cfg`. */
const logDir = `${Deno.cwd()}/log`;

/** Logs by their names, as a {@link BundleSources.readPart} gives them; what is not there doesn't exist. */
function logs(texts: Readonly<Record<string, string>>): BundleSources["readPart"] {
  return (path, from, limit) => {
    const text = path.startsWith(`${logDir}/`) ? texts[path.slice(logDir.length + 1)] : undefined;
    if (text === undefined) return Promise.resolve(undefined);
    const bytes = utf8(text);
    return Promise.resolve({ size: bytes.length, bytes: bytes.subarray(from, from + limit) });
  };
}

/** Makes the bundle for a configuration. The checks quote every finding, as careless ones might. */
async function bundle(
  config: Uint8Array,
  files: Readonly<Record<string, MemoryFile>> = {},
  checks?: BundleSources["checks"],
  more: Partial<BundleSources> = {},
): Promise<string> {
  return await buildBundle({
    host: new MemoryHost({ "conf/authproxy.cfg": { bytes: config, mode: 0o640 }, ...files }),
    configFile: "conf/authproxy.cfg",
    keyFile: undefined,
    versions: ["duoproxy 1.2.3", "deno 9"],
    readPart: logs({}),
    status: () => Promise.resolve([]),
    checks: checks ?? (({ findings }) =>
      Promise.resolve(findings.map((one): CheckResult => ({
        ...failed("machine", renderFinding(one), one.hint),
        name: "configuration",
        section: one.section,
        timeUp: false,
      })))),
    ...more,
  });
}

const good = `[main]
[duo_only_client]
[radius_server_duo_only]
ikey=${ikey}
skey=${skey}
api_host=api-1.duosecurity.com
failmode=secure
radius_ip_1=192.0.2.1
radius_secret_1=a long shared secret
client=duo_only_client
`;

Deno.test("the bundle holds versions, files, sections, findings, checks, status, the masked configuration and the logs", async () => {
  const checks = (): Promise<readonly CheckResult[]> =>
    Promise.resolve([
      { ...ok("Duo answers", { latency_ms: 12 }), name: "ping", section: "radius_server_duo_only", timeUp: false },
      { ...warning("outside", "The clock is off", "Use NTP"), name: "clock", section: null, timeUp: false },
      { ...failed("file", "quotes hunter2", "hunter2"), name: "ca-file", section: "hunter2", timeUp: false },
    ]);
  const files = { "conf/duoproxy.key": { bytes: utf8(keyText), mode: 0o400 } };
  assertEquals(
    (await bundle(utf8(`${good}prot=1\n`), files, checks, {
      status: () => Promise.resolve(["{", '  "ready": true', "}"]),
      readPart: logs({ "authproxy.log": "one\ntwo\u001b[31m a long shared secret\n" }),
    })).replaceAll(logDir, "LOG"),
    `duoproxy support bundle
-----------------------
Made at 2026-11-25T12:00:00.000Z
Secrets, remarks and everything unknown in the configuration are masked; read it before you pass it on

Versions
--------
duoproxy 1.2.3
deno 9

Files
-----
conf/authproxy.cfg: file, ${good.length + 7} octets, mode 0640
conf/duoproxy.key: file, 61 octets, mode 0400

Sections
--------
line 1: [main]: read
line 2: [duo_only_client]: used by [radius_server_duo_only]
line 3: [radius_server_duo_only]: served: UDP port 1812, 1 gateway, failmode secure

Findings
--------
11:1: error: There is no such option [unknown-option] [radius_server_duo_only] *****

Checks
------
ok: ping [radius_server_duo_only]: Duo answers
    latency_ms = 12
warning: clock: The clock is off
    Use NTP
failed: ca-file [*****]

Status
------
{
  "ready": true
}

Configuration
-------------
 1  [main]
 2  [duo_only_client]
 3  [radius_server_duo_only]
 4  ikey = ${ikey}
 5  skey = *****
 6  api_host = api-1.duosecurity.com
 7  failmode = secure
 8  radius_ip_1 = 192.0.2.1
 9  radius_secret_1 = *****
10  client = duo_only_client
11  ***** = *****   (no option of this section, like port)

Operational log
---------------
LOG/authproxy.log: 34 octets, the last 2 lines
one
two?[31m *****

Auth events
-----------
LOG/authevents.log: doesn't exist
`,
  );
});

Deno.test("without a file, or with one that is no text, the bundle says so and holds the rest", async () => {
  const absent = await buildBundle({
    host: new MemoryHost({}),
    configFile: "conf/authproxy.cfg",
    keyFile: undefined,
    versions: ["duoproxy 1.2.3"],
    readPart: logs({}),
    status: () => Promise.resolve(["Not asked"]),
    checks: () => Promise.reject(new Error("not called")),
  });
  assertStringIncludes(absent, "1:1: error: The configuration file is absent, a directory, or can't be read [no-file]");
  assertStringIncludes(absent, "The file doesn't exist, so it isn't shown");
  const wide = await bundle(new Uint8Array([0xff, 0xfe, 0x5b, 0]));
  assertStringIncludes(wide, "[utf-16]");
  assertStringIncludes(wide, "The file is in UTF-16 (little-endian), so it isn't shown");
});

Deno.test("checks that crash don't take the bundle with them, nor what their error says", async () => {
  const text = await bundle(utf8(good), {}, () => Promise.reject(new TypeError("hunter2")));
  assertStringIncludes(text, "The checks could not be made: TypeError");
  assertFalse(text.includes("hunter2"));
});

Deno.test("secrets from files, and protected ones, are found wherever else they stand", async () => {
  const key = parseKey(utf8(keyText));
  assert(key !== undefined);
  const text = good
    .replace(`skey=${skey}`, "skey_file=secret-file")
    .replace("radius_secret_1=a long shared secret", `radius_secret_protected_1=${protect(key, "hunter2 in gcm")}`) +
    "exempt_username_1=hunter2 in gcm\n";
  const files = {
    "conf/duoproxy.key": { bytes: utf8(keyText), mode: 0o400 },
    "conf/secret-file": { bytes: utf8(`${skey}\n`), mode: 0o400 },
  };
  const shown = await bundle(utf8(text), files);
  assertFalse(shown.includes("hunter2"));
  assertFalse(shown.includes(skey));
  assertMatch(shown, /exempt_username_1 = \*{5}\n/);
});

Deno.test("of a long log only the end is shown, in whole lines", async () => {
  const text = Array.from({ length: 50_000 }, (_, index) => `line ${index} of the log`).join("\n") + "\n";
  const wide = `${"x y ".repeat(10_000)}\nlast\n`;
  const shown = await bundle(utf8(good), {}, undefined, {
    readPart: logs({ "authproxy.log": text, "authevents.log": wide }),
  });
  const [, log = ""] = shown.split("Operational log\n");
  assertStringIncludes(log, `${text.length} octets, the last 200 lines\nline 49800 of the log\n`);
  assertStringIncludes(log, "line 49999 of the log\n");
  assertFalse(log.includes("line 49799"));
  assertMatch(log, /(?:x y ){500}\.\.\.\nlast\n$/);
});

Deno.test("logs that can't be read, and those that go elsewhere, are told", async () => {
  const denied = await bundle(utf8(good), {}, undefined, {
    readPart: () => Promise.reject(new Deno.errors.PermissionDenied("hunter2")),
  });
  assertStringIncludes(denied, "authproxy.log: can't be read by the user this runs as\n");
  assertFalse(denied.includes("hunter2"));
  const syslog = await bundle(utf8(good.replace("[main]", "[main]\nlog_syslog=true")));
  assertStringIncludes(syslog, "Not shown: it goes to syslog (log_syslog)");
  const nowhere = await bundle(utf8(good.replace("[main]", "[main]\nlog_dir=/etc")));
  assertStringIncludes(nowhere, "Not shown: [main] does not say where they are");
});

Deno.test("a file of very many lines is cut", async () => {
  const text = await bundle(utf8(`${good}${"#\n".repeat(10_000)}`));
  assert(text.split("\n").length < 5_100);
  assertStringIncludes(text, "5010 more lines are not shown");
});

/** Ways to write a secret into a file. `SECRET` is the secret, `BASE64` and so on are other spellings of it. */
const spellings: readonly string[] = [
  "skey=SECRET",
  "SKEY : SECRET",
  "skey_protected=SECRET",
  "skey_file=SECRET",
  "radius_secret_1=SECRET",
  "radius_secret_0001\t=\tSECRET  ",
  "radius_secret_file_1=SECRET",
  "radius_secret=SECRET",
  "#radius_secret_1=SECRET",
  "; skey: SECRET",
  ";;## radius_secret_1 = SECRET ; a remark",
  "#radius_secret_1 SECRET",
  "#SECRET",
  "# the old secret was SECRET, now it is another",
  "# port=SECRET",
  "# hostname=SECRET",
  "radius_secert_1=SECRET",
  "raduis_secret_1: SECRET",
  "sekey=SECRET",
  "radiussecret1=SECRET",
  "password=SECRET",
  "service_account_password=SECRET",
  "SECRET",
  "SECRET=",
  "SECRET=SECRET",
  "=SECRET",
  ": SECRET",
  "radius_secret_1 SECRET",
  "skey SECRET",
  "radius_secret_1 - SECRET",
  "radius secret 1 = SECRET",
  "skey\u00a0=\u00a0SECRET",
  "radius_secret_1=\n   SECRET",
  "radius_secret_1=one\n\t\n# remark\n\tSECRET",
  "radius_secret_1=one\n  two=SECRET",
  "radius_secret_1=one\n  SECRET=two",
  "radius_secret_1=one\n  [SECRET]",
  "port=1812\n   SECRET",
  "ikey=SECRET",
  "port=SECRET",
  "failmode=SECRET",
  "client=SECRET",
  "api_host=https://SECRET@host",
  "radius_ip_1=SECRET",
  "pw_codec=SECRET",
  "interface=192.0.2.1 ; SECRET",
  "hostname=vpn # SECRET",
  "hostname=vpn ; SECRET",
  "prompt=the password is SECRET",
  "client_ip_attr=SECRET",
  "[SECRET]",
  "[main] SECRET",
  "[SECRET",
  "[radius_server_autoSECRET]",
  "[radius_server_auto9]SECRET",
  // A value that is free in its form, beside the place where the secret belongs.
  "radius_secret_1=SECRET\nhostname=SECRET",
  "radius_secret_1=SECRET\nprompt=log in at SECRET.example.com",
  "radius_secret_1=SECRET\nexempt_username_1=BASE64",
  "radius_secret_1=SECRET\nhttp_ca_certs_file=/etc/BASE64URL",
  "radius_secret_1=SECRET\nexempt_username_1=PERCENT",
  "#radius_secret_1=SECRET\nexempt_username_1=HEX",
  "radius_secret_1 SECRET\nhostname=SECRET",
  "[main] SECRET\nhostname=SECRET",
  "[SECRET]\n[main]\nhostname=SECRET",
  "  SECRET\nradius_secert=SECRET\nexempt_username_1=SECRET",
  "[radius_server_auto]\nhostname=BASE64\nradius_secret_1=SECRET",
];

/** Other spellings of a secret in which it must not be found either. */
function forms(secret: string): Readonly<Record<string, string>> {
  const octets = utf8(secret);
  return {
    SECRET: secret,
    BASE64URL: octets.toBase64({ alphabet: "base64url", omitPadding: true }),
    BASE64: octets.toBase64({ omitPadding: true }),
    PERCENT: encodeURIComponent(secret),
    HEX: octets.toHex(),
  };
}

function plant(template: string, secret: string): string {
  return Object.entries(forms(secret)).reduce(
    (text, [name, form]) => text.replaceAll(new RegExp(`${name}(?!URL)`, "g"), () => form),
    template,
  );
}

/** Secrets as they are in the field: random in letters and digits, words, with blanks and with everything else. */
const secret = fc.oneof(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{7,13}$/),
  fc.stringMatching(/^[A-Za-z0-9]{14,40}$/),
  fc.stringMatching(/^[a-f0-9]{12,32}$/),
  fc.stringMatching(/^[!-~]{8,24}$/),
  fc.stringMatching(/^[!-~][ -~]{8,24}[!-~]$/),
  fc.string({ unit: "grapheme", minLength: 8, maxLength: 20 }),
).filter((text) => text.trim() === text && text.length >= 6 && !/[\r\n\0*]/.test(text));

Deno.test("no planted secret is in the bundle, in any spelling", async () => {
  const sections = fc.constantFrom(
    "",
    "[main]",
    "[radius_server_auto]",
    "[radius_server_duo_only]",
    "[ad_client]",
    "[x]",
  );
  const planted = fc.tuple(sections, fc.constantFrom(...spellings));
  await fc.assert(
    fc.asyncProperty(
      secret,
      fc.array(planted, { minLength: 1, maxLength: 3 }),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.constantFrom("", "\ufeff", good),
      async (text, places, end, head) => {
        // What stands in every bundle can't be told from the secret.
        const plain = await bundle(utf8(head));
        fc.pre(!Object.values(forms(text)).some((form) => plain.toLowerCase().includes(form.toLowerCase())));
        const config = head + places.map(([section, template]) => `${section}\n${plant(template, text)}\n`).join("");
        const shown = await bundle(utf8(config.replaceAll("\n", end)));
        for (const [name, form] of Object.entries(forms(text))) {
          assertFalse(shown.toLowerCase().includes(form.toLowerCase()), `${name} ${form} in\n${shown}\nof\n${config}`);
        }
      },
    ),
    { seed: 42, numRuns: 3_000 },
  );
});

Deno.test("no secret of the configuration is in the bundle by way of logs, events and status, in any spelling", async () => {
  const lines = [
    "SECRET",
    "user=SECRET failed",
    '{"msg":"SECRET","username":"HEX"}',
    "BASE64",
    "[BASE64URL]",
    "PERCENT",
  ];
  const places = ["radius_secret_1=SECRET", "skey=SECRET", "#radius_secret_1=SECRET", "radius_secert_1=SECRET"];
  await fc.assert(
    fc.asyncProperty(secret, fc.constantFrom(...places), fc.constantFrom(...lines), async (text, place, line) => {
      const plain = await bundle(utf8(good));
      fc.pre(!Object.values(forms(text)).some((form) => plain.toLowerCase().includes(form.toLowerCase())));
      const planted = plant(line, text);
      const config = `[radius_server_auto]\n${plant(place, text)}\n`;
      const shown = await bundle(utf8(config), {}, undefined, {
        status: () => Promise.resolve([planted]),
        readPart: logs({ "authproxy.log": `${planted}\n`, "authevents.log": `${planted}\n${planted}` }),
      });
      for (const [name, form] of Object.entries(forms(text))) {
        assertFalse(shown.toLowerCase().includes(form.toLowerCase()), `${name} ${form} in\n${shown}\nof\n${config}`);
      }
    }),
    { seed: 42, numRuns: 1_000 },
  );
});

Deno.test("no planted secret is in the bundle of a file in Windows-1252", async () => {
  for (const template of spellings.filter((one) => !/BASE64|HEX|PERCENT/.test(one))) {
    const config = `[radius_server_auto]\n# \xe9\n${plant(template, "p\xe4ssw\xf6rt-9x")}\n`;
    const shown = await bundle(Uint8Array.from(config, (character) => character.charCodeAt(0)));
    assertFalse(/p.ssw.rt/.test(shown), `${template}\n${shown}`);
  }
});

Deno.test("each spelling alone is masked, for a secret that looks like a word", async () => {
  for (const template of spellings) {
    for (const text of ["hunter2x", "correcthorsebattery", "Zaq12wsx!"]) {
      const shown = await bundle(utf8(`[radius_server_auto]\n${plant(template, text)}\n`));
      for (const form of Object.values(forms(text))) {
        assertFalse(shown.toLowerCase().includes(form.toLowerCase()), `${template}\n${shown}`);
      }
    }
  }
});
