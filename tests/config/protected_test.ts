/**
 * Protected secrets: the form of a value and of a key, what opens it and what doesn't.
 *
 * @module
 */

import { assert, assertEquals, assertFalse, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { type Finding, renderFinding } from "../../lib/config/diagnostics.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { sectionTables } from "../../lib/config/options.ts";
import type { OptionRow } from "../../lib/config/row.ts";
import type { SectionTable } from "../../lib/config/section.ts";
import {
  keyCommand,
  type Opened,
  openProtected,
  parseKey,
  protect,
  protectedForm,
  type ProtectionKey,
} from "../../lib/config/protected.ts";
import { shellWord } from "../../lib/install/quoting.ts";
import { keyText, MemoryHost, skey, utf8 } from "./fixture.ts";

function keyOf(first: number): ProtectionKey {
  const octets = Uint8Array.from({ length: 32 }, (_, index) => (first + index) % 256);
  const key = parseKey(utf8(`duoproxy-key-v1:${octets.toBase64()}\n`));
  assert(key !== undefined);
  return key;
}

const key = keyOf(0);

/** Opens a value that has the right form. */
function open(value: string, by = key): Opened {
  const form = protectedForm(value);
  assert(form.kind === "sealed", form.kind);
  return openProtected(by, form);
}

Deno.test("openProtected() gives back every text, character for character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 200 }), (text) => {
      const value = protect(key, text);
      assertMatch(value, /^duoproxy1:[0-9a-f]{8}:[A-Za-z0-9+/]+={0,2}$/);
      assertEquals(open(value), { kind: "opened", text });
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("protect() never gives the same value twice", () => {
  const values = Array.from({ length: 100 }, () => protect(key, skey));
  assertEquals(new Set(values).size, 100);
});

Deno.test("a value is AES-256-GCM as WebCrypto understands it, with its head as additional data", async () => {
  const value = protect(key, skey);
  const [version, id, base64] = value.split(":");
  const whole = Uint8Array.fromBase64(base64 ?? "");
  const webKey = await crypto.subtle.importKey("raw", key.octets, "AES-GCM", false, ["decrypt"]);
  const plain = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: whole.slice(0, 12), additionalData: utf8(`${version}:${id}:`).slice(), tagLength: 128 },
    webKey,
    whole.slice(12),
  );
  assertEquals(new TextDecoder().decode(plain), skey);
});

Deno.test("openProtected() opens what was made before", () => {
  // Opened by Python's cryptography package too, with the octets 0 to 31 as the key.
  const value =
    "duoproxy1:dd5916cf:AQEBAQEBAQEBAQEBFqGGUQ3jDw69PlcpKlRm7f1Zt+Lw4XW4lr1ghPRjzgCe5VZ60KFiCkv+j04wr95eHMny+RhXxPE=";
  assertEquals(open(value), { kind: "opened", text: skey });
});

Deno.test("a value with any one octet changed, or shortened to any length, is not opened", () => {
  const value = protect(key, skey);
  const head = value.slice(0, 19);
  const whole = Uint8Array.fromBase64(value.slice(19));
  for (let index = 0; index < whole.length; index++) {
    const changed = whole.map((octet, at) => at === index ? octet ^ 1 : octet);
    assertEquals(open(`${head}${changed.toBase64()}`), { kind: "changed" });
    if (index === 0) continue;
    assertEquals(open(`${head}${whole.slice(0, index).toBase64()}`), { kind: "changed" });
    // The tag cut: what some runtimes take for a short one.
    const tagless = new Uint8Array([...whole.slice(0, 12), ...whole.slice(12, -16), ...whole.slice(-index)]);
    if (index < 16) assertEquals(open(`${head}${tagless.toBase64()}`), { kind: "changed" });
  }
});

Deno.test("another key's value is foreign; one relabelled as ours is changed", () => {
  const other = keyOf(100);
  assertNotEquals(other.id, key.id);
  const value = protect(other, skey);
  assertEquals(open(value), { kind: "foreign" });
  assertEquals(open(value.replace(other.id, key.id)), { kind: "changed" });
});

Deno.test("protectedForm() knows Windows' values, other versions, damage, and plain text", () => {
  const value = protect(key, skey);
  const kinds: readonly (readonly [string, string])[] = [
    [value, "sealed"],
    ["AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAA", "windows"],
    [value.replace("duoproxy1", "duoproxy2"), "other-version"],
    [value.replace("duoproxy1", "duoproxy10"), "other-version"],
    [`${value} `, "damaged"],
    [`${value}\nx`, "damaged"],
    [value.slice(0, 18), "damaged"],
    ["duoproxy1:", "damaged"],
    [skey, "none"],
    ["Duoproxy1:00000000:AAAA", "none"],
    ["", "none"],
  ];
  for (const [text, kind] of kinds) assertEquals(protectedForm(text).kind, kind, text);
});

