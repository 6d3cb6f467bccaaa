/**
 * The program in a shell with a low limit of descriptors, which it can't ask for.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { programLine, TempDir } from "../kit/program.ts";
import { runWithInput } from "../kit/programs.ts";

/** For how many logins of 500 descriptors would do, as `connectivity-check` says. */
async function possibleLogins(limit: number): Promise<number> {
  using dir = new TempDir();
  const lines = [
    "[radius_server_duo_only]",
    `ikey=${radiusIkey}`,
    `skey=${radiusSkey}`,
    "api_host=api-1.duosecurity.test",
    "failmode=secure",
    "radius_ip_1=192.0.2.1",
    "radius_secret_1=a secret of many letters",
    "max_pending=500",
  ];
  const file = dir.write("authproxy.cfg", lines.join("\n"));
  const line = programLine("connectivity-check", "--only", "file-limit", "--format", "json", "--config", file);
  const shell = ["-c", `ulimit -n ${limit} && exec "$@"`, "sh", ...line];
  const { code, stdout, stderr } = await runWithInput("/bin/sh", shell, "");
  assertEquals([code, stderr], [0, ""]);
  const [found] = JSON.parse(stdout).checks;
  assertEquals(found.status, limit < 1_032 ? "warning" : "ok");
  return found.facts.possible_logins;
}

Deno.test({
  name: "the limit of descriptors is found out to the last one: 256 more do for 128 more logins",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const [few, more, enough] = await Promise.all([256, 512, 2_048].map(possibleLogins));
    assert(few !== undefined && few >= 64 && few <= 112, `${few} logins of 256 descriptors`);
    assertEquals([more, enough], [few + 128, 500]);
  },
});
