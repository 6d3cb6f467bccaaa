/**
 * The way to a server, step by step and with names for what goes wrong: TCP, a tunnel through an HTTP proxy, TLS.
 *
 * Tunnel and handshake are those of `lib/net`, by which logins go; only what is wanted of them differs.
 *
 * @module
 */

import { isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import ipaddr from "ipaddr.js";
import type { DuoConfig } from "../config/config.ts";
import { describe } from "../net/socket_error.ts";
import { createTrust, secure } from "../net/tls_socket.ts";
import { openTunnel } from "../net/tunnel.ts";
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

/** Opens a TCP connection and hands it over paused. The caller closes it with {@link closeSocket}. */
export async function reach(
  machine: Machine,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Reached | Unreached> {
  if (signal.aborted) return silent;
  const socket = machine.connect(host, port);
  // Both before the connection is there: afterwards the one has no effect on 2.6, and once a socket has begun to read no
  // handshake can follow there.
  socket.setNoDelay(true).pause();
  const result = await settled<Reached | Unreached>(socket, signal, (resolve) => {
    socket.once("connect", () => resolve({ kind: "reached", socket, address: socket.remoteAddress ?? host }));
  });
  if (result.kind === "unreached") await closeSocket(socket);
  return result;
}

/**
 * Opens a TCP connection to Duo through the section's HTTP proxy, if it has one, and closes it when it has been used.
 *
 * @param use gets it paused, and begins with what it wants of it at once: before 2.9 no handshake can follow in a later turn.
 */
export async function withDuo<Result>(
  machine: Machine,
  { apiHost, apiPort, httpProxy }: DuoConfig,
  signal: AbortSignal,
  use: (socket: Socket) => Promise<Result>,
): Promise<Result | Unreached | Refused> {
  const { host, port } = httpProxy ?? { host: apiHost, port: apiPort };
  const reached = await reach(machine, host, port, signal);
  if (reached.kind === "unreached") return reached;
  const { socket } = reached;
  try {
    if (httpProxy === undefined) return await use(socket);
    const tunnel = await openTunnel(socket, `${apiHost}:${apiPort}`, signal);
    switch (tunnel.kind) {
      case "open":
        return await use(socket);
      case "aborted":
        return silent;
      case "refused":
        return { kind: "refused", status: tunnel.status };
      case "failed":
        if (tunnel.end === "malformed") return { kind: "refused", status: null };
        return { kind: "unreached", code: tunnel.code ?? closedEarly.code, detail: tunnel.message };
    }
  } finally {
    // Where TLS has taken it over it may never say that it is closed.
    socket.on("error", () => {}).destroy();
  }
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

/** Connects to Duo and does the handshake, with the same roots and the same name as logins use. */
export function handshake(machine: Machine, duo: DuoConfig, signal: AbortSignal): Promise<Handshake> {
  const trust = createTrust(duo.caCerts);
  return withDuo<Handshake>(machine, duo, signal, async (socket) => {
    const result = await secure(socket, { host: duo.apiHost, trust, signal, hangs: () => {} });
    if (result.kind === "aborted") return silent;
    if (result.kind === "failed") {
      const code = result.code ?? (result.end === "cut" ? closedEarly.code : "UNKNOWN");
      return { kind: "unreached", code, detail: result.message };
    }
    const { socket: secured } = result;
    // Absent before 2.9, whatever its types say.
    const protocol = typeof secured.getProtocol === "function" ? secured.getProtocol() ?? undefined : undefined;
    const certificate = readCertificate(secured);
    await closeSocket(secured);
    return { kind: "secured", protocol, certificate };
  });
}

/** The certificate that the server shows, whatever it is worth; undefined if it can't be had. Nothing is sent to it. */
export async function lookAtCertificate(
  machine: Machine,
  duo: DuoConfig,
  signal: AbortSignal,
): Promise<Certificate | undefined> {
  const result = await withDuo(machine, duo, signal, async (socket) => {
    const tls = connectTls({
      socket,
      host: duo.apiHost,
      ...(isIP(duo.apiHost) === 0 ? { servername: duo.apiHost } : {}),
      rejectUnauthorized: false,
    });
    const seen = await settled<{ readonly kind: "seen"; readonly certificate: Certificate | undefined }>(
      tls,
      signal,
      (resolve) => void tls.once("secureConnect", () => resolve({ kind: "seen", certificate: readCertificate(tls) })),
    );
    await closeSocket(tls);
    return seen;
  });
  return result.kind === "seen" ? result.certificate : undefined;
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

/** What `begin` resolves with, or why it doesn't come to that. */
function settled<Result>(
  socket: Socket,
  signal: AbortSignal,
  begin: (resolve: (result: Result) => void) => void,
): Promise<Result | Unreached> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(silent);
    signal.addEventListener("abort", onAbort, { once: true });
    const finish = (result: Result | Unreached): void => {
      signal.removeEventListener("abort", onAbort);
      resolve(result);
    };
    socket.on("error", (error) => {
      const { code, message } = describe(error);
      finish({ kind: "unreached", code: code ?? "UNKNOWN", detail: message });
    });
    socket.once("close", () => finish(closedEarly));
    begin(finish);
    if (signal.aborted) onAbort();
  });
}

function readCertificate(socket: TLSSocket): Certificate | undefined {
  const { subject, issuer, subjectaltname, valid_from: from, valid_to: to } = socket.getPeerCertificate();
  if (typeof to !== "string") return undefined;
  return {
    names: readAlternativeNames(subjectaltname ?? ""),
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    from: Date.parse(from),
    to: Date.parse(to),
  };
}

/**
 * The names in a subject alternative name as the runtime shows it, such as `DNS:duo.test, IP Address:192.0.2.1`. Before 2.9
 * addresses are the hexadecimal digits of their bytes.
 */
export function readAlternativeNames(text: string): readonly string[] {
  return text.split(", ").map((name) => {
    const [, bytes] = /^IP Address:([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32})$/.exec(name) ?? [];
    if (bytes === undefined) return name.replace(/^(?:DNS|IP Address):/, "");
    return ipaddr.fromByteArray([...Uint8Array.fromHex(bytes)]).toString();
  }).filter((name) => name !== "");
}

/** A distinguished name in one line: `O=Duo, CN=api.example`. */
function nameOf(name: unknown): string {
  if (typeof name !== "object" || name === null) return "";
  return Object.entries(name).map(([key, value]) => `${key}=${String(value)}`).join(", ");
}