Deno.test("parseKey() takes one line and nothing else", () => {
  const good = keyText.trimEnd();
  for (const text of [good, keyText, `${good}\r\n`]) assertEquals(parseKey(utf8(text))?.id, key.id);
  const wrong = [
    "",
    "\n",
    good.slice(16),
    ` ${good}`,
    `${good} `,
    `${good}\n\n`,
    `${good}\n${good}\n`,
    good.replace("v1", "v2"),
    good.slice(0, -1),
    good.replace("=", ""),
    // The same octets, but with bits set that belong to none.
    good.replace("Hh8=", "Hh9="),
    `duoproxy-key-v1:${"A".repeat(44)}`,
    `${good}${" ".repeat(1_000_000)}`,
  ];
  for (const text of wrong) assertEquals(parseKey(utf8(text)), undefined, text.slice(0, 80));
  assertEquals(parseKey(new Uint8Array([0xff, 0xfe, 0x64, 0])), undefined);
});

Deno.test("a key's name says nothing about the key", () => {
  assertFalse(key.octets.toHex().includes(key.id));
  assertFalse(new Uint8Array(key.octets).toBase64().includes(key.id));
});

Deno.test({
  name: "keyCommand() makes a key that parseKey() takes, for its owner alone, and replaces none",
  ignore: Deno.build.os === "windows",
  async fn(): Promise<void> {
    const directory = await Deno.makeTempDir();
    try {
      const path = `${directory}/it's a key`;
      const run = (): Promise<Deno.CommandOutput> =>
        new Deno.Command("/bin/sh", { args: ["-c", keyCommand(shellWord(path))] }).output();
      assert((await run()).success);
      const content = await Deno.readFile(path);
      assert(parseKey(content) !== undefined);
      assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
      assertFalse((await run()).success);
      assertEquals(await Deno.readFile(path), content);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

/** Every secret that any section takes. */
function secrets(): readonly { readonly table: SectionTable; readonly row: OptionRow }[] {
  return sectionTables.flatMap((table) =>
    table.rows.filter(({ type }) => type.kind === "secret" || type.kind === "secret-key").map((row) => ({ table, row }))
  );
}

/** Loads a section that gives one secret in one way, and keeps the findings about that option. */
async function findingsOf(
  { table, row }: { readonly table: SectionTable; readonly row: OptionRow },
  variant: "protected" | "file",
  value: string,
  mode = 0o600,
): Promise<readonly Finding[]> {
  const option = `${row.name}_${variant}${row.numbered === "never" ? "" : "_1"}`;
  const host = new MemoryHost({
    "conf/authproxy.cfg": { bytes: utf8(`[${table.type}]\n${option}=${value}\n`) },
    "conf/duoproxy.key": { bytes: utf8(keyText), mode },
    "conf/secret": { bytes: utf8(`${skey}\r\n`), mode },
  });
  const result = await loadConfig("conf/authproxy.cfg", host);
  assert(result.kind === "invalid");
  return result.findings.filter((one) => one.line === 2);
}

Deno.test("every secret can be given protected and in a file, and a world-readable key or file is named", async () => {
  const all = secrets().filter(({ table }) => table.fate !== "ignored");
  assert(all.length >= 10);
  for (const secret of all) {
    for (const [variant, value] of [["protected", protect(key, skey)], ["file", "secret"]] as const) {
      const named = `${secret.table.type} ${secret.row.name} ${variant}`;
      const codes = async (mode: number): Promise<readonly string[]> =>
        (await findingsOf(secret, variant, value, mode)).map(({ code }) => code)
          // What a secret needs beside it is not the question here.
          .filter((code) => !["unpaired", "secret-per-host", "ineffective"].includes(code));
      assertEquals(await codes(0o600), [], named);
      assertEquals(await codes(0o644), ["world-readable"], named);
    }
  }
});

Deno.test("loadConfig() takes a key file from elsewhere, and opens what it protects", async () => {
  const text = "[radius_server_duo_only]\nikey=DI9876543210ABCDEFGH\nfailmode=safe\napi_host=api-1.duosecurity.com\n" +
    `radius_ip_1=192.0.2.1\nskey_protected=${protect(key, skey)}\n` +
    `RADIUS_SECRET_PROTECTED_01 : ${protect(key, "  a shared secret\nof two lines ")}\n`;
  const host = new MemoryHost({
    "conf/authproxy.cfg": { bytes: utf8(text) },
    "/run/credentials/key": { bytes: utf8(keyText) },
  });
  const result = await loadConfig("conf/authproxy.cfg", host, "/run/credentials/key");
  assert(result.kind === "ok");
  assertEquals(result.findings, []);
  const [server] = result.config.servers;
  assertEquals(server?.duo.skey.reveal(), skey);
  assertEquals(server?.gateways[0]?.secret.reveal(), "  a shared secret\nof two lines ");
});

Deno.test("no finding about a protected value shows the value, its secret or the key", async () => {
  const secret = secrets().find(({ table, row }) => table.type === "radius_server_auto" && row.name === "skey");
  assert(secret !== undefined);
  const plain = "hunter2 hunter2";
  const sealed = protect(key, plain);
  for (const value of [plain, sealed, `${sealed}x`, sealed.slice(0, -8), protect(keyOf(9), plain)]) {
    const findings = await findingsOf(secret, "protected", value);
    assert(findings.length > 0);
    const shown = findings.map(renderFinding).join("\n");
    for (const hidden of ["hunter2", sealed.slice(19), keyText.slice(16, 40)]) assertFalse(shown.includes(hidden));
    assertStringIncludes(shown, "skey");
  }
});
