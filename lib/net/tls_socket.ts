/**
 * Opens TCP connections, and TLS over them. Who the peer is has been verified before anybody gets to write to it.
 *
 * Built on `node:net` and `node:tls`: `Deno.connectTls` would add authorities to the usual ones where they are to replace
 * them. Every wait ends when its signal aborts, and then nothing is left open.
 *
 * @module
 */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";

/** How far the opening of a connection was. */
export type OpeningStage = "look-up" | "connect" | "handshake";

/** Why there is no connection. */
export interface OpeningFailure {
  readonly kind: "failed";
  readonly stage: OpeningStage;
  /** An error of the system or of TLS, or the peer closed. */
  readonly end: "error" | "cut";
  /** A code of the system or of OpenSSL's vocabulary, where it is known. */
  readonly code: string | undefined;
  /** The runtime's words. */
  readonly message: string;
  /** The peer's certificate was not accepted. */
  readonly untrusted: boolean;
}

/** The signal aborted, and everything is closed. */
export interface OpeningAborted {
  readonly kind: "aborted";
}

/** What {@link openTcp} needs beside the address. */
export interface TcpOptions {
  readonly signal: AbortSignal;
  /** Told about the socket before anything happens to it. */
  readonly opened?: (socket: Socket) => void;
  /** Told what is waited for; there is no look-up of an address. */
  readonly entered?: (stage: "look-up" | "connect") => void;
}

/**
 * Opens a TCP connection without Nagle's delay.
 *
 * @param host a name or an address, IPv6 without brackets.
 */
export function openTcp(
  host: string,
  port: number,
  { signal, opened, entered }: TcpOptions,
): Promise<{ readonly kind: "open"; readonly socket: Socket } | OpeningFailure | OpeningAborted> {
  if (signal.aborted) return Promise.resolve({ kind: "aborted" });
  const socket = connectTcp({ host, port });
  // Before the connection is there: on 2.6 it has no effect afterwards.
  socket.setNoDelay(true);
  opened?.(socket);
  let stage: OpeningStage = "connect";
  const enter = (next: "look-up" | "connect"): void => {
    stage = next;
    entered?.(next);
  };
  enter(isIP(host) === 0 ? "look-up" : "connect");
  socket.once("lookup", (error: Error | null) => {
    if (!error) enter("connect");
  });
  return settle(socket, [socket], signal, (resolve) => {
    socket.once("connect", () => resolve({ kind: "open", socket }));
  }, () => stage);
}

/** Whose certificates are accepted: these authorities alone, or the runtime's roots. */
export type Trust = SecureContext;

/** @param caCerts PEM text with the authorities; undefined for the runtime's roots. */
export function createTrust(caCerts: string | undefined): Trust {
  return createSecureContext(caCerts === undefined ? {} : { ca: splitPem(caCerts) });
}

/** What {@link secure} needs beside the socket. */
export interface TlsOptions {
  /** The name or address that the certificate has to be for. */
  readonly host: string;
  readonly trust: Trust;
  readonly signal: AbortSignal;
}

/**
 * Does the handshake on an open socket, as its client. The connection is handed over only when the peer's certificate has
 * been verified; else the socket is closed, and nothing but the handshake was written.
 *
 * Must be called in the turn in which the socket connected, or in which its last octets were read with `once("data")`:
 * on 2.6 a socket that was left alone is found closed.
 */
export function secure(
  socket: Socket,
  { host, trust, signal }: TlsOptions,
): Promise<{ readonly kind: "open"; readonly socket: TLSSocket } | OpeningFailure | OpeningAborted> {
  if (signal.aborted) {
    socket.destroy();
    return Promise.resolve({ kind: "aborted" });
  }
  const tls = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: trust,
    ALPNProtocols: ["http/1.1"],
  });
  return settle(tls, [tls, socket], signal, (resolve) => {
    tls.once("secureConnect", () => {
      // On 2.6 this comes after a failed check too, and the error only when the socket is read: without a certificate
      // wait for it.
      if (tls.authorized && hasCertificate(tls)) resolve({ kind: "open", socket: tls });
      else tls.on("data", () => tls.destroy());
    });
  }, () => "handshake");
}

