/**
 * `duoproxy login`: the gateway's "Test" button.
 *
 * @module
 */

import type { Clock } from "../../clock.ts";
import type { ConfigHost } from "../../config/host.ts";
import { authority } from "../../net/authority.ts";
import type { Attribute } from "../../radius/attributes.ts";
import type { LoginResult, RadiusClient } from "../../radius/client.ts";
import type { DatagramSocket } from "../../radius/endpoint.ts";
import { visibleText } from "../../text.ts";
import { type Command, exit, type ExitCode, type Invocation, UsageError } from "../command.ts";
import { formatOption, textOption } from "../common_options.ts";
import { configOption, keyFileOption } from "../config_file.ts";
import { findTarget, type LoginTarget, type Options } from "../login_target.ts";
import type { Terminal } from "../terminal.ts";

/** What the command takes from the process; a test gives its own. */
export interface LoginSeams {
  readonly clock: Clock;
  readonly host: ConfigHost;
  /** A host name's address; undefined if it has none. */
  resolve(name: string): Promise<string | undefined>;
  /** Opens a UDP socket on a free port. */
  listen(hostname: string): DatagramSocket;
}

/** The command's record. */
export const command: Command = {
  name: "login",
  summary: "Try a login over RADIUS, as a gateway would send it",
  usage:
    "login USER [--factor FACTOR] [--config FILE [--key-file FILE] [--section NAME] | --server HOST:PORT --secret-file FILE]",
  description:
    "Asks a running proxy, or any RADIUS server, and shows its answer. Without --server the first served section of the configuration is asked on this machine, with the secret of the client that this machine is. " +
    "The password is asked for without being shown, or is the first line of stdin.\n\n" +
    "With --factor a section that asks for the factor alone gets it as the password, and nothing is asked for; one that checks a password too gets both, with the section's delimiter between them. A server given by --server gets the factor alone.",
  positionals: [{ name: "USER", required: true, doc: "Name of the user" }],
  options: [
    {
      name: "factor",
      short: "f",
      value: "FACTOR",
      doc: "push, phone, sms, each with an optional number, auto, or a passcode",
    },
    configOption,
    keyFileOption,
    { name: "section", value: "NAME", doc: "Section to ask instead of the first served one" },
    { name: "server", value: "HOST:PORT", doc: "RADIUS server to ask instead; without a port, 1812" },
    { name: "secret-file", value: "FILE", doc: "File that holds the secret shared with --server" },
    {
      name: "attribute",
      short: "a",
      value: "NAME=VALUE",
      repeatable: true,
      doc: "Attribute to send along, such as Calling-Station-Id=192.0.2.7",
    },
    { name: "timeout", short: "t", value: "SECONDS", default: "60", doc: "How long to wait for an answer" },
    formatOption,
  ],
  examples: [
    { line: "duoproxy login alice --factor push", does: "Send alice a push through the proxy on this machine" },
    {
      line: "duoproxy login alice --factor 123456 --attribute Calling-Station-Id=192.0.2.7",
      does: "Try a passcode, with the address that the user comes from",
    },
    {
      line: "duoproxy login alice --server 192.0.2.10:1812 --secret-file secret.txt",
      does: "Ask a proxy on another machine; the password is asked for",
    },
  ],
  exits: [
    { code: exit.ok, when: "the login was accepted" },
    { code: exit.failed, when: "it was rejected, or challenged and the challenge not answered" },
    { code: exit.usage, when: "the command line is wrong" },
    { code: exit.noInput, when: "the configuration or the secret can't be read" },
    { code: exit.unavailable, when: "no answer came" },
    { code: exit.badConfig, when: "the configuration has errors" },
    { code: exit.interrupted, when: "a question was interrupted" },
  ],
  async run(invocation): Promise<ExitCode> {
    const { systemClock } = await import("../../clock.ts");
    const { systemHost } = await import("../../config/host.ts");
    return await runLogin(invocation, {
      clock: systemClock,
      host: systemHost,
      resolve,
      listen: (hostname) => Deno.listenDatagram({ transport: "udp", hostname, port: 0 }),
    });
  },
};

