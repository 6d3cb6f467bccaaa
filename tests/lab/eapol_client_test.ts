/**
 * EAP from a real supplicant ends in a clean reject.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { eapolTest } from "../../scripts/lab/eapol.ts";
import { labPrograms } from "../../scripts/lab/programs.ts";
import { Lab, labTest } from "./support/lab.ts";

labTest(
  [labPrograms.eapolTest],
  "eapol_test gets one clean reject from duo_only, at its first request",
  async (program) => {
    await using lab = await Lab.start({ program, version: 2 });
    for (const method of ["TTLS", "PEAP", "MD5"]) {
      const outcome = await eapolTest({ ...lab.place, user: "alice", password: "push", method });
      assertEquals(outcome.succeeded, false);
      assertEquals([outcome.codes, outcome.repeats], [["Access-Reject"], 0], outcome.output);
    }
    await lab.serve.stdout?.matches(/"reason":"eap"/);
    assertEquals([lab.asked("preauth"), lab.asked("auth")], [0, 0]);
  },
);
