/**
 * The command simulate.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { exit, UsageError } from "../../../lib/cli/command.ts";
import { command, simulate } from "../../../lib/cli/commands/simulate.ts";
import { radiusIkey } from "../../../lib/simulator/applications.ts";
import { FakeTerminal } from "../../kit/fake_terminal.ts";
import { call, radius, textField } from "../../simulator/peer.ts";

type Options = Readonly<Record<string, string | true>>;

/** A terminal that tells when a text has been printed. */
class WatchedTerminal extends FakeTerminal {
  readonly #waiting = new Set<() => void>();

  override async write(text: string): Promise<void> {
    await super.write(text);
    for (const look of [...this.#waiting]) look();
  }

  override async error(line: string): Promise<void> {
    await super.error(line);
    for (const look of [...this.#waiting]) look();
  }

  /** The first match in what stdout and stderr show. */
  async when(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const found = pattern.exec(`${this.stdout}\n${this.stderr}`);
      if (found !== null) return found;
      const printed = Promise.withResolvers<void>();
      this.#waiting.add(printed.resolve);
      await printed.promise;
      this.#waiting.delete(printed.resolve);
    }
  }
}

/** Runs the command until `during` is done. */
async function run(
  options: Options,
  during: (terminal: WatchedTerminal, type: (line: string) => void) => Promise<void>,
): Promise<{ readonly code: number; readonly terminal: WatchedTerminal }> {
  const terminal = new WatchedTerminal();
  const stop = Promise.withResolvers<void>();
  const typed = new TransformStream<string, string>();
  const writer = typed.writable.getWriter();
  const running = simulate(
    { options: { listen: "127.0.0.1:0", ...options }, positionals: [], terminal },
    { lines: typed.readable, stopped: stop.promise },
  );
  await during(terminal, (line) => void writer.write(line));
  stop.resolve();
  const code = await running;
  await writer.close();
  return { code, terminal };
}

async function controlUrl(terminal: WatchedTerminal): Promise<string> {
  return (await terminal.when(/Control API: (http:\S+)/))[1] ?? "";
}

Deno.test("simulate prints the configuration to use, and ends with 0", async () => {
  const { code, terminal } = await run({}, async (terminal) => {
    const pem = await fetch(`${await controlUrl(terminal)}ca.pem`);
    assertMatch(await pem.text(), /^-----BEGIN CERTIFICATE-----/);
  });
  assertEquals([code, terminal.stderr], [exit.ok, ""]);
  assertStringIncludes(terminal.stdout, `\nikey=${radiusIkey}\n`);
  assertMatch(terminal.stdout, /\napi_host=127\.0\.0\.1\napi_port=\d+\n/);
});

Deno.test("simulate --ca-out - prints the certificate alone on stdout", async () => {
  const { terminal } = await run({ "ca-out": "-", "ikey-type": "auth", control: "none" }, async (terminal) => {
    await terminal.when(/Ctrl-C/);
  });
  assertMatch(terminal.stdout, /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/);
  assertMatch(terminal.stderr, /\nikey=DISIMULATORAUTHAPI01\n/);
  assert(!terminal.stderr.includes("Control API"));
});

Deno.test("simulate --ask shows pushes, and takes a and d with their number", async () => {
  const { terminal } = await run({ ask: true }, async (terminal, type) => {
    const control = await controlUrl(terminal);
    const caPem = await (await fetch(`${control}ca.pem`)).text();
    const target = { host: "127.0.0.1", port: Number((await terminal.when(/api_port=(\d+)/))[1]), caPem };
    const send = async (user: string): Promise<unknown> => {
      const params = { user, factor: "auto", auto: "push" };
      return (await call(target, { path: "/rest/v1/auth", params, keys: radius })).response;
    };
    const first = send("alice");
    const [, number = ""] = await terminal.when(
      /Push (\d+) to alice, iOS \(XXX-XXX-0001\); a \1 approves, d \1 denies/,
    );
    type("what?");
    await terminal.when(/Type a \(approve\)/);
    type("a 99");
    await terminal.when(/Nothing of that number/);
    type(`a ${number}`);
    assertEquals(textField(await first, "result"), "allow");
    const second = send("bob");
    await terminal.when(/to bob/);
    type("d");
    assertEquals(textField(await second, "status"), "Login request denied.");
  });
  assertEquals(terminal.stderr, "");
});

Deno.test("simulate refuses a wrong command line", async () => {
  const cases: readonly (readonly [Options, string])[] = [
    [{ listen: "8443" }, "--listen takes HOST:PORT"],
    [{ listen: "127.0.0.1:99999" }, "--listen takes HOST:PORT"],
    [{ control: "0.0.0.0:0" }, "--control takes a loopback address"],
    [{ "ca-out": "ca.pem" }, "--ca-out takes only -"],
  ];
  for (const [options, message] of cases) {
    await assertRejects(() => run(options, () => Promise.resolve()), UsageError, message);
  }
});

Deno.test("simulate tells what is wrong with a users file", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const users = async (text: string | Uint8Array): Promise<readonly [number, string]> => {
      const file = `${directory}/users.json`;
      await Deno.writeFile(file, typeof text === "string" ? new TextEncoder().encode(text) : text);
      const { code, terminal } = await run({ users: file }, () => Promise.resolve());
      return [code, terminal.stderr.replaceAll(directory, "")];
    };
    assertEquals(await users('{\n"users": 5}'), [
      exit.badConfig,
      "/users.json: users: Invalid type: Expected Array but received 5\n",
    ]);
    assertEquals(await users(Uint8Array.of(0xff, 0xfe)), [exit.badConfig, "/users.json is not UTF-8\n"]);
    const absent = await run({ users: `${directory}/absent` }, () => Promise.resolve());
    assertEquals(absent.code, exit.noInput);
    assertMatch(absent.terminal.stderr, /absent: there is no such file\n$/);
    const folder = await run({ users: directory }, () => Promise.resolve());
    assertEquals(folder.code, exit.noInput);

    await Deno.writeTextFile(`${directory}/users.json`, '{"users": [{"username": "zoe"}]}');
    await run({ users: `${directory}/users.json` }, async (terminal) => {
      const { users } = await (await fetch(`${await controlUrl(terminal)}users`)).json();
      assertEquals(users.length, 1);
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("simulate ends with 69 where the port is in use", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, terminal } = await run({ listen: `127.0.0.1:${taken.addr.port}` }, () => Promise.resolve());
  assertEquals(code, exit.unavailable);
  assertStringIncludes(terminal.stderr, "the port is in use");
});

Deno.test("simulate's default code table in help names codes that work", async () => {
  const { defaultUsers } = await import("../../../lib/simulator/users.ts");
  for (const { username } of defaultUsers) assertStringIncludes(command.description, username);
  for (const code of defaultUsers.flatMap(({ passcodes }) => passcodes)) {
    assertStringIncludes(command.description, code);
  }
});