function hasCertificate(socket: TLSSocket): boolean {
  const certificate: unknown = socket.getPeerCertificate();
  return typeof certificate === "object" && certificate !== null && "subject" in certificate;
}

/** Waits for a socket to get ready; whatever happens first settles it. Unless it got ready, everything is closed. */
function settle<Open extends { readonly kind: "open" }>(
  socket: Socket,
  all: readonly Socket[],
  signal: AbortSignal,
  begin: (resolve: (open: Open) => void) => void,
  stage: () => OpeningStage,
): Promise<Open | OpeningFailure | OpeningAborted> {
  return new Promise((resolve) => {
    const finish = (result: Open | OpeningFailure | OpeningAborted): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      socket.off("close", onClose);
      // What comes later is of no interest, but an error without a listener would end the process.
      socket.on("error", ignore);
      if (result.kind !== "open") { for (const each of all) each.destroy(); }
      resolve(result);
    };
    const onAbort = (): void => finish({ kind: "aborted" });
    const onError = (error: unknown): void => finish({ kind: "failed", stage: stage(), ...describe(error) });
    const onClose = (): void =>
      finish({
        kind: "failed",
        stage: stage(),
        end: "cut",
        code: undefined,
        message: "The connection was closed",
        untrusted: false,
      });
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", onError);
    socket.on("close", onClose);
    begin(finish);
  });
}

function ignore(): void {}

/** What an error of a socket says, the same on both runtimes as far as that can be known. */
export function describe(error: unknown): Pick<OpeningFailure, "end" | "code" | "message" | "untrusted"> {
  // A name with several addresses fails with all of their errors.
  const first: unknown = error instanceof AggregateError ? error.errors[0] ?? error : error;
  const message = first instanceof Error ? first.message : String(first);
  const code = codeOf(first) ?? codeOfMessage(message);
  const cut = code !== undefined && cuts.has(code);
  return { end: cut ? "cut" : "error", code, message, untrusted: code !== undefined && untrusting.test(code) };
}

/** The peer closed the connection, in one way or another. */
const cuts: ReadonlySet<string> = new Set(["ECONNRESET", "ECONNABORTED", "EPIPE"]);

/** Verdicts on a certificate, in OpenSSL's and Node's vocabulary. */
const untrusting =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERR_TLS_CERT_)/;

/** The runtime's own errors, which have a name and no code. */
const codesOfNames: Readonly<Record<string, string>> = {
  AddrNotAvailable: "EADDRNOTAVAIL",
  BrokenPipe: "EPIPE",
  ConnectionAborted: "ECONNABORTED",
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  NetworkUnreachable: "ENETUNREACH",
  NotConnected: "ECONNRESET",
  TimedOut: "ETIMEDOUT",
  UnexpectedEof: "ECONNRESET",
};

function codeOf(error: unknown): string | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; current = current.cause, depth++) {
    if ("code" in current && typeof current.code === "string" && current.code !== "UNKNOWN") return current.code;
    const named = codesOfNames[current.name];
    if (named !== undefined) return named;
  }
  return undefined;
}

/** What 2.6 says of a certificate in words alone. */
const codesOfMessages: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/certificate expired/, "CERT_HAS_EXPIRED"],
  [/certificate not valid yet/, "CERT_NOT_YET_VALID"],
  [/not valid for name/, "ERR_TLS_CERT_ALTNAME_INVALID"],
  [/CaUsedAsEndEntity/, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  [/UnknownIssuer|BadSignature/, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  [/invalid peer certificate/, "CERT_UNTRUSTED"],
];

function codeOfMessage(message: string): string | undefined {
  return codesOfMessages.find(([pattern]) => pattern.test(message))?.[1];
}

/** One PEM text into its certificates: the runtime reads only the first of a text. */
export function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
