/**
 * Whom `duoproxy login` asks: a section of the configuration, or any server.
 *
 * @module
 */

import type { GatewayConfig, RadiusServerConfig } from "../config/config.ts";
import type { ConfigHost } from "../config/host.ts";
import { exit, type ExitCode, type Invocation, UsageError } from "./command.ts";
import { textOption } from "./common_options.ts";
import { configFile } from "./config_file.ts";

/** A server and how to speak with it. */
export interface LoginTarget {
  readonly kind: "target";
  /** An address, no name. */
  readonly hostname: string;
  readonly port: number;
  readonly secret: Uint8Array;
  /** The section asked; undefined for a server that was given by address. */
  readonly section: RadiusServerConfig | undefined;
  /** What the user should know before the answer comes. */
  readonly notes: readonly string[];
}

/** Why there is nobody to ask: lines for stderr, and the exit code. */
export interface NoTarget {
  readonly kind: "none";
  readonly lines: readonly string[];
  readonly code: ExitCode;
}

/** What the options of a command line hold. */
export type Options = Invocation["options"];

/**
 * Finds out whom to ask from `--server` and `--secret-file`, or from `--config` and `--section`.
 *
 * @param resolve gives a host name's address, or undefined if it has none.
 * @throws {UsageError} if the options don't go together or name nothing.
 */
export async function findTarget(
  options: Options,
  host: ConfigHost,
  resolve: (name: string) => Promise<string | undefined>,
): Promise<LoginTarget | NoTarget> {
  const server = textOption(options, "server");
  const secretFile = textOption(options, "secret-file");
  if (server === undefined && secretFile === undefined) return await targetFromConfig(options, host);
  if (server === undefined) throw new UsageError("--secret-file goes with --server; a section has its own secrets");
  if (secretFile === undefined) {
    throw new UsageError("--server needs --secret-file, a file that holds the shared secret");
  }
  for (const name of ["config", "key-file", "section"]) {
    if (options[name] !== undefined) throw new UsageError(`--${name} and --server exclude each other`);
  }
  return await targetFromServer(server, secretFile, host, resolve);
}

async function targetFromServer(
  server: string,
  secretFile: string,
  host: ConfigHost,
  resolve: (name: string) => Promise<string | undefined>,
): Promise<LoginTarget | NoTarget> {
  const { readWhole } = await import("../config/host.ts");
  const file = await readWhole(host, secretFile);
  if (file.kind === "unreadable") return none(exit.noInput, `${secretFile} ${file.problem}`);
  const secret = withoutLineEnd(file.bytes);
  if (secret.length === 0) return none(exit.noInput, `${secretFile} holds no secret`);
  const { host: name, port } = parseServer(server);
  const { canonicalAddress } = await import("../net/network.ts");
  const hostname = canonicalAddress(name) ?? await resolve(name);
  if (hostname === undefined) {
    return none(exit.unavailable, `${name} is no address, and no name that can be resolved here`);
  }
  return { kind: "target", hostname, port, secret, section: undefined, notes: [] };
}

async function targetFromConfig(options: Options, host: ConfigHost): Promise<LoginTarget | NoTarget> {
  const { loadConfig } = await import("../config/load.ts");
  const file = await configFile(options["config"]);
  const loaded = await loadConfig(file, host, textOption(options, "key-file"));
  const { renderFinding } = await import("../config/diagnostics.ts");
  if (loaded.kind === "absent") return none(exit.noInput, renderFinding(loaded.finding));
  if (loaded.kind === "invalid") {
    const errors = loaded.findings.filter(({ level }) => level === "error").map(renderFinding);
    return none(exit.badConfig, ...errors, "The proxy doesn't start with this file; see duoproxy check");
  }
  const section = chooseSection(loaded.config.servers, textOption(options, "section"));
  const { address, gateway, known } = await chooseGateway(section);
  const notes = known ? [] : [
    `[${section.name}] lists no radius_ip_N that holds ${address}, where this request will come from, so the proxy won't ` +
    `answer it. Add radius_ip_N=${address} with a radius_secret_N, or run this on a gateway with --server`,
  ];
  if (section.passwordEncoding !== "utf-8") {
    notes.push(`[${section.name}] reads passwords as ${section.passwordEncoding}; this command sends UTF-8`);
  }
  return {
    kind: "target",
    hostname: address,
    port: section.port,
    secret: new TextEncoder().encode(gateway.secret.reveal()),
    section,
    notes,
  };
}

function chooseSection(servers: readonly RadiusServerConfig[], name: string | undefined): RadiusServerConfig {
  const wanted = name?.trim().toLowerCase().replace(/^\[(.*)\]$/, "$1");
  const found = wanted === undefined ? servers[0] : servers.find((server) => server.name === wanted);
  if (found !== undefined) return found;
  throw new UsageError(`--section names no served section; there are ${servers.map((one) => one.name).join(", ")}`);
}

/** The request is sent from the very address that it is sent to, so that is what the section has to list. */
async function chooseGateway(section: RadiusServerConfig): Promise<{
  readonly address: string;
  readonly gateway: GatewayConfig;
  readonly known: boolean;
}> {
  const { GatewayTable } = await import("../radius/gateway_table.ts");
  const table = new GatewayTable(section.gateways);
  const bound = section.interface;
  const addresses = bound === undefined || bound === "::"
    ? ["127.0.0.1", "::1"]
    : bound === "0.0.0.0"
    ? ["127.0.0.1"]
    : [bound];
  for (const address of addresses) {
    const { gateway } = table.locate(address);
    if (gateway !== undefined) return { address, gateway, known: true };
  }
  const [gateway] = section.gateways;
  if (gateway === undefined) throw new Error(`[${section.name}] has no gateways`);
  return { address: addresses[0] ?? "127.0.0.1", gateway, known: false };
}

/** RADIUS's port, if none is given. */
const defaultPort = 1_812;

/**
 * Reads `192.0.2.1:1812`, `[2001:db8::1]:1812`, `radius.example:1812`, or one of them without port.
 *
 * @throws {UsageError} if it is none of these.
 */
export function parseServer(text: string): { readonly host: string; readonly port: number } {
  const match = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? /^([^:[\]]+)(?::(\d{1,5}))?$/.exec(text) ??
    /^([0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/.exec(text);
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  const host = match?.[1];
  if (host === undefined || port < 1 || port > 65_535) {
    throw new UsageError("--server takes HOST:PORT, such as 192.0.2.1:1812 or [2001:db8::1]:1812");
  }
  return { host, port };
}

/** A file's content without the one line end that editors put there. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  if (bytes[end - 1] === 0x0a) end--;
  if (end < bytes.length && bytes[end - 1] === 0x0d) end--;
  return bytes.subarray(0, end);
}

function none(code: ExitCode, ...lines: readonly string[]): NoTarget {
  return { kind: "none", lines, code };
}
