/**
 * `duoproxy simulate`: Duo's Auth API on this machine.
 *
 * @module
 */

import type { DuoSimulator, SimulatorOptions } from "../../simulator/simulator.ts";
import { authority } from "../../net/authority.ts";
import { visibleText } from "../../text.ts";
import { type Command, exit, type ExitCode, type Invocation, UsageError } from "../command.ts";
import { textOption } from "../common_options.ts";

/** What the command takes from the process; a test gives its own. */
export interface SimulateSeams {
  /** What is typed, line by line; null if stdin is no terminal. */
  readonly lines: AsyncIterable<string> | null;
  /** Resolves when the simulator is to end. */
  readonly stopped: Promise<void>;
}

/** The command's record. */
export const command: Command = {
  name: "simulate",
  summary: "Play Duo's cloud on this machine, over TLS, for tests and demonstrations",
  usage: "simulate [--listen HOST:PORT] [--users FILE] [--ca-out -]",
  description:
    "Serves Duo's Auth API, versions 1 and 2, until Ctrl-C, and prints the configuration that leads a proxy there. " +
    "Certificate and keys are made at start and kept in memory. Nobody's real phone rings.\n\n" +
    "Users, unless --users gives others: alice (two phones, approves; 123456), bob (denies; 222222), carol (hardware token; 333333), " +
    "dave (not enrolled), erin (bypass), frank (locked out), grace (in groups; 777777), heidi (waits for your answer; 888888), " +
    "ivan (approves after three seconds; 999999), judy (landline), mallory (disabled), oscar (never answers), trudy (reports fraud). " +
    "These codes are right every time; 100001 to 100003 (alice) and 300001 to 300003 (carol) once.\n\n" +
    "On a terminal, pushes and calls that wait for an answer are shown: type a and the number to approve, d to deny, " +
    "f to report fraud.\n\n" +
    "The control API (plain HTTP on a loopback address) answers pushes too, sets faults and shows every call; GET / describes it.\n\n" +
    'The users file is JSON: {"users": [{"username": "alice", "passcodes": ["123456"], "answer": "approve", ' +
    '"devices": [{"type": "phone", "number": "XXX-XXX-0001"}]}]}.',
  positionals: [],
  options: [
    {
      name: "listen",
      value: "HOST:PORT",
      default: "127.0.0.1:8443",
      doc: "Where to serve; port 0 takes any free one",
    },
    { name: "users", value: "FILE", doc: "JSON file with the users" },
    { name: "ca-out", value: "-", choices: ["-"], doc: "Print the CA's certificate on stdout, and all else on stderr" },
    {
      name: "control",
      value: "HOST:PORT",
      default: "127.0.0.1:0",
      doc: "Where the control API listens, a loopback address, or none",
    },
    {
      name: "ikey-type",
      value: "TYPE",
      choices: ["radius", "auth"],
      default: "radius",
      doc: "Type of the application whose keys are printed: RADIUS (version 1 of the API) or Auth API (both)",
    },
    { name: "ask", doc: "Let every push and call wait for an answer by hand" },
  ],
  examples: [
    { line: "duoproxy simulate", does: "Serve on 127.0.0.1:8443 and print what to configure" },
    {
      line: "duoproxy simulate --ca-out - > ca.pem",
      does: "The same, with the certificate for http_ca_certs_file in a file",
    },
    { line: "duoproxy simulate --listen 127.0.0.1:0 --ask", does: "On a free port; you answer the pushes" },
  ],
  exits: [
    { code: exit.ok, when: "it was told to end" },
    { code: exit.usage, when: "the command line is wrong" },
    { code: exit.noInput, when: "the users file can't be read" },
    { code: exit.unavailable, when: "a port can't be opened" },
    { code: exit.badConfig, when: "the users file is wrong" },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const stop = Promise.withResolvers<void>();
    const onSignal = (): void => stop.resolve();
    const signals: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"];
    // Windows knows no SIGTERM to listen for.
    const heard = Deno.build.os === "windows" ? signals.slice(0, 1) : signals;
    for (const signal of heard) Deno.addSignalListener(signal, onSignal);
    try {
      return await simulate(invocation, {
        lines: Deno.stdin.isTerminal() ? readLines() : null,
        stopped: stop.promise,
      });
    } finally {
      for (const signal of heard) Deno.removeSignalListener(signal, onSignal);
    }
  },
};

