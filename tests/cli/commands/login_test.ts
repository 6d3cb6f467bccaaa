import { assert, assertEquals, assertFalse, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { type Command, UsageError } from "../../../lib/cli/command.ts";
import { command, type LoginSeams, runLogin } from "../../../lib/cli/commands/login.ts";
import { parseServer } from "../../../lib/cli/login_target.ts";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { systemClock } from "../../../lib/clock.ts";
import type { ConfigHost } from "../../../lib/config/host.ts";
import {
  attributeType,
  encodeVendorAttributes,
  getAttribute,
  getText,
  getVendorAttribute,
  textAttribute,
} from "../../../lib/radius/attributes.ts";
import { revealPassword } from "../../../lib/radius/password.ts";
import type { DatagramSocket } from "../../../lib/radius/endpoint.ts";
import type { AccessRequest } from "../../../lib/radius/request.ts";
import type { Response } from "../../../lib/radius/response.ts";
import { FakeClock } from "../../kit/fake_clock.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../../kit/fake_terminal.ts";
import { octets } from "../../radius/packets.ts";
import { secret, served, ServerFixture } from "../../radius/server_fixture.ts";
import { FakeSocket } from "../../radius/sockets.ts";

const secretText = new TextDecoder().decode(secret);

/** A machine that has these files and no others. */
function machine(files: Readonly<Record<string, string>>): ConfigHost {
  const find = (path: string): Uint8Array => {
    const text = files[path];
    if (text === undefined) throw new Deno.errors.NotFound(path);
    return octets(text);
  };
  return {
    readFile: (path) => Promise.resolve().then(() => find(path)),
    stat: (path) => Promise.resolve().then(() => ({ kind: "file", size: find(path).length, mode: 0o600 })),
    wallNow: () => Date.UTC(2026, 10, 25),
    runtime: "2.9.6",
  };
}

/** A section of a configuration file. */
function section(name: string, port: number, lines: readonly string[] = []): string {
  return [
    `[${name}]`,
    "ikey=DI9876543210ABCDEFGH",
    "skey=abcdefghij0123456789abcdefghij0123456789",
    "api_host=api-12345678.duosecurity.com",
    "failmode=secure",
    `port=${port}`,
    ...(lines.some((line) => line.startsWith("radius_ip_1")) ? [] : ["radius_ip_1=127.0.0.1"]),
    `radius_secret_1=${secretText}`,
    ...lines,
    "",
  ].join("\n");
}

/** Runs the command and gives back what it printed. */
async function run(
  args: readonly string[],
  seams: Partial<LoginSeams> & { readonly files?: Readonly<Record<string, string>> },
  options: FakeTerminalOptions = {},
): Promise<{ readonly code: number; readonly terminal: FakeTerminal }> {
  const terminal = new FakeTerminal(options);
  const all: LoginSeams = {
    clock: systemClock,
    host: machine(seams.files ?? {}),
    resolve: (name) => Promise.resolve(name === "radius.example" ? "127.0.0.1" : undefined),
    listen: (hostname) => Deno.listenDatagram({ transport: "udp", hostname, port: 0 }),
    ...seams,
  };
  const record: Command = command;
  const code = await runLogin({ ...parseCommandLine(record, args), terminal }, all);
  const printed = terminal.stdout + terminal.stderr;
  assertFalse(printed.includes(secretText), "the secret must never be printed");
  return { code, terminal };
}

/** A server that takes what it is asked for down, and answers with these verdicts in turn. */
function recorder(...verdicts: readonly Response[]): {
  readonly requests: AccessRequest[];
  readonly handler: (request: AccessRequest) => Promise<Response>;
} {
  const requests: AccessRequest[] = [];
  const handler = (request: AccessRequest): Promise<Response> => {
    requests.push(request);
    return Promise.resolve(verdicts[requests.length - 1] ?? { kind: "reject" });
  };
  return { requests, handler };
}

/** What a request's password field holds. */
function passwordOf(request: AccessRequest | undefined): string | undefined {
  const hidden = request && getAttribute(request.packet, attributeType.userPassword);
  return hidden && new TextDecoder().decode(revealPassword(hidden, request.packet.authenticator, request.secret));
}

Deno.test("login shows an Accept of the first served section with its attributes", async () => {
  const { requests, handler } = recorder({
    kind: "accept",
    message: "Success. Logging you in...",
    attributes: [
      textAttribute(attributeType.class, "OU=Staff;"),
      encodeVendorAttributes(3_076, [{ type: 25, value: octets("StaffPolicy") }]),
      encodeVendorAttributes(311, [{ type: 16, value: octets("hidden key") }]),
    ],
  });
  await using fixture = ServerFixture.onLoopback([served({ handler })]);
  const files = { "a.cfg": section("radius_server_duo_only", fixture.at().port) };
  const { code, terminal } = await run(["alice", "--factor", "push2", "--config", "a.cfg"], { files });
  assertEquals(code, 0);
  assertMatch(terminal.stdout, /^Accepted by \[radius_server_duo_only\] at 127\.0\.0\.1:\d+ after \d+\.\d\d s\n/);
  assertStringIncludes(terminal.stdout, "  Reply-Message: Success. Logging you in...\n");
  assertStringIncludes(terminal.stdout, "  Class: 0x4f553d53746166663b\n");
  assertStringIncludes(terminal.stdout, "  ASA-Group-Policy: StaffPolicy\n");
  assertStringIncludes(terminal.stdout, "  MS-MPPE-Send-Key: *****\n");
  assertEquals(terminal.stderr, "");
  assertEquals(terminal.waits, [
    `Waiting for the answer of [radius_server_duo_only] at 127.0.0.1:${fixture.at().port}`,
  ]);
  assertEquals(passwordOf(requests[0]), "push2");
  assertEquals(requests[0] && getText(requests[0].packet, attributeType.userName), "alice");
});

Deno.test("login asks for the password without showing it, and sends it as it is", async () => {
  const { requests, handler } = recorder({ kind: "reject", message: "Denied" });
  await using fixture = ServerFixture.onLoopback([served({ handler })]);
  const files = { "a.cfg": section("radius_server_duo_only", fixture.at().port) };
  const { code, terminal } = await run(["alice", "--config", "a.cfg"], { files }, { secrets: [" pässword "] });
  assertEquals([code, terminal.prompts.length], [1, 1]);
  assertEquals(passwordOf(requests[0]), " pässword ");
  assertFalse((terminal.stdout + terminal.stderr).includes("pässword"));
  assertStringIncludes(terminal.stdout, "Rejected by");
});

Deno.test("login reads one line of stdin where there is no terminal", async () => {
  for (const stdin of ["123456\n", "123456\r\nmore\n", "123456"]) {
    const { requests, handler } = recorder({ kind: "accept" });
    await using fixture = ServerFixture.onLoopback([served({ handler })]);
    const files = { "a.cfg": section("radius_server_duo_only", fixture.at().port) };
    assertEquals((await run(["alice", "--config", "a.cfg"], { files }, { stdin })).code, 0);
    assertEquals(passwordOf(requests[0]), "123456");
  }
});

Deno.test("login puts a factor behind the password where the section expects one", async () => {
  const { requests, handler } = recorder({ kind: "accept" }, { kind: "accept" });
  await using fixture = ServerFixture.onLoopback([served({ handler })]);
  const port = fixture.at().port;
  const own = ["client=duo_only_client", "delimiter=;"];
  const files = {
    "a.cfg": `[duo_only_client]\n${section("radius_server_auto", port, own)}`,
    "b.cfg": `[duo_only_client]\n${
      section("radius_server_auto", port, ["client=duo_only_client", "delimited_password_length=6"])
    }`,
  };
  assertEquals((await run(["alice", "--factor", "push", "--config", "a.cfg"], { files })).code, 0);
  assertEquals(passwordOf(requests[0]), ";push");
  const { code } = await run(["alice", "-f", "push", "--config", "b.cfg"], { files }, { secrets: ["secret"] });
  assertEquals(code, 0);
  assertEquals(passwordOf(requests[1]), "secret,push");
});

Deno.test("login asks any server with a secret from a file", async () => {
  const { requests, handler } = recorder({ kind: "accept" }, { kind: "accept" });
  await using fixture = ServerFixture.onLoopback([served({ handler })]);
  for (const [index, host] of ["127.0.0.1", "radius.example"].entries()) {
    const args = ["alice", "--factor", "phone", "--server", `${host}:${fixture.at().port}`, "--secret-file", "s"];
    assertEquals((await run(args, { files: { s: `${secretText}\n` } })).code, 0);
    assertEquals(passwordOf(requests[index]), "phone");
  }
});

Deno.test("login sends attributes by name, also vendors', and lets them take the place of its own", async () => {
  const { requests, handler } = recorder({ kind: "accept" });
  await using fixture = ServerFixture.onLoopback([served({ handler })]);
  const files = { "a.cfg": section("radius_server_duo_only", fixture.at().port) };
  const args = ["alice", "-f", "push", "--config", "a.cfg", "-a", "calling-station-id=192.0.2.7"];
  args.push("-a", "Cisco-AVPair=audit-session-id=1", "-a", "NAS-Identifier=asa");
  assertEquals((await run(args, { files })).code, 0);
  const packet = requests[0]?.packet;
  assert(packet);
  assertEquals(getText(packet, attributeType.callingStationId), "192.0.2.7");
  assertEquals(getVendorAttribute(packet, 9, 1), octets("audit-session-id=1"));
  assertEquals(packet.attributes.filter(({ type }) => type === attributeType.nasIdentifier).length, 1);
  assertEquals(packet.attributes[0]?.type, attributeType.messageAuthenticator);
});

Deno.test("login answers a challenge on a terminal, and only there", async () => {
  const challenge = {
    kind: "challenge",
    message: "Enter passcode:",
    attributes: [textAttribute(attributeType.state, "state")],
  } as const;
  const { requests, handler } = recorder(challenge, { kind: "accept" }, challenge);
  await using fixture = ServerFixture.onLoopback([served({ handler })]);
  const files = { "a.cfg": section("radius_server_duo_only", fixture.at().port) };
  const args = ["alice", "--config", "a.cfg"];
  const first = await run(args, { files }, { interactive: true, secrets: ["password", "123456"] });
  assertEquals(first.code, 0);
  assertEquals(first.terminal.prompts.at(-1), "Enter passcode: ");
  assertEquals([passwordOf(requests[1]), requests[1] && getText(requests[1].packet, 24)], ["123456", "state"]);
  const second = await run(args, { files }, { stdin: "password\n" });
  assertEquals(second.code, 1);
  assertStringIncludes(second.terminal.stdout, "Challenged by");
});

Deno.test("login --format json prints one document", async () => {
  const { handler } = recorder({ kind: "reject", message: "Denied\u001b[31m" });
  await using fixture = ServerFixture.onLoopback([served({ handler })]);
  const port = fixture.at().port;
  const files = { "a.cfg": section("radius_server_duo_only", port) };
  const { code, terminal } = await run(["alice", "-f", "push", "--config", "a.cfg", "--format", "json"], { files });
  const document = JSON.parse(terminal.stdout);
  assertEquals(code, 1);
  assertEquals(typeof document.elapsed_ms, "number");
  assertEquals({ ...document, elapsed_ms: 0 }, {
    schema: 1,
    result: "reject",
    user: "alice",
    server: `127.0.0.1:${port}`,
    section: "radius_server_duo_only",
    messages: ["Denied[31m"],
    attributes: [],
    elapsed_ms: 0,
    requests_sent: 1,
    hints: [],
  });
  assertEquals(terminal.waits, []);
});

Deno.test("login takes the section by name, and the address that the section knows", async () => {
  for (
    const [address, lines] of [
      ["::1", ["radius_ip_1=::1"]],
      ["127.0.0.9", ["interface=127.0.0.9", "radius_ip_1=127.0.0.9"]],
    ] as const
  ) {
    const { requests, handler } = recorder({ kind: "accept" });
    await using fixture = ServerFixture.onLoopback([served({ handler, network: address })], address);
    const files = {
      "a.cfg": section("radius_server_duo_only", 1_812) +
        section("radius_server_duo_only2", fixture.at().port, lines),
    };
    const args = ["alice", "-f", "push", "--config", "a.cfg", "--section", "[Radius_Server_Duo_Only2]"];
    assertEquals((await run(args, { files })).code, 0);
    assertEquals(requests.map(({ source }) => source.address), [address]);
  }
});

Deno.test("login says so when the answer comes from another address", async () => {
  // A socket for all addresses answers from 127.0.0.1, whatever address of loopback it was asked at.
  const { requests, handler } = recorder({ kind: "accept" });
  await using fixture = ServerFixture.onLoopback([served({ handler })], "0.0.0.0");
  const clock = new FakeClock();
  const args = ["alice", "-f", "push", "--server", `127.0.0.9:${fixture.at().port}`, "--secret-file", "s"];
  // The answer is ignored as it comes, so the login waits until the clock says that its time is over.
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const received = Promise.withResolvers<void>();
  const listen = (): DatagramSocket => ({
    addr: socket.addr,
    receive: async (buffer) => {
      const datagram = await socket.receive(buffer);
      queueMicrotask(received.resolve);
      return datagram;
    },
    send: (bytes, to) => socket.send(bytes, to),
    close: () => socket.close(),
  });
  let opened = 0;
  const running = run(args, {
    files: { s: secretText },
    clock,
    listen: () => opened++ === 0 ? listen() : new FakeSocket(),
  });
  await received.promise;
  await clock.advance(60_000);
  const { code, terminal } = await running;
  assertEquals([code, requests.length], [69, 1]);
  assertStringIncludes(terminal.stderr, "from another address than 127.0.0.9");
});

/** Runs the command against a socket that nobody answers on, until it gives up. */
async function runUnanswered(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly terminal: FakeTerminal }> {
  const clock = new FakeClock();
  const running = run(args, { files, clock, listen: () => new FakeSocket() });
  let ended = false;
  void running.finally(() => ended = true).catch(() => {});
  while (!ended) await clock.advance(1_000);
  return await running;
}

Deno.test("login without an answer ends with 69 and says what to look at", async () => {
  const files = { "a.cfg": section("radius_server_duo_only", 18_123), s: secretText };
  const local = await runUnanswered(["alice", "-f", "push", "--config", "a.cfg", "--timeout", "10"], files);
  assertEquals(local.code, 69);
  assertMatch(
    local.terminal.stdout,
    /^No answer from \[radius_server_duo_only\] at 127\.0\.0\.1:18123 after 10\.00 s\n$/,
  );
  for (const word of ["ss -ulpn", "radius_ip_N", "secret", "running"]) {
    assertStringIncludes(local.terminal.stderr, word);
  }
  const remote = await runUnanswered(["alice", "-f", "push", "--server", "192.0.2.1", "--secret-file", "s"], files);
  assertEquals(remote.code, 69);
  assertStringIncludes(remote.terminal.stderr, "firewall");
  assertStringIncludes(remote.terminal.stdout, "192.0.2.1:1812");
});

Deno.test("login says so when the section doesn't know this machine", async () => {
  const files = { "a.cfg": section("radius_server_duo_only", 18_123, ["radius_ip_1=192.0.2.1"]) };
  const { code, terminal } = await runUnanswered(["alice", "-f", "push", "--config", "a.cfg"], files);
  assertEquals(code, 69);
  assertMatch(terminal.stderr, /^Note: \[radius_server_duo_only\] lists no radius_ip_N that holds 127\.0\.0\.1/);
});

Deno.test("login tells a server that takes long from one that isn't there", async () => {
  const clock = new FakeClock();
  const waiting = Promise.withResolvers<Response>();
  await using fixture = ServerFixture.onLoopback([served({ handler: () => waiting.promise })]);
  const files = { "a.cfg": section("radius_server_duo_only", fixture.at().port) };
  const running = run(["alice", "-f", "push", "--config", "a.cfg"], { files, clock });
  while (fixture.server.pending === 0) await clock.advance(0);
  // The login gives up; the Status-Server that follows is answered at once.
  await clock.advance(60_000);
  const { code, terminal } = await running;
  assertEquals(code, 69);
  assertStringIncludes(terminal.stderr, "The server is there");
  waiting.resolve({ kind: "reject" });
});

for (
  const [what, args, code, text] of [
    ["no such file", ["alice", "--config", "none.cfg"], 66, "none.cfg"],
    ["a file with errors", ["alice", "--config", "bad.cfg"], 78, "duoproxy check"],
    ["no secret file", ["alice", "--server", "192.0.2.1", "--secret-file", "none"], 66, "doesn't exist"],
    ["an empty secret file", ["alice", "--server", "192.0.2.1", "--secret-file", "empty"], 66, "holds no secret"],
    ["an unknown host", ["alice", "--server", "nobody.invalid", "--secret-file", "s"], 69, "nobody.invalid"],
  ] as const
) {
  Deno.test(`login with ${what} ends with ${code}`, async () => {
    const files = { "bad.cfg": "[radius_server_duo_only]\n", empty: "\n", s: secretText };
    const result = await run(args, { files });
    assertEquals(result.code, code);
    assertStringIncludes(result.terminal.stderr, text);
  });
}

for (
  const [args, text] of [
    [["--server", "192.0.2.1"], "--secret-file"],
    [["--secret-file", "s"], "--server"],
    [["--server", "192.0.2.1", "--secret-file", "s", "--section", "x"], "exclude"],
    [["--server", "192.0.2.1:99999", "--secret-file", "s"], "HOST:PORT"],
    [["--section", "radius_server_auto9", "--config", "a.cfg"], "radius_server_duo_only"],
    [["--attribute", "Calling-Station-Id"], "NAME=VALUE"],
    [["--attribute", "Caling-Station-Id=1"], "Calling-Station-Id"],
    [["--attribute", "NAS-Port=many"], "NAS-Port"],
    [["--attribute", "User-Name=bob"], "User-Name"],
    [["--timeout", "0"], "--timeout"],
    [["--timeout", "soon"], "--timeout"],
  ] as const
) {
  Deno.test(`login ${args.join(" ")} is a usage error`, async () => {
    const files = { "a.cfg": section("radius_server_duo_only", 1_812), s: secretText };
    await assertRejects(() => run(["alice", "-f", "push", ...args], { files }), UsageError, text);
  });
}

Deno.test("a password that RADIUS can't carry is a usage error that doesn't show it", async () => {
  const files = { s: secretText };
  const args = ["alice", "--server", "192.0.2.1", "--secret-file", "s"];
  const password = "x".repeat(129);
  const error = await assertRejects(() => run(args, { files }, { secrets: [password] }), UsageError, "128");
  assertFalse(error.message.includes("xxx"));
  await assertRejects(() => run(args, { files }, { stdin: "y".repeat(5_000) }), UsageError, "too long");
});

Deno.test("parseServer() takes names and addresses, with and without port", () => {
  assertEquals(parseServer("192.0.2.1"), { host: "192.0.2.1", port: 1_812 });
  assertEquals(parseServer("192.0.2.1:18120"), { host: "192.0.2.1", port: 18_120 });
  assertEquals(parseServer("[2001:db8::1]:1645"), { host: "2001:db8::1", port: 1_645 });
  assertEquals(parseServer("[2001:db8::1]"), { host: "2001:db8::1", port: 1_812 });
  assertEquals(parseServer("2001:db8::1"), { host: "2001:db8::1", port: 1_812 });
  assertEquals(parseServer("radius.example:1812"), { host: "radius.example", port: 1_812 });
});
