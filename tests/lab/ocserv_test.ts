/**
 * Whole logins at an AnyConnect gateway: from the user's dialog in openconnect, through ocserv, to the cookie.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { startOcserv } from "../../scripts/lab/ocserv.ts";
import { openconnect } from "../../scripts/lab/openconnect.ts";
import { labPrograms } from "../../scripts/lab/programs.ts";
import { blanklessSecret as secret } from "../kit/planted_secrets.ts";
import { freeTcpPort } from "../kit/ports.ts";
import { Lab, labTest, type Program } from "./support/lab.ts";

/** What a user types into the dialog, one after another, whether that ends with a cookie, and what the dialog shows. */
const rows = [
  ["alice", ["push"], true, ""],
  ["alice", ["123456"], true, ""],
  ["bob", ["push"], false, "Login request denied."],
  ["alice", ["654321"], false, "Incorrect passcode. Please try again."],
  // The dialog shows what was wrong and asks again.
  ["alice", ["654321", "123456"], true, "Incorrect passcode. Please try again."],
  ["alice", ["sms", "123456"], true, "New SMS passcodes sent."],
  ["alice", ["Sommer2026", "push"], true, "Enter push, phone, sms or a passcode"],
  ["mallory", ["push"], false, "Your account is disabled"],
] as const;

/** Defines a test that needs both programs, and root, which ocserv wants to be. */
function ocservTest(title: string, test: (program: Program) => Promise<void>): void {
  if (Deno.build.os === "linux" && Deno.uid() === 0) {
    labTest([labPrograms.ocserv, labPrograms.openconnect], title, test);
  } else Deno.test({ name: `${title} (skipped: not root)`, ignore: true, fn: () => {} });
}

for (const version of [1, 2] as const) {
  ocservTest(
    `openconnect logs in through ocserv, and its dialog shows what Duo says (version ${version})`,
    async (program) => {
      await using lab = await Lab.start({ program, version, lines: [`radius_secret_1=${secret}`] });
      const ocserv = await startOcserv(freeTcpPort(), { port: lab.port, secret });
      await using _peer = ocserv.peer;
      for (const [user, answers, loggedIn, shown] of rows) {
        const outcome = await openconnect(ocserv, user, answers);
        assertEquals(outcome.loggedIn, loggedIn, `${user} ${answers}: ${outcome.dialog}`);
        assertStringIncludes(outcome.dialog, shown);
      }
      const versions = new Set(lab.simulator.findCalls({ path: "auth" }).map((call) => call.version));
      assertEquals([...versions], [version]);
      assertEquals(lab.simulator.calls.some(({ params }) => Object.values(params).includes("Sommer2026")), false);
    },
  );
}

ocservTest("ocserv and openconnect wait for a push that is approved by hand", async (program) => {
  await using lab = await Lab.start({ program, version: 2, lines: [`radius_secret_1=${secret}`] });
  const ocserv = await startOcserv(freeTcpPort(), { port: lab.port, secret });
  await using _peer = ocserv.peer;
  const login = openconnect(ocserv, "heidi", ["push"]);
  const [push] = await lab.simulator.whenPending();
  lab.simulator.answer(push?.number ?? -1, "approve");
  assertEquals((await login).loggedIn, true);
  assertEquals(lab.asked("auth"), 1);
});
