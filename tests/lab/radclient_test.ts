/**
 * Logins as Debian's radclient sends them.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { labPrograms } from "../../scripts/lab/programs.ts";
import { radclient, type RadclientAnswer, textOf } from "../../scripts/lab/radclient.ts";
import { processSecret } from "../kit/program.ts";
import { freePort } from "../kit/world.ts";
import { Lab, labTest } from "./support/lab.ts";

const needs = [labPrograms.radclient];

/** A login as a gateway asks for it, through two proxies that each want their Proxy-State back. */
function login(user: string, password: string): readonly string[] {
  return [
    `User-Name="${user}"`,
    `User-Password="${password}"`,
    "Proxy-State=0x6669727374",
    'Calling-Station-Id="203.0.113.7"',
    "Proxy-State=0x7365636f6e64",
    "Message-Authenticator=0x00",
  ];
}

function ask({ port }: Lab, attributes: readonly string[]): Promise<RadclientAnswer> {
  return radclient({ server: `127.0.0.1:${port}`, secret: processSecret, attributes });
}

/** What every answer to {@link login} has to look like. */
function assertWellFormed({ attributes, output }: RadclientAnswer): void {
  assertEquals(attributes[0]?.name, "Message-Authenticator", output);
  const states = attributes.filter(({ name }) => name === "Proxy-State").map(({ value }) => value);
  assertEquals(states, ["0x6669727374", "0x7365636f6e64"], output);
}

const success = "Success. Logging you in...";
const disabled = "Your account is disabled and cannot access this application. Please contact your administrator.";

/** What a user types, what the gateway gets and shows, and how often Duo's auth is called. */
const rows = [
  ["alice", "push", "Access-Accept", success, 1],
  ["alice", "push2", "Access-Accept", success, 1],
  ["alice", "phone", "Access-Accept", success, 1],
  ["alice", "123456", "Access-Accept", success, 1],
  ["bob", "push", "Access-Reject", "Login request denied.", 1],
  ["alice", "sms", "Access-Reject", "New SMS passcodes sent.", 1],
  ["alice", "654321", "Access-Reject", "Incorrect passcode. Please try again.", 1],
  ["alice", "push9", "Access-Reject", "You have no device number 9 for a push", 0],
  ["mallory", "push", "Access-Reject", disabled, 0],
  ["alice", "Sommer2026", "Access-Reject", "Enter push, phone, sms or a passcode", 0],
] as const;

for (const version of [1, 2] as const) {
  labTest(needs, `radclient gets Duo's answers, each well-formed (version ${version})`, async (program) => {
    await using lab = await Lab.start({ program, version });
    for (const [user, typed, code, text, auth] of rows) {
      const before = lab.asked("auth");
      const answer = await ask(lab, login(user, typed));
      assertEquals([answer.code, textOf(answer, "Reply-Message")], [code, text], `${user} ${typed}: ${answer.output}`);
      assertWellFormed(answer);
      assertEquals(lab.asked("auth") - before, auth, `${user} ${typed}`);
    }
    const versions = new Set(lab.simulator.findCalls({ path: "auth" }).map((call) => call.version));
    assertEquals([...versions], [version]);
    assertEquals(lab.simulator.calls.some(({ params }) => Object.values(params).includes("Sommer2026")), false);
  });
}

labTest(needs, "radclient's Status-Server is answered", async (program) => {
  await using lab = await Lab.start({ program, version: 1 });
  const answer = await radclient({
    server: `127.0.0.1:${lab.port}`,
    secret: processSecret,
    command: "status",
    attributes: ["Message-Authenticator=0x00"],
  });
  assertEquals(answer.code, "Access-Accept", answer.output);
  assertEquals(answer.attributes.map(({ name }) => name), ["Message-Authenticator"]);
});