async function resolve(name: string): Promise<string | undefined> {
  const { systemClock } = await import("../../clock.ts");
  const { LookUps } = await import("../../net/look_up.ts");
  try {
    return (await new LookUps(systemClock).addresses(name))[0];
  } catch {
    return undefined;
  }
}

/** What is shown in the end. */
interface Report {
  readonly target: LoginTarget;
  readonly user: string;
  readonly result: LoginResult;
  readonly hints: readonly string[];
}

/** No field of a login is longer; more on stdin is not a password. In bytes. */
const stdinLimit = 4_096;

/** How long the server may take to answer a Status-Server, in ms. */
const probeTimeout = 3_000;

/** Runs the command. */
export async function runLogin(
  { options, positionals, terminal }: Invocation,
  { clock, host, listen, resolve }: LoginSeams,
): Promise<ExitCode> {
  const user = positionals[0] ?? "";
  const timeout = parseTimeout(textOption(options, "timeout") ?? "60");
  const attributes = await readAttributes(options);
  const target = await findTarget(options, host, resolve);
  if (target.kind === "none") {
    for (const line of target.lines) await terminal.error(line);
    return target.code;
  }
  for (const note of target.notes) await terminal.error(`Note: ${note}`);

  const password = await readPassword(options, target, terminal);
  const { maxPasswordLength } = await import("../../radius/password.ts");
  if (new TextEncoder().encode(password).length > maxPasswordLength) {
    throw new UsageError(`The password is longer than the ${maxPasswordLength} octets that RADIUS carries`);
  }
  const { RadiusClient } = await import("../../radius/client.ts");
  const { hostname, port, secret } = target;
  const openClient = (total: number): RadiusClient =>
    new RadiusClient({
      socket: openSocket(listen, target),
      server: { hostname, port },
      secret,
      clock,
      retransmission: { tries: 0, total },
    });
  await using client = openClient(timeout);
  const json = options["format"] === "json";
  const ask = async (password: string, state: readonly Attribute[] = []): Promise<LoginResult> => {
    await using _waiting = json ? undefined : terminal.progress(`Waiting for the answer of ${placeOf(target)}`);
    return await client.login({ user, password, attributes: [...attributes, ...state] });
  };
  let result = await ask(password);
  while (result.kind === "challenge" && terminal.interactive) {
    const answer = await terminal.promptSecret(`${result.messages.map(visibleText).join(" ") || "Challenge"} `);
    if (answer === null) break;
    result = await ask(answer, await stateOf(result));
  }
  const hints: string[] = [];
  if (result.kind === "timeout") {
    await using _waiting = json ? undefined : terminal.progress("No answer; asking whether the server is there");
    await using probe = openClient(probeTimeout);
    hints.push(...await explainSilence(target, result.ignored, timeout, probe));
  }
  await report(options, terminal, { target, user, result, hints });
  return { accept: exit.ok, reject: exit.failed, challenge: exit.failed, timeout: exit.unavailable }[result.kind];
}

/** To a section on this machine from the address that it listens on, since that is the client it was looked up as. */
function openSocket(listen: LoginSeams["listen"], { section, hostname }: LoginTarget): DatagramSocket {
  const any = hostname.includes(":") ? "::" : "0.0.0.0";
  if (section === undefined) return listen(any);
  try {
    return listen(hostname);
  } catch (error) {
    // The file may be another machine's: then there is no such address here.
    if (error instanceof Deno.errors.AddrNotAvailable) return listen(any);
    throw error;
  }
}

function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (!/^\d{1,4}$/.test(text) || seconds < 1 || seconds > 3_600) {
    throw new UsageError("--timeout takes whole seconds from 1 to 3600");
  }
  return seconds * 1_000;
}

