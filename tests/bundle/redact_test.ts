/**
 * Configurations with their secrets taken out.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { redactConfig, type Redacted } from "../../lib/bundle/redact.ts";
import { ikey, skey, utf8 } from "../config/fixture.ts";

function lines(text: string, secrets: readonly string[] = []): readonly string[] {
  const redacted: Redacted = redactConfig(utf8(text), secrets);
  assert(redacted.kind === "redacted");
  return redacted.lines;
}

Deno.test("redactConfig() shows known options whose values are what they take, and masks secrets", () => {
  const text = `[main]
Debug : true
[radius_server_duo_only2]
ikey=${ikey}
skey=${skey}
skey_protected=duoproxy1:00000000:AAAA
skey_file=hunter2
api_host=API-12345678.duosecurity.com
radius_ip_01=192.0.2.0/24
radius_secret_01=hunter2
failmode=
client = duo_only_client
http_ca_certs_file=/etc/ssl/ca.pem
delimiter=,
exempt_username_1=backup
`;
  assertEquals(lines(text), [
    "[main]",
    "debug = true",
    "[radius_server_duo_only2]",
    `ikey = ${ikey}`,
    "skey = *****",
    "skey_protected = *****",
    "skey_file = *****",
    "api_host = API-12345678.duosecurity.com",
    "radius_ip_1 = 192.0.2.0/24",
    "radius_secret_1 = *****",
    "failmode =",
    "client = duo_only_client",
    "http_ca_certs_file = /etc/ssl/ca.pem",
    "delimiter = ,",
    "exempt_username_1 = backup",
  ]);
});

Deno.test("redactConfig() masks values that their options don't take", () => {
  const text = `[radius_server_auto]\nport=hunter2\nikey=${skey}\nfailmode=hunter2\nradius_ip_1=hunter2\n` +
    `client=hunter2\napi_host=https://hunter2\nexempt_username_1=${skey}\nprompt=the password is hunter2\n` +
    "interface=192.0.2.1 ; hunter2\npw_codec=hunter2\n";
  for (const line of lines(text).slice(1)) assert(/^\w+ = \*{5}$/.test(line), line);
});

Deno.test("redactConfig() cuts remarks behind values", () => {
  assertEquals(lines("[main]\nhostname=vpn1 # hunter2"), ["[main]", "hostname = vpn1 *****"]);
});

Deno.test("redactConfig() masks unknown options with their names, and says what they are like", () => {
  assertEquals(lines("[radius_server_auto]\nradius_secert_1=hunter2\nsomething_else=hunter2\nhunter2="), [
    "[radius_server_auto]",
    "***** = *****   (no option of this section, like radius_secret)",
    "***** = *****   (no option of this section)",
    "***** = *****   (no option of this section)",
  ]);
});

Deno.test("redactConfig() masks lines that are no options, and lines that continue a value", () => {
  const text = "hunter2\n[radius_server_auto]\nradius_secret_1 hunter2\nhunter2\nradius_secret_1=\n  hunter2\n" +
    "\thunter=2\n\n  port=1812\nport=1\n  812\n[hunter2\n";
  assertEquals(lines(text), [
    "*****",
    "[radius_server_auto]",
    "*****",
    "*****",
    "radius_secret_1 =",
    "*****",
    "*****",
    "",
    "port = 1812",
    "port = 1",
    "*****",
    "*****",
  ]);
});

Deno.test("redactConfig() masks section names that nobody knows, and text behind a header", () => {
  assertEquals(lines("[hunter2]\n[ radius_server_auto3 ] hunter2\n[main123456789]"), [
    "[*****]",
    "[radius_server_auto3] *****",
    "[*****]",
  ]);
});

Deno.test("redactConfig() shows of remarks only commented-out options that can hold no words", () => {
  const text = `# hunter2\n;skey=${skey}\n## radius_secret_1 : hunter2\n# port = 1812\n#hostname=hunter2\n#[main]\n` +
    "#[hunter2]\n#\n# the secret is hunter2\n#radius_secret_1 hunter2\n; failmode=\n  # debug=true\n#port=hunter2";
  assertEquals(lines(text), [
    "# *****",
    "# skey = *****",
    "# radius_secret_1 = *****",
    "# port = 1812",
    "# hostname = *****",
    "# [main]",
    "# *****",
    "#",
    "# *****",
    "# *****",
    "# failmode =",
    "# debug = true",
    "# port = *****",
  ]);
});

Deno.test("redactConfig() takes what is a secret in one place out of all others", () => {
  const base64 = utf8("hunter2x").toBase64();
  const text = `[radius_server_auto]\nradius_secret_1=hunter2x\nprompt=log in with hunter2x now\n` +
    `exempt_username_1=HUNTER2X\nexempt_username_2=${base64}\nexempt_username_3=from-a-file\n#skey=a.host\n` +
    "http_proxy_host=a.host\n";
  assertEquals(
    lines(text, ["from-a-file"]).slice(2),
    [
      "prompt = *****",
      "exempt_username_1 = *****",
      "exempt_username_2 = *****",
      "exempt_username_3 = *****",
      "# skey = *****",
      "http_proxy_host = *****",
    ].map((line, index) => index === 0 ? line.replace("*****", "log in with ***** now") : line),
  );
});

Deno.test("redactConfig() keeps one line for each of the file, whatever ends them", () => {
  assertEquals(lines("[main]\r\ndebug=true\r\n\r\n#\rport=1\n").length, 5);
  const windows = redactConfig(new Uint8Array([...utf8("[main]\nhostname="), 0xe4, 0x0a]));
  assert(windows.kind === "redacted");
  assertEquals(windows.lines[1], "hostname = ä");
  assertEquals(redactConfig(new Uint8Array([0xff, 0xfe, 0x5b, 0])).kind, "unreadable");
});

Deno.test("redactConfig() looks at a file of thousands of sections in a work that is proportional to it", () => {
  const section = (number: number): string =>
    `[radius_server_auto${number}]\n# remark ${number}\napi_host=api-1.duosecurity.com\nradius_secret_1=secret ${number}\n`;
  const shown = lines(Array.from({ length: 2_000 }, (_, index) => section(index + 1)).join(""));
  assertEquals(shown.length, 8_000);
  // More secrets than can be looked for: what could hold one isn't shown.
  assertEquals(shown[2], "api_host = *****");
});
