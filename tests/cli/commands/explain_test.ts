/**
 * What `duoproxy explain` says to a misspelt name: at most 3 letters and half the word away is near.
 *
 * @module
 */

import { exit } from "../../../lib/cli/command.ts";
import { runCommandLine } from "../../../lib/cli/run.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTerminal } from "../../kit/fake_terminal.ts";

const cases: readonly (readonly [question: string, hint: string])[] = [
  ["radius_server_atuo", "did you mean radius_server_auto?"],
  ["findigns", "did you mean findings?"],
  ["mian", "did you mean main?"],
  // Three letters of three: too far for so short a word.
  ["zzz", "`duoproxy explain` lists the sections"],
  ["radius_server_abcdef", "`duoproxy explain` lists the sections"],
  ["radius_server_auto.falmode", "did you mean radius_server_auto.failmode?"],
  ["radius_server_auto.radius_ipp_1", "did you mean radius_server_auto.radius_ip?"],
  ["main.status_prt", "did you mean main.status_port?"],
  ["main.xyzzy", "`duoproxy explain main` lists the options"],
];

for (const [question, hint] of cases) {
  Deno.test(`explain ${question}: ${hint}`, async () => {
    const terminal = new FakeTerminal();
    assertEquals(await runCommandLine(["explain", question], () => terminal), exit.usage);
    assertEquals(terminal.stdout, "");
    assertStringIncludes(terminal.stderr, hint);
  });
}
