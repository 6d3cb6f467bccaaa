/**
 * Findings as text.
 *
 * @module
 */

import { assert, assertEquals } from "#std/assert";
import { finding, findingCodes, Findings, quote, renderFinding } from "../../lib/config/diagnostics.ts";
import { skey } from "./fixture.ts";

Deno.test("quote() keeps a message on one line, short, and free of Duo's secret key", () => {
  assertEquals(quote("a\nb\u001b[31m\u202ec"), '"a?b?[31m?c"');
  assertEquals(quote("😀".repeat(41)), `"${"😀".repeat(40)}..."`);
  assertEquals(quote("x".repeat(1_000_000)).length, 45);
  assertEquals(quote(skey), '"*****"');
  assertEquals(quote(`https://${skey}/`), '"https://*****/"');
});

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

Deno.test("every code has a sentence", () => {
  for (const [code, sentence] of Object.entries(findingCodes)) {
    assert(/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(code), code);
    assert(/^[A-Z].*[^.]$/.test(sentence), code);
  }
});
