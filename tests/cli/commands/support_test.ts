/**
 * `duoproxy support` as a command; what is in the bundle is tested in tests/bundle/bundle_test.ts.
 *
 * @module
 */

import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { command } from "../../../lib/cli/commands/support.ts";
import { version } from "../../../lib/version.ts";
import { FakeTerminal } from "../../kit/fake_terminal.ts";
import { TempDir } from "../../kit/program.ts";

Deno.test("support prints a bundle and ends with 0, whether the file is good, bad or absent", async () => {
  using dir = new TempDir();
  // With errors, so that no check goes out to the network.
  const file = dir.write("authproxy.cfg", "[radius_server_auto]\nradius_secert_1=hunter2\nskey=hunter2\n");
  for (const config of [file, `${dir.path}/absent.cfg`]) {
    const terminal = new FakeTerminal();
    assertEquals(await command.run({ options: { config }, positionals: [], terminal }), 0);
    assertEquals(terminal.stderr, "");
    assertStringIncludes(terminal.stdout, `duoproxy ${version}\n`);
    assertStringIncludes(terminal.stdout, config === file ? "skey = *****" : "[no-file]");
    assertStringIncludes(terminal.stdout, config === file ? "skipped: tls [radius_server_auto]" : "doesn't exist");
    assertFalse(terminal.stdout.includes("hunter2"));
  }
});
