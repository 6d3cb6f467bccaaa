/**
 * Findings as text.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { finding, findingCodes, renderFinding } from "../../lib/config/diagnostics.ts";
import { Findings } from "../../lib/config/findings.ts";
import { quoted, say } from "../../lib/config/message.ts";
import { skey } from "./fixture.ts";

Deno.test("renderFinding() begins with file:line:column, as editors expect", () => {
  const place = { line: 3, column: 7, section: "main", option: "debug" };
  assertEquals(
    renderFinding(finding("error", "wrong-value", "a.cfg", place, "It is wrong", "Mend it")),
    "a.cfg:3:7: error: It is wrong [wrong-value]\n    hint: Mend it",
  );
  assertEquals(
    renderFinding(finding("warning", "ineffective", "a.cfg", { line: 1, column: 1 }, "It does nothing")),
    "a.cfg:1:1: warning: It does nothing [ineffective]",
  );
});

Deno.test("Findings.sorted() follows the file, errors first where they share a place", () => {
  const findings = new Findings("a.cfg");
  findings.warning("ineffective", { line: 2, column: 1 }, "c");
  findings.error("missing", { line: 2, column: 1 }, "b");
  findings.warning("ineffective", { line: 2, column: 5 }, "d");
  findings.warning("ineffective", { line: 1, column: 9 }, "a");
  assertEquals(findings.sorted().map((one) => one.message), ["a", "b", "c", "d"]);
  assert(findings.failed);
});

Deno.test("no finding shows what is hidden, whether it was made before or after", () => {
  const findings = new Findings("a.cfg");
  const place = { line: 1, column: 1, section: "hunter2", option: "my_hunter2" };
  findings.error("wrong-value", place, say`takes a port, not ${quoted("Hunter2/tcp")}`);
  findings.hide("hunter2");
  findings.warning("wrong-value", { line: 2, column: 1, section: skey, option: skey }, say`no ${quoted(skey)}`);
  assertEquals(
    findings.sorted().map(({ message, section, option }) => [message, section, option]),
    [['takes a port, not "*****/tcp"', "*****", "*****"], ['no "*****"', "*****", "*****"]],
  );
});

Deno.test("every code has a sentence", () => {
  for (const [code, sentence] of Object.entries(findingCodes)) {
    assert(/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(code), code);
    assert(/^[A-Z].*[^.]$/.test(sentence), code);
  }
});