/** What every gateway says of itself, unless `--attribute` says otherwise, and what `--attribute` adds. */
async function readAttributes(options: Options): Promise<readonly Attribute[]> {
  const { findAttribute, attributeNames } = await import("../../radius/dictionary.ts");
  const { parseAttribute } = await import("../../radius/value.ts");
  const { attributeType } = await import("../../radius/attributes.ts");
  const { testNasIdentifier } = await import("../../radius/test_login.ts");
  const own = new Set<number>([
    attributeType.userName,
    attributeType.userPassword,
    attributeType.messageAuthenticator,
  ]);
  const given = options["attribute"];
  const texts = Array.isArray(given) ? given : typeof given === "string" ? [given] : [];
  const attributes: Attribute[] = [];
  for (const text of [`NAS-Identifier=${testNasIdentifier}`, "NAS-Port-Type=Virtual", ...texts]) {
    const separator = text.indexOf("=");
    if (separator < 1) throw new UsageError("--attribute takes NAME=VALUE, such as Calling-Station-Id=192.0.2.7");
    const name = text.slice(0, separator).trim();
    const definition = findAttribute(name);
    if (definition === undefined) {
      const { nearest } = await import("../../config/nearest.ts");
      const near = nearest(name, attributeNames());
      throw new UsageError(
        `Unknown attribute ${visibleText(name)}${near === undefined ? "" : `; did you mean ${near}?`}`,
      );
    }
    if (definition.vendor === undefined && own.has(definition.type)) {
      throw new UsageError(`${definition.name} can't be given with --attribute: this command makes it`);
    }
    const parsed = parseAttribute(definition, text.slice(separator + 1));
    if (parsed.kind === "wrong") throw new UsageError(`--attribute: ${parsed.problem}`);
    attributes.push(parsed.attribute);
  }
  const replaced = (type: number): boolean => attributes.slice(2).some((one) => one.type === type);
  return attributes.filter((one, index) => index >= 2 || !replaced(one.type));
}

/** The password field: what the section expects there. */
async function readPassword(options: Options, { section }: LoginTarget, terminal: Terminal): Promise<string> {
  const factor = textOption(options, "factor");
  const form = section?.mode.form;
  if (factor === undefined) {
    return await askPassword(terminal, form?.holds === "factor" ? "Passcode or factor: " : "Password: ");
  }
  if (section === undefined || form === undefined || form.holds === "factor") return factor;
  const join = (password: string): string => {
    const field = form.join(password, factor);
    if (field !== undefined) return field;
    throw new UsageError(
      `[${section.name}] takes no factor behind a password (allow_concat=false); leave --factor out`,
    );
  };
  const withoutPassword = join("");
  const needsPassword = section.primary.kind !== "none" || form.needsPassword;
  return needsPassword ? join(await askPassword(terminal, "Password: ")) : withoutPassword;
}

