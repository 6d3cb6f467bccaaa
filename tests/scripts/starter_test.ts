/**
 * The files in `conf/`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { starterText } from "../../scripts/starter.ts";
import { ikey, MemoryHost, skey, utf8 } from "../config/fixture.ts";

const conf = new URL("../../conf/", import.meta.url);

Deno.test("conf/authproxy.cfg is what the option tables say", async () => {
  assertEquals(await Deno.readTextFile(new URL("authproxy.cfg", conf)), starterText());
});

Deno.test("check names precisely the empty values of conf/authproxy.cfg", async () => {
  const result = await loadConfig("authproxy.cfg", new MemoryHost({ "authproxy.cfg": { bytes: utf8(starterText()) } }));
  assert(result.kind === "invalid");
  assertEquals(result.findings.map(({ level, code, option }) => [level, code, option]), [
    ["error", "missing", "ikey"],
    ["error", "missing", "skey"],
    ["error", "missing", "api_host"],
    ["error", "missing", "radius_ip_1"],
    ["error", "missing", "radius_secret_1"],
  ]);
});

Deno.test("conf/authproxy.cfg is valid once its empty values are filled in", async () => {
  const text = starterText().replace(/^ikey=$/m, `ikey=${ikey}`).replace(/^skey=$/m, `skey=${skey}`)
    .replace(/^api_host=$/m, "api_host=api-12345678.duosecurity.com").replace(
      /^radius_ip_1=$/m,
      "radius_ip_1=192.0.2.1",
    )
    .replace(/^radius_secret_1=$/m, "radius_secret_1=a long shared secret");
  const result = await loadConfig("authproxy.cfg", new MemoryHost({ "authproxy.cfg": { bytes: utf8(text) } }));
  assertEquals([result.kind, result.kind === "ok" && result.findings], ["ok", []]);
});
