/**
 * Reading sections without errors, and what happens to those that have some.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { Findings } from "../../lib/config/findings.ts";
import { readIni } from "../../lib/config/ini.ts";
import { readSettings } from "../../lib/config/read_settings.ts";
import { inherited, numbered, optional, own, preset, required, secretRows } from "../../lib/config/rows.ts";
import { Secret } from "../../lib/config/secrets.ts";
import type { SectionTable, Settings, SoundSection } from "../../lib/config/section.ts";
import { given, givenAt, givenCertificates, givenList, givenSecret } from "../../lib/config/sound.ts";
import { sharedSecret } from "../../lib/config/values/keys.ts";
import { boolean, choice, file, integer, list, text } from "../../lib/config/values/words.ts";

const failmode = preset("failmode", choice(["safe", "secure"]), "safe", "What happens.");
const port = required("port", integer(1, 65535), "Port.");
const hostname = optional("hostname", text, "Name.");
const debug = inherited(preset("debug", boolean, "false", "Log."));
const words = preset("words", list(["a", "b"]), "b", "Words.");
const weight = numbered(preset("weight", integer(0), "7", "Weight."));
const trust = optional("trust", file("certificates"), "File.");
const secret = secretRows("secret", sharedSecret, "Secret.", { numbered: "also" });

const table: SectionTable = {
  type: "section",
  kind: "client",
  fate: "served",
  doc: "A section.",
  rows: [failmode, port, hostname, debug, words, weight, trust, ...secret.rows],
};
const main: SectionTable = {
  type: "main",
  kind: "global",
  fate: "served",
  doc: "Defaults.",
  rows: [own(debug)],
};

function read(of: SectionTable, body: string): Settings {
  const findings = new Findings("a.cfg");
  const [section] = readIni(`[${of.type}]\n${body}`, findings).sections;
  if (section === undefined) throw new Error("There is no section");
  return readSettings(section, of, "error", findings);
}

function sectionOf(body: string, inMain?: string): SoundSection {
  return {
    settings: read(table, body),
    main: inMain === undefined ? undefined : read(main, inMain),
    secrets: new Map(),
    certificates: new Map(),
  };
}

Deno.test("given() reads what is set as its row means it", () => {
  const section = sectionOf("failmode=SECURE\nport=1812\nhostname=vpn\ndebug=1\nwords=b, a\n");
  // The types are part of the test: none of these can be undefined, or any other text.
  const mode: "safe" | "secure" = given(section, failmode);
  const number: number = given(section, port);
  const name: string | undefined = given(section, hostname);
  const logs: boolean = given(section, debug);
  const both: readonly ("a" | "b")[] = given(section, words);
  assertEquals([mode, number, name, logs, both], ["secure", 1812, "vpn", true, ["b", "a"]]);
});

Deno.test("given() has the default of a row, undefined of an optional one, and nothing else where nothing is set", () => {
  const section = sectionOf("hostname=\nfailmode=\n");
  assertEquals(given(section, failmode), "safe");
  assertEquals(given(section, words), ["b"]);
  assertEquals(given(section, hostname), undefined);
  assertThrows(() => given(section, port), Error, "lacks port");
});

Deno.test("given() throws for a value that is wrong, and never takes the default for it", () => {
  assertThrows(() => given(sectionOf("failmode=sicher\n"), failmode), Error, "failmode of a section without errors");
  assertThrows(() => given(sectionOf("debug=maybe\n", "debug=true\n"), debug), Error, "is wrong");
  assertThrows(() => givenAt(sectionOf("weight_1=heavy\n"), weight, 1), Error, "is wrong");
  assertThrows(() => givenList(sectionOf("weight_1=heavy\n"), weight), Error, "is wrong");
});

Deno.test("given() takes the value of [main] only for rows that it hands down, and after the section's own", () => {
  assertEquals(given(sectionOf("", "debug=true\n"), debug), true);
  assertEquals(given(sectionOf("debug=false\n", "debug=true\n"), debug), false);
  assertEquals(given(sectionOf("", ""), debug), false);
});

Deno.test("given() throws for a row of another section, though its name is the same", () => {
  const foreign = preset("failmode", choice(["safe", "secure"]), "secure", "That of another section.");
  assertThrows(() => given(sectionOf("failmode=safe\n"), foreign), Error, "[section] has no failmode");
});

Deno.test("givenList() and givenAt() read numbered options by their number", () => {
  const section = sectionOf("weight_10=1\nweight_2=0\n");
  assertEquals(givenList(section, weight), [{ number: 2, value: 0 }, { number: 10, value: 1 }]);
  assertEquals(givenAt(section, weight, 10), 1);
  assertEquals(givenAt(section, weight, 3), 7);
});

Deno.test("givenSecret() and givenCertificates() throw where what a file holds was not read", () => {
  const section = sectionOf("trust=ca.pem\nsecret_2=a long shared secret\n");
  assertThrows(() => givenCertificates(section, trust), Error, "trust was not read");
  assertThrows(() => givenSecret(section, secret, 2), Error, "lacks secret_2");
  assertEquals(givenCertificates(sectionOf(""), trust), undefined);
  const opened = { ...section, secrets: new Map([["secret_2", new Secret("x")]]) };
  assertEquals(givenSecret(opened, secret, 2).reveal(), "x");
  assertThrows(() => givenSecret(opened, secret), Error, "lacks secret");
});
