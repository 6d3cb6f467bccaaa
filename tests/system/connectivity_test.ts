/**
 * `connectivity-check` as a process: what it says of the way to Duo, and nothing beside, on either runtime.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { type CertificateKind } from "../../lib/simulator/certificates.ts";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { tunnelProxy } from "../kit/http_proxies.ts";
import { runProgram, TempDir, writeConfig } from "../kit/program.ts";

interface Check {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly remedy: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Runs it for a section that reaches Duo by a name. */
async function check(
  duo: DuoSimulator,
  lines: readonly string[] = [],
): Promise<{ readonly code: number; readonly stderr: string; find(name: string): Check | undefined }> {
  using dir = new TempDir();
  const { port, caPem } = duo;
  const keys = { ikey: radiusIkey, skey: radiusSkey };
  const { file } = writeConfig(dir, { host: "localhost", port, caPem, ...keys }, ["max_pending=10", ...lines]);
  const { code, stdout, stderr } = await runProgram("connectivity-check", "--config", file, "--format", "json");
  const { checks } = JSON.parse(stdout);
  return { code, stderr, find: (name) => checks.find((one: Check) => one.name === name) };
}

for (const proxied of [false, true]) {
  Deno.test(`connectivity-check finds all in order ${proxied ? "through an HTTP proxy" : "by name"}, and stderr stays empty`, async () => {
    await using duo = await DuoSimulator.start();
    await using proxy = tunnelProxy();
    const lines = proxied ? ["http_proxy_host=127.0.0.1", `http_proxy_port=${proxy.port}`] : [];
    const { code, stderr, find } = await check(duo, lines);
    assertEquals([code, stderr], [0, ""]);
    const tls = find("tls");
    assertEquals(tls?.status, "ok");
    assertEquals(tls?.facts["certificate_names"], ["localhost", "api-sim.duosecurity.test", "127.0.0.1", "::1"]);
    assertEquals(find("api-version")?.facts["api_version"], 1);
    // One connection is only opened, to see whether the proxy is there.
    proxy.targets.delete("");
    assertEquals([...proxy.targets], proxied ? [`localhost:${duo.port}`] : []);
  });
}

/** What a certificate that is not accepted is told as. */
const refused: readonly (readonly [kind: CertificateKind, words: string])[] = [
  ["expired", "has expired: it ended on "],
  ["wrong-name", "does not match the name localhost: it is for api-other.duosecurity.test"],
  [
    "other-ca",
    'comes from an unknown CA: it is signed by "CN=duoproxy simulator CA", which is not in http_ca_certs_file',
  ],
  ["self-signed", "is self-signed, by "],
];

for (const [certificate, words] of refused) {
  Deno.test(`connectivity-check names what is wrong with a certificate: ${certificate}`, async () => {
    await using duo = await DuoSimulator.start({ certificate });
    const { code, stderr, find } = await check(duo);
    const tls = find("tls");
    assertEquals([code, stderr, tls?.status], [69, "", "failed"]);
    assertStringIncludes(tls?.message ?? "", words);
    assertEquals(find("ping")?.status, "skipped");
  });
}
