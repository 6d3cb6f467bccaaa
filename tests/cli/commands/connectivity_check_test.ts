/**
 * The command around the checks: options, exit codes, output.
 *
 * @module
 */

import { assert, assertEquals, assertFalse, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { allChecks } from "../../../lib/check/all.ts";
import { type Check, type CheckResult, failed } from "../../../lib/check/check.ts";
import { systemMachine } from "../../../lib/check/machine.ts";
import { UsageError } from "../../../lib/cli/command.ts";
import { command, reportConnectivity } from "../../../lib/cli/commands/connectivity_check.ts";
import { connectivityJson, connectivityText } from "../../../lib/cli/connectivity_report.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { radiusSkey } from "../../../lib/simulator/applications.ts";
import { MemoryHost } from "../../config/fixture.ts";
import { FakeClock } from "../../kit/fake_clock.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../../kit/fake_terminal.ts";
import { Peer } from "../../check/peers.ts";
import { type CheckOptions, faulty, healthy, Rig, sharedSecret } from "../../check/rig.ts";

/** Runs the command with its text output. */
async function text(rig: Rig, options: CheckOptions = {}, styled = false): Promise<FakeTerminal & { code: number }> {
  const terminal = new FakeTerminal({ styled, columns: 100 });
  const code = await reportConnectivity(
    { options: options.options ?? {}, positionals: [], terminal },
    "authproxy.cfg",
    await rig.load(options),
    { checks: options.checks ?? allChecks, machine: systemMachine, timeout: 60_000 },
  );
  return Object.assign(terminal, { code });
}

Deno.test("everything in order: exit code 0, each fact in its place, and no login", async () => {
  await using rig = await Rig.start();
  const { code, checks } = await rig.check();
  assertEquals(code, 0);
  assert(checks.every(({ status }) => status === "ok"));
  const facts = (name: string): (typeof checks)[number]["facts"] | undefined =>
    checks.find((one) => one.name === name && one.section === faulty)?.facts;
  assertEquals(facts("name-resolution")?.["addresses"], ["127.0.0.1"]);
  assertEquals(facts("tls")?.["tls_version"], "TLSv1.3");
  assertEquals(facts("tls")?.["certificate_names"], ["localhost", "api-sim.duosecurity.test", "127.0.0.1", "::1"]);
  assertEquals(facts("tls")?.["certificate_issuer"], "CN=duoproxy simulator CA");
  assertMatch(String(facts("tls")?.["certificate_expires"]), /^\d{4}-\d\d-\d\d$/);
  assertEquals(typeof facts("ping")?.["latency_ms"], "number");
  assertEquals(facts("clock"), { drift_seconds: 0 });
  assertEquals(facts("api-version"), { api_version: 1, setting: "auto" });
  assertEquals(facts("listen-port")?.["in_use"], false);
  const version = checks.find((one) => one.name === "api-version" && one.section === faulty);
  assertStringIncludes(version?.message ?? "", "version 2 refused the application's type (40301)");
});

Deno.test("until there is a checklist a terminal shows how far the checks are; JSON is all that there is of JSON", async () => {
  await using rig = await Rig.start();
  const { waits } = await text(rig);
  assertEquals(waits[0], "Checking");
  const last = /^(\d+) of (\d+) checks done$/.exec(waits.at(-1) ?? "");
  assertEquals(last?.[1], last?.[2]);
  assert(waits.some((line) => /^\d+ of \d+ checks done, ping of \[radius_server_\w+\] is under way$/.test(line)));
  assertEquals((await text(rig, { options: { format: "json" } })).waits, []);
});

Deno.test("the text is a checklist whose summary names what needs action, and nothing is told twice", async () => {
  await using rig = await Rig.start({ certificate: "expired" });
  const { code, stdout, stderr } = await text(rig, { lines: ["radius_secret_1=short"] }, true);
  assertEquals([code, stderr], [69, ""]);
  assertStringIncludes(stdout, `<red>✗</red> <bold>[${faulty}]</bold>\n`);
  assertStringIncludes(stdout, `<green>✓</green> <bold>[${healthy}]</bold>\n`);
  assertStringIncludes(stdout, "<dim>  - ping, clock, keys, api-version: skipped because tls failed</dim>");
  const [, summary] = stdout.split("<bold>1 failed, 1 warning:</bold>\n");
  assertEquals(summary, `<red>✗</red> tls: [${faulty}]\n<yellow>!</yellow> shared-secrets: [${faulty}]\n`);
  for (const once of ["has expired", "Check this machine's date", "has fewer than 16 octets", "certificate names"]) {
    assertEquals(stdout.split(once).length, 2, once);
  }
  for (const secret of [radiusSkey, sharedSecret]) assertFalse(stdout.includes(secret));
});

Deno.test("the summary says so when all is well, and tells the same trouble of several sections once", async () => {
  await using rig = await Rig.start();
  const good = await text(rig);
  assertMatch(good.stdout, /\n\nEverything that was checked is in order\n$/);
  const peer = await Peer.start(() => {});
  const { port } = peer;
  await peer[Symbol.asyncDispose]();
  const bad = await text(rig, { main: ["http_proxy_host=127.0.0.1", `http_proxy_port=${port}`] });
  assertEquals(bad.code, 69);
  assertMatch(bad.stdout, new RegExp(`\\n2 failed:\\n✗ http-proxy: \\[${healthy}\\], \\[${faulty}\\]\\n$`));
  assertStringIncludes(bad.stdout, `✗ http-proxy     The same as in [${healthy}]\n`);
  assertEquals(bad.stdout.split("was refused").length, 2);
});

const long = {
  section: "radius_server_auto_of_a_long_name",
  words: "many words about the trouble ".repeat(9).trim(),
};

Deno.test("connectivity-check stays within the columns of a terminal, loses no word, and leaves JSON alone", () => {
  const results = ["ok", "warning", "failed", "skipped"].flatMap((status, index) =>
    [long.section, `${long.section}2`].map((section): CheckResult => ({
      name: `check-of-${status}`,
      section,
      status: (["ok", "warning", "failed", "skipped"] as const)[index] ?? "ok",
      message: `${status}: ${long.words} ${section}`,
      remedy: `Do this: ${long.words}`,
      facts: { some_names: long.words.split(" ") },
      where: "outside",
      timeUp: false,
    }))
  );
  const shown = (terminal: FakeTerminalOptions): string =>
    connectivityText("a.cfg", results, new FakeTerminal(terminal));
  const plain = shown({});
  assert(plain.split("\n").some((line) => line.length > 250));
  for (const columns of [60, 80, 200]) {
    const wrapped = shown({ wraps: true, columns });
    assertEquals(wrapped.split("\n").filter((line) => line.length > columns), []);
    assertEquals(wrapped.replaceAll(/\s+/g, " "), plain.replaceAll(/\s+/g, " "));
    const styled = shown({ wraps: true, columns, styled: true });
    assertEquals(styled.replaceAll(/<\/?(?:red|yellow|green|bold|dim)>/g, ""), wrapped);
  }
  const { checks } = JSON.parse(connectivityJson(results));
  assertEquals(checks.map(({ message }: CheckResult) => message), results.map(({ message }) => message));
});

Deno.test("names from outside can't send control characters to the terminal", async () => {
  await using rig = await Rig.start();
  const check: Check = {
    scope: "machine",
    name: "odd",
    summary: "Odd",
    run: () => Promise.resolve(failed("outside", "a\u001b[31mb\nc", "d\u0007", { names: ["e\u009b"] })),
  };
  const { stdout } = await text(rig, { checks: [check] });
  assertFalse(/[\p{Cc}]/u.test(stdout.replaceAll("\n", "")));
});

Deno.test("an error in [main] that sections inherit is told once, at [main]", async () => {
  await using rig = await Rig.start();
  const { code, checks } = await rig.check({
    main: ["http_proxy_host=127.0.0.1", "http_proxy_port=none"],
  });
  assertEquals(code, 1);
  const told = checks.filter(({ status }) => status === "failed");
  assertEquals(told.map(({ name, section }) => [name, section]), [["configuration", "main"]]);
  for (const section of [healthy, faulty]) {
    const keys = checks.find((one) => one.name === "keys" && one.section === section);
    assertEquals([keys?.status, keys?.message], [
      "skipped",
      "Skipped because the section relies on options of [main] that have errors",
    ]);
  }
});

Deno.test("what can be put right here decides the exit code when something outside is wrong too", async () => {
  await using rig = await Rig.start({ certificate: "expired" });
  const { code, checks } = await rig.check({ lines: ["interface=192.0.2.55"] });
  const failures = checks.filter(({ status }) => status === "failed").map(({ name }) => name);
  assertEquals([code, failures], [1, ["interface", "tls"]]);
});

Deno.test("certificates that end within 14 days are warnings", async () => {
  await using rig = await Rig.start();
  // The simulator's certificates last 30 days; TLS itself goes by the system's clock.
  const clock = new FakeClock(Date.now() + 20 * 86_400_000);
  const { code, checks } = await rig.check({ machine: { clock } });
  assertEquals(code, 0);
  const warned = checks.filter(({ status }) => status === "warning");
  assertEquals(new Set(warned.map(({ name }) => name)), new Set(["ca-file", "tls", "clock"]));
  for (const one of warned.filter(({ name }) => name !== "clock")) {
    assertMatch(one.message, /ends in (?:9|10) days, on /);
  }
});

Deno.test("an HTTP proxy that lets Duo through is used for everything", async () => {
  await using rig = await Rig.start();
  const { duo } = rig;
  const asked: string[] = [];
  const { connect } = await import("node:net");
  await using proxy = await Peer.start((socket) =>
    void socket.once("data", (octets: Uint8Array) => {
      asked.push(new TextDecoder().decode(octets).split("\r\n")[0] ?? "");
      const onward = connect({ host: duo.host, port: duo.port }, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => socket.destroy());
      socket.on("close", () => onward.destroy());
    })
  );
  const { code, checks } = await rig.check({
    lines: ["api_host=localhost", "http_proxy_host=127.0.0.1", `http_proxy_port=${proxy.port}`],
    machine: { lookup: () => Promise.reject(new Error("The proxy resolves names")) },
    options: { only: [faulty] },
  });
  assertEquals(code, 0);
  assertEquals(checks.map(({ name, status }) => `${name} ${status}`).slice(3), [
    "http-proxy ok",
    "http-tunnel ok",
    "tls ok",
    "ping ok",
    "clock ok",
    "keys ok",
    "api-version ok",
  ]);
  assertEquals(new Set(asked), new Set([`CONNECT localhost:${duo.port} HTTP/1.1`]));
});

Deno.test("a bad --timeout is a usage error, before anything is read", async () => {
  for (const value of ["0", "-1", "ten", "1e3", "", "3601", "0.0001", "5s"]) {
    const terminal = new FakeTerminal();
    await assertRejects(
      () => command.run({ options: { timeout: value, config: "absent.cfg" }, positionals: [], terminal }),
      UsageError,
      "--timeout is a number of seconds",
    );
  }
});

Deno.test("--list names every check once, as text and as JSON, without a file", async () => {
  const terminal = new FakeTerminal({ columns: 120 });
  assertEquals(await command.run({ options: { list: true }, positionals: [], terminal }), 0);
  const listed = terminal.stdout.trimEnd().split("\n").map((line) => line.trim().split(" ")[0]);
  assertEquals(listed, allChecks.map(({ name }) => name));
  assertEquals(new Set(listed).size, listed.length);
  for (const name of listed) assertMatch(name ?? "", /^[a-z]+(?:-[a-z]+)*$/);
  const json = new FakeTerminal();
  await command.run({ options: { list: true, format: "json" }, positionals: [], terminal: json });
  assertEquals(
    JSON.parse(json.stdout),
    { schema: 1, checks: allChecks.map(({ name, summary }) => ({ name, summary })) },
  );
});

Deno.test("no file: 66, told on stderr, or as one JSON document", async () => {
  const run = async (format: "text" | "json"): Promise<FakeTerminal & { code: number }> => {
    const terminal = new FakeTerminal();
    const code = await reportConnectivity(
      { options: { format }, positionals: [], terminal },
      "absent.cfg",
      await loadConfig("absent.cfg", new MemoryHost({})),
      { checks: allChecks, machine: systemMachine, timeout: 1_000 },
    );
    return Object.assign(terminal, { code });
  };
  const plain = await run("text");
  assertEquals([plain.code, plain.stdout], [66, ""]);
  assertStringIncludes(plain.stderr, "doesn't exist");
  const json = await run("json");
  assertEquals([json.code, json.stderr], [66, ""]);
  const { checks } = JSON.parse(json.stdout);
  assertEquals(checks.map(({ status, facts }: CheckResult) => [status, facts]), [["failed", { file: "absent.cfg" }]]);
});

Deno.test("a file that is no text is one failed check, also where only what can't be looked for is asked", async () => {
  const host = new MemoryHost({ "a.cfg": { bytes: new Uint8Array([0xff, 0xfe, 0x5b, 0x00]) } });
  for (const options of [{}, { only: ["tls"] }]) {
    const terminal = new FakeTerminal();
    const code = await reportConnectivity(
      { options: { format: "json", ...options }, positionals: [], terminal },
      "a.cfg",
      await loadConfig("a.cfg", host),
      { checks: allChecks, machine: systemMachine, timeout: 1_000 },
    );
    assertEquals(code, 1);
    assertStringIncludes(terminal.stdout, "UTF-16");
  }
});

Deno.test("every example of the command's record is a valid line", () => {
  for (const { line } of command.examples) {
    const [, name, ...args] = line.split(" ");
    assertEquals(name, "connectivity-check");
    parseCommandLine(command, args);
  }
});