labTest(needs, "radclient's accounting is acknowledged, and Status-Server at that port answered", async (program) => {
  const port = freePort();
  await using lab = await Lab.start({
    program,
    version: 1,
    lines: ["accounting=acknowledge", `accounting_port=${port}`],
  });
  const server = `127.0.0.1:${port}`;
  const report = ['User-Name="alice"', "Acct-Status-Type=Start", 'Acct-Session-Id="1"', "Proxy-State=0x6669727374"];
  for (const attributes of [report, [...report, "Message-Authenticator=0x00"]]) {
    const answer = await radclient({ server, secret: processSecret, command: "acct", attributes });
    assertEquals(answer.code, "Accounting-Response", answer.output);
    assertEquals(answer.attributes, [{ name: "Proxy-State", value: "0x6669727374" }], answer.output);
  }
  const wrong = await radclient({
    server,
    secret: "some other secret",
    command: "acct",
    attributes: report,
    wait: 0.2,
  });
  assertEquals(wrong.code, undefined, wrong.output);
  const status = await radclient({
    server,
    secret: processSecret,
    command: "status",
    attributes: ["Message-Authenticator=0x00"],
  });
  assertEquals(status.code, "Accounting-Response", status.output);
  assertEquals(status.attributes.map(({ name }) => name), ["Message-Authenticator"], status.output);
  assertEquals([lab.asked("preauth"), lab.asked("auth")], [0, 0]);
});

labTest(
  needs,
  "radclient with CHAP or MS-CHAP gets a reject, the event names the remedy, and Duo isn't asked",
  async (program) => {
    await using lab = await Lab.start({ program, version: 2 });
    for (
      const [attribute, reason] of [['CHAP-Password="push"', "chap"], ['MS-CHAP-Password="push"', "mschap"]] as const
    ) {
      const answer = await ask(lab, ['User-Name="alice"', attribute, "Message-Authenticator=0x00"]);
      assertEquals(answer.code, "Access-Reject", answer.output);
      assertEquals(answer.attributes[0]?.name, "Message-Authenticator");
      await lab.serve.stdout?.matches(new RegExp(`"reason":"${reason}`));
    }
    assertStringIncludes(lab.serve.stdout?.text ?? "", "PAP");
    assertEquals([lab.asked("preauth"), lab.asked("auth")], [0, 0]);
  },
);

labTest(needs, "radclient with a wrong secret gets no answer, and Duo isn't asked", async (program) => {
  await using lab = await Lab.start({ program, version: 2 });
  const wrong = { server: `127.0.0.1:${lab.port}`, secret: "some other secret", attributes: login("alice", "push") };
  const answer = await radclient({ ...wrong, wait: 0.2, repeats: 1 });
  assertEquals(answer.code, undefined, answer.output);
  assertStringIncludes(answer.output, "No reply from server");
  // What came later was answered: the datagrams above had been read.
  assertEquals((await ask(lab, login("alice", "123456"))).code, "Access-Accept");
  assertEquals(lab.asked("auth"), 1);
});

labTest(
  needs,
  "radclient without Message-Authenticator is served until its address has shown that it can",
  async (program) => {
    await using lab = await Lab.start({ program, version: 2 });
    const plain = ['User-Name="alice"', 'User-Password="123456"'];
    const first = await ask(lab, plain);
    assertEquals([first.code, first.attributes[0]?.name], ["Access-Accept", "Message-Authenticator"], first.output);
    assertEquals((await ask(lab, login("alice", "123456"))).code, "Access-Accept");
    const server = `127.0.0.1:${lab.port}`;
    const after = await radclient({ server, secret: processSecret, attributes: plain, wait: 0.2 });
    assertEquals(after.code, undefined, after.output);
  },
);

labTest(needs, "radclient is served over IPv6", async (program) => {
  await using lab = await Lab.start({ program, version: 2, lines: ["interface=::1", "radius_ip_1=::1"] });
  const answer = await radclient({
    server: `[::1]:${lab.port}`,
    secret: processSecret,
    attributes: [...login("alice", "push"), "NAS-IPv6-Address=2001:db8::1"],
  });
  assertEquals(answer.code, "Access-Accept", answer.output);
  assertWellFormed(answer);
});
