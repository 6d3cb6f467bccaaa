/**
 * The way to a server, step by step and with names for what goes wrong: TCP, a tunnel through an HTTP proxy, TLS.
 *
 * Logins go this way through `lib/duo/transport.ts`, which only needs to know that it failed.
 *
 * @module
 */

import type { Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { DuoConfig } from "../config/config.ts";
import { splitPem } from "../duo/transport.ts";
import type { Machine } from "./machine.ts";

/** Why there is no connection: a code of the system or of OpenSSL's vocabulary, or `silent` when the time was up. */
export interface Unreached {
  readonly kind: "unreached";
  readonly code: string;
  /** The runtime's words. */
  readonly detail: string;
}

/** An open TCP connection. */
export interface Reached {
  readonly kind: "reached";
  readonly socket: Socket;
  /** Address that was connected to. */
  readonly address: string;
}

/** A proxy's answer to CONNECT other than 200; null if it was no HTTP. */
export interface Refused {
  readonly kind: "refused";
  readonly status: number | null;
}

/** Opens a TCP connection. The caller closes it with {@link closeSocket}. */
export async function reach(
  machine: Machine,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Reached | Unreached> {
  if (signal.aborted) return silent;
  const socket = machine.connect(host, port);
  const result = await settled<Reached | Unreached>(signal, (resolve) => {
    socket.once("connect", () => resolve({ kind: "reached", socket, address: socket.remoteAddress ?? host }));
    socket.on("error", (error) => resolve(unreached(error)));
    socket.once("close", () => resolve(closedEarly));
  });
  if (result.kind === "unreached") await closeSocket(socket);
  return result;
}

/** Longest answer to CONNECT that is read, in octets. */
const maxAnswer = 16_384;

/** Opens a TCP connection to Duo through the section's HTTP proxy, if it has one (RFC 9110, section 9.3.6). */
export async function reachDuo(
  machine: Machine,
  { apiHost, apiPort, httpProxy }: DuoConfig,
  signal: AbortSignal,
): Promise<Reached | Unreached | Refused> {
  if (httpProxy === undefined) return await reach(machine, apiHost, apiPort, signal);
  const reached = await reach(machine, httpProxy.host, httpProxy.port, signal);
  if (reached.kind === "unreached") return reached;
  const { socket } = reached;
  const target = `${apiHost}:${apiPort}`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const answer = await readHead(socket, signal);
  if (typeof answer !== "string") {
    await closeSocket(socket);
    return answer;
  }
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(answer)?.[1];
  if (status !== undefined && status.startsWith("2")) return reached;
  await closeSocket(socket);
  return { kind: "refused", status: status === undefined ? null : Number(status) };
}

/** An answer up to its empty line; whatever came, once it can't be HTTP. */
async function readHead(socket: Socket, signal: AbortSignal): Promise<string | Unreached> {
  let text = "";
  let onData = (_: Uint8Array): void => {};
  const result = await settled<string | Unreached>(signal, (resolve) => {
    onData = (octets): void => {
      text += new TextDecoder("latin1").decode(octets);
      if (text.includes("\r\n\r\n") || text.length > maxAnswer || !"HTTP/".startsWith(text.slice(0, 5))) resolve(text);
    };
    socket.on("data", onData);
    socket.on("error", (error) => resolve(unreached(error)));
    socket.once("close", () => resolve(text === "" ? closedEarly : text));
  });
  socket.off("data", onData);
  return result;
}

/** A handshake's end. */
export type Handshake =
  | { readonly kind: "secured"; readonly protocol: string | undefined; readonly certificate: Certificate | undefined }
  | Unreached
  | Refused;

/** What a server's certificate says. Dates in milliseconds since the Unix epoch. */
export interface Certificate {
  /** Host names and addresses that it is for. */
  readonly names: readonly string[];
  readonly subject: string;
  readonly issuer: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Connects to Duo and does the handshake, with the same roots and the same name as logins use. A section with an HTTP proxy
 * needs a machine that {@link Machine.namesTlsFailures}.
 *
 * @param verify false: whatever the certificate is, so that one that was refused can be looked at.
 */
export async function handshake(
  machine: Machine,
  duo: DuoConfig,
  verify: boolean,
  signal: AbortSignal,
): Promise<Handshake> {
  // Before 2.9 the handshake hangs on a socket that is open already; such a runtime makes its own.
  const reached = machine.namesTlsFailures ? await reachDuo(machine, duo, signal) : undefined;
  if (reached !== undefined && reached.kind !== "reached") return reached;
  const socket = connectTls({
    ...(reached === undefined ? { port: duo.apiPort } : { socket: reached.socket }),
    host: duo.apiHost,
    ...(isAddress(duo.apiHost) ? {} : { servername: duo.apiHost }),
    ...(duo.caCerts === undefined ? {} : { ca: splitPem(duo.caCerts) }),
    rejectUnauthorized: verify,
  });
  const result = await settled<Handshake>(signal, (resolve) => {
    const succeed = (): void => {
      // Absent before 2.9, whatever its types say.
      const protocol = typeof socket.getProtocol === "function" ? socket.getProtocol() ?? undefined : undefined;
      resolve({ kind: "secured", protocol, certificate: readCertificate(socket) });
    };
    socket.once("secureConnect", () => {
      if (!verify || machine.namesTlsFailures) return succeed();
      socket.once("data", succeed);
      socket.write(`GET /auth/v2/ping HTTP/1.1\r\nHost: ${duo.apiHost}\r\nConnection: close\r\n\r\n`);
    });
    socket.on("error", (error) => resolve(unreached(error)));
    socket.once("close", () => resolve(closedEarly));
  });
  await closeSocket(socket);
  if (reached !== undefined) await closeSocket(reached.socket);
  return result;
}

/** Closes a socket and waits until the system has it back. */
export async function closeSocket(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
  socket.on("error", () => {}).destroy();
  await closed;
}

const silent: Unreached = { kind: "unreached", code: "silent", detail: "no answer in time" };
const closedEarly: Unreached = { kind: "unreached", code: "ECONNRESET", detail: "the connection was closed" };

function settled<Result>(
  signal: AbortSignal,
  begin: (resolve: (result: Result | Unreached) => void) => void,
): Promise<Result | Unreached> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(silent);
    signal.addEventListener("abort", onAbort, { once: true });
    begin((result) => {
      signal.removeEventListener("abort", onAbort);
      resolve(result);
    });
    if (signal.aborted) onAbort();
  });
}

function unreached(error: unknown): Unreached {
  // A name with several addresses fails with all of their errors.
  const first: unknown = error instanceof AggregateError ? error.errors[0] ?? error : error;
  const detail = first instanceof Error ? first.message : String(first);
  const code = first instanceof Error && "code" in first && typeof first.code === "string" ? first.code : "UNKNOWN";
  return { kind: "unreached", code, detail };
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+(?:\.\d+){3}$/.test(host);
}

function readCertificate(socket: TLSSocket): Certificate | undefined {
  const { subject, issuer, subjectaltname, valid_from: from, valid_to: to } = socket.getPeerCertificate();
  if (typeof to !== "string") return undefined;
  return {
    names: (subjectaltname ?? "").split(", ").map((name) => name.replace(/^(?:DNS|IP Address):/, "")).filter(Boolean),
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    from: Date.parse(from),
    to: Date.parse(to),
  };
}

/** A distinguished name in one line: `O=Duo, CN=api.example`. */
function nameOf(name: unknown): string {
  if (typeof name !== "object" || name === null) return "";
  return Object.entries(name).map(([key, value]) => `${key}=${String(value)}`).join(", ");
}