/** Runs the simulator until `seams.stopped` resolves. */
export async function simulate({ options, terminal }: Invocation, seams: SimulateSeams): Promise<ExitCode> {
  const listen = parseAddress("--listen", textOption(options, "listen") ?? "127.0.0.1:8443");
  const controlText = textOption(options, "control") ?? "127.0.0.1:0";
  const control = controlText === "none" ? null : parseAddress("--control", controlText);
  const { isLoopback, startControl } = await import("../../simulator/control.ts");
  if (control !== null && !isLoopback(control.hostname)) {
    throw new UsageError(
      "--control takes a loopback address such as 127.0.0.1:0, or none: whoever reaches it answers pushes",
    );
  }
  const caOut = textOption(options, "ca-out");
  if (caOut !== undefined && caOut !== "-") {
    throw new UsageError("--ca-out takes only -, since the program writes no files; use --ca-out - > FILE");
  }

  const users = await loadUsers(textOption(options, "users"));
  if ("failure" in users) {
    await terminal.error(users.failure);
    return users.code;
  }

  const say = caOut === undefined
    ? (line: string): Promise<void> => terminal.write(`${line}\n`)
    : (line: string): Promise<void> => terminal.error(line);
  const { DuoSimulator } = await import("../../simulator/simulator.ts");
  await using opened = new AsyncDisposableStack();
  let simulator: DuoSimulator;
  let controlUrl: string | undefined;
  try {
    simulator = opened.use(
      await DuoSimulator.start({
        listen,
        ...users,
        behavior: { askAll: options["ask"] === true },
        observer: {
          asked: (request, rule) => {
            if (rule.answer !== "ask") return;
            const what = request.factor === "push" ? "Push" : "Call";
            const hint = seams.lines === null ? "" : `; a ${request.number} approves, d ${request.number} denies`;
            void say(
              `${what} ${request.number} to ${visibleText(request.username)}, ${
                visibleText(request.deviceName)
              }${hint}`,
            );
          },
          ended: (request, step) => {
            if (step.status === "timeout") {
              void say(`${request.factor === "push" ? "Push" : "Call"} ${request.number} timed out`);
            }
          },
          smsSent: ({ username, codes }) => void say(`SMS codes to ${visibleText(username)}: ${codes.join(", ")}`),
        },
      }),
    );
    if (control !== null) controlUrl = opened.use(await startControl(simulator, control)).url;
  } catch (error) {
    const place = errorCode(error) === "EADDRINUSE" ? "the port is in use" : String(error);
    await terminal.error(`Can't listen on ${authority(listen)}, or for the control API: ${place}`);
    return exit.unavailable;
  }
  if (caOut === "-") await terminal.write(simulator.caPem);
  const asAuth = textOption(options, "ikey-type") === "auth";
  for (const line of introduction(simulator, controlUrl, asAuth, caOut === "-")) await say(line);
  const listening = seams.lines === null ? Promise.resolve() : answerByHand(simulator, seams.lines, say);
  listening.catch(() => {
    // The terminal has gone; the simulator goes on until it is told to end.
  });
  await seams.stopped;
  return exit.ok;
}

/** The lines to put into a configuration. */
function introduction(
  simulator: DuoSimulator,
  controlUrl: string | undefined,
  authType: boolean,
  certificatePrinted: boolean,
): readonly string[] {
  const [radius, auth] = simulator.applications;
  const application = (authType ? auth : radius) ?? radius;
  const certificate = certificatePrinted
    ? "; http_ca_certs_file= the file that --ca-out - was redirected to"
    : controlUrl === undefined
    ? "; http_ca_certs_file= a file with the certificate; --ca-out - prints it"
    : `; http_ca_certs_file= a file with what ${controlUrl}ca.pem gives; --ca-out - prints it too`;
  return [
    `Duo's Auth API is simulated on ${
      authority({ hostname: simulator.host, port: simulator.port })
    }. In authproxy.cfg:`,
    "",
    `; ${application?.name}`,
    `ikey=${application?.ikey}`,
    `skey=${application?.skey}`,
    `api_host=${simulator.host}`,
    `api_port=${simulator.port}`,
    certificate,
    "",
    ...(controlUrl === undefined ? [] : [`Control API: ${controlUrl}`]),
    "Ctrl-C ends it",
  ];
}

async function answerByHand(
  simulator: DuoSimulator,
  lines: AsyncIterable<string>,
  say: (line: string) => Promise<void>,
): Promise<void> {
  for await (const line of lines) {
    const words = /^\s*([adf])\s*(\d*)\s*$/i.exec(line);
    if (line.trim() === "") continue;
    if (words === null) {
      await say(
        "Type a (approve), d (deny) or f (fraud), and the number of a push; without number the oldest is meant",
      );
      continue;
    }
    const number = words[2] === "" ? simulator.pending[0]?.number : Number(words[2]);
    const key = words[1]?.toLowerCase();
    const answer = key === "a" ? "approve" : key === "d" ? "deny" : "fraud";
    if (number === undefined || !simulator.answer(number, answer)) await say("Nothing of that number is waiting");
  }
}

async function* readLines(): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(4_096);
  let rest = "";
  for (let count = await Deno.stdin.read(chunk); count !== null; count = await Deno.stdin.read(chunk)) {
    const parts = (rest + decoder.decode(chunk.subarray(0, count), { stream: true })).split("\n");
    rest = (parts.pop() ?? "").slice(0, 4_096);
    yield* parts;
  }
}

async function loadUsers(
  file: string | undefined,
): Promise<Pick<SimulatorOptions, "users"> | { readonly failure: string; readonly code: ExitCode }> {
  if (file === undefined) return {};
  const { parseUsers, UsersFileError, usersFileLimit } = await import("../../simulator/users_file.ts");
  let text: string;
  try {
    const { size } = await Deno.stat(file);
    if (size > usersFileLimit) return { failure: `${visibleText(file)} is larger than 4 MiB`, code: exit.badConfig };
    text = new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(file));
  } catch (error) {
    if (error instanceof TypeError) return { failure: `${visibleText(file)} is not UTF-8`, code: exit.badConfig };
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : String(error);
    return { failure: `Can't read ${visibleText(file)}: ${reason}`, code: exit.noInput };
  }
  try {
    return { users: parseUsers(text) };
  } catch (error) {
    if (!(error instanceof UsersFileError)) throw error;
    return { failure: `${visibleText(file)}: ${visibleText(error.message)}`, code: exit.badConfig };
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function parseAddress(option: string, text: string): { readonly hostname: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UsageError(`${option} takes HOST:PORT, such as 127.0.0.1:8443 or [::1]:8443`);
  }
  return { hostname: match[1] ?? match[2] ?? "", port };
}