async function askPassword(terminal: Terminal, question: string): Promise<string> {
  const typed = await terminal.promptSecret(question);
  if (typed !== null) return typed;
  let bytes: Uint8Array;
  try {
    bytes = await terminal.readAll(stdinLimit);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError("Standard input is too long for a password: give one line");
  }
  const [line = ""] = new TextDecoder().decode(bytes).split("\n");
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

async function stateOf(result: LoginResult): Promise<readonly Attribute[]> {
  if (result.kind === "timeout" || result.state === undefined) return [];
  const { attributeType } = await import("../../radius/attributes.ts");
  return [{ type: attributeType.state, value: result.state }];
}

/** Why no answer came, most likely cause first. */
async function explainSilence(
  { section, hostname, port, notes }: LoginTarget,
  ignored: readonly string[],
  timeout: number,
  probe: RadiusClient,
): Promise<readonly string[]> {
  const wrongProof = ignored.filter((reason) => reason.startsWith("wrong "));
  if (wrongProof.length > 0) {
    return [`An answer came, but with a ${wrongProof.join(" and a ")}: the server has another secret for this machine`];
  }
  if (ignored.includes("other source")) {
    return [
      `An answer came, but from another address than ${hostname}, as gateways don't accept it either: a proxy on a machine ` +
      "with several addresses has to set interface",
    ];
  }
  if ((await probe.statusServer()).kind === "accept") {
    return [
      `The server is there and knows this machine and its secret; it only did not decide within ${
        timeout / 1_000
      } s. ` +
      "Give it longer with --timeout, and see what its log says",
    ];
  }
  const name = section === undefined ? "the section" : `[${section.name}]`;
  const hints = [
    `Is the proxy running, and listening there? On its machine: ss -ulpn 'sport = :${port}'`,
    `Does ${name} list this machine as radius_ip_N? The proxy is silent towards strangers, and logs them`,
    "Is the secret the same at both ends? A request with a wrong Message-Authenticator is dropped, and logged",
  ];
  if (section === undefined) hints.push(`Does a firewall let UDP through to ${hostname} port ${port}, and back?`);
  // What is known to be wrong needs no guesses around it.
  return notes.some((note) => note.includes("won't answer")) ? hints.slice(0, 2) : hints;
}

async function report(options: Options, terminal: Terminal, shown: Report): Promise<void> {
  const { target, user, result, hints } = shown;
  const attributes = result.kind === "timeout" ? [] : await describeAttributes(result);
  const messages = result.kind === "timeout" ? [] : result.messages;
  const elapsed = Math.round(result.elapsed);
  if (options["format"] === "json") {
    const document = {
      schema: 1,
      result: result.kind,
      user,
      server: authority(target),
      section: target.section?.name ?? null,
      messages,
      attributes: attributes.map(([name, value]) => ({ name, value })),
      elapsed_ms: elapsed,
      requests_sent: result.sent,
      hints,
    };
    return await terminal.write(`${JSON.stringify(document, null, 2)}\n`);
  }
  const words = {
    accept: terminal.style("green", "Accepted"),
    reject: terminal.style("red", "Rejected"),
    challenge: terminal.style("yellow", "Challenged"),
    timeout: terminal.style("red", "No answer"),
  };
  const seconds = (elapsed / 1_000).toFixed(2);
  const preposition = result.kind === "timeout" ? "from" : "by";
  const lines = [`${words[result.kind]} ${preposition} ${placeOf(target)} after ${seconds} s`];
  for (const message of messages) lines.push(`  Reply-Message: ${visibleText(message)}`);
  for (const [name, value] of attributes) lines.push(`  ${name}: ${visibleText(value)}`);
  await terminal.write(`${lines.join("\n")}\n`);
  for (const hint of hints) await terminal.error(`Hint: ${hint}`);
}

function placeOf(target: LoginTarget): string {
  return target.section === undefined ? authority(target) : `[${target.section.name}] at ${authority(target)}`;
}

/** The reply's attributes as names and text, but for those that only matter on the way. */
async function describeAttributes(
  result: Exclude<LoginResult, { kind: "timeout" }>,
): Promise<readonly (readonly [name: string, value: string])[]> {
  const { attributeType, vendorAttributes } = await import("../../radius/attributes.ts");
  const { describeAttribute } = await import("../../radius/dictionary.ts");
  const { formatValue } = await import("../../radius/value.ts");
  const describe = (type: number, value: Uint8Array, vendor?: number): readonly [string, string] => {
    const definition = describeAttribute(type, vendor);
    if (definition === undefined) {
      return [vendor === undefined ? `Attribute-${type}` : `Vendor-${vendor}-Attribute-${type}`, `0x${value.toHex()}`];
    }
    // A key is no less a secret for being hidden with one.
    return [definition.name, definition.encrypted === undefined ? formatValue(definition, value) : "*****"];
  };
  const skipped = new Set<number>([attributeType.messageAuthenticator, attributeType.replyMessage]);
  return result.packet.attributes.filter(({ type }) => !skipped.has(type)).flatMap((attribute) => {
    const inner = vendorAttributes(attribute);
    return inner.length > 0
      ? inner.map(({ vendor, type, value }) => describe(type, value, vendor))
      : [describe(attribute.type, attribute.value)];
  });
}
