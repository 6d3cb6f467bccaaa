/**
 * TLS over an open connection, as its client. Who the peer is has been verified before anybody gets to write to it.
 *
 * Built on `node:tls`: `Deno.startTls` would add authorities to the usual ones where they are to replace them, and shows no
 * certificate.
 *
 * @module
 */

import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { runtimeIsAtLeast } from "../version.ts";
import { closedEarly, describe, type SocketError } from "./socket_error.ts";

/** Whose certificates are accepted: some authorities' alone, or those of the runtime's roots. */
export type Trust = SecureContext;

/**
 * Names whom to trust. On 2.6 the authorities come on top of the runtime's roots, whatever is done.
 *
 * @param caCerts PEM text with the authorities; undefined for the runtime's roots.
 * @throws if the text holds no certificate: that is a mistake of ours, and must not pass for a server that is not trusted.
 */
export function createTrust(caCerts: string | undefined): Trust {
  if (caCerts === undefined) return createSecureContext({});
  const ca = splitPem(caCerts);
  if (ca.length === 0) throw new TypeError("No authority to trust: the text holds no certificate");
  return createSecureContext({ ca });
}

/** What {@link secure} needs beside the socket. */
export interface TlsOptions {
  /** The name or address that the certificate has to be for. */
  readonly host: string;
  readonly trust: Trust;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Told that the signal has aborted a handshake that the runtime goes on with: the socket is closed when that comes to its end. */
  readonly hangs: (socket: Socket) => void;
}

/**
 * Whether a handshake can be given up. On 2.6 a socket that is destroyed in the middle of one keeps its descriptor, even after the
 * peer has closed the connection.
 */
const endsHandshakes = runtimeIsAtLeast(2, 9);

/** How a handshake ended. */
export type Secured =
  | { readonly kind: "open"; readonly socket: TLSSocket }
  | SocketError & { readonly kind: "failed" }
  /** The signal aborted. */
  | { readonly kind: "aborted" };

/**
 * Does the handshake. The connection is handed over only when the peer's certificate has been verified; else it is closed,
 * and nothing but the handshake was written.
 *
 * The socket must be paused, and this called in the turn in which it connected or in which its last octets were read:
 * on 2.6 one that is left alone or flows does no handshake.
 */
export function secure(socket: Socket, { host, trust, signal, hangs }: TlsOptions): Promise<Secured> {
  return new Promise((resolve) => {
    const tls = connect({
      socket,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      secureContext: trust,
      ALPNProtocols: ["http/1.1"],
    });
    const close = (): void => {
      tls.destroy();
      socket.destroy();
    };
    const finish = (result: Secured): void => {
      signal.removeEventListener("abort", onAbort);
      tls.off("error", onError);
      tls.off("close", onClose);
      tls.off("secureConnect", onSecure);
      if (result.kind !== "open") {
        // Later errors are of no interest, but one without a listener would end the process.
        tls.on("error", () => {});
        if (result.kind !== "aborted" || endsHandshakes) close();
        else {
          for (const event of ["secureConnect", "error", "close"]) tls.once(event, close);
          hangs(socket);
        }
      }
      resolve(result);
    };
    const onAbort = (): void => finish({ kind: "aborted" });
    const onError = (error: unknown): void => finish({ kind: "failed", ...describe(error) });
    const onClose = (): void => finish({ kind: "failed", ...closedEarly });
    const onSecure = (): void => {
      // On 2.6 this comes after a failed check too, without a certificate; the error comes when the socket is read.
      if (tls.authorized && hasCertificate(tls)) finish({ kind: "open", socket: tls });
      else tls.on("data", onClose);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    tls.on("error", onError);
    tls.on("close", onClose);
    tls.once("secureConnect", onSecure);
    if (signal.aborted) onAbort();
  });
}

function hasCertificate(socket: TLSSocket): boolean {
  const certificate: unknown = socket.getPeerCertificate();
  return typeof certificate === "object" && certificate !== null && "subject" in certificate;
}

/** One PEM text into its certificates: the runtime reads only the first of a text. */
export function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
