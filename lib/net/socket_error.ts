/**
 * What ended a socket, in one vocabulary: the runtimes say it in several.
 *
 * @module
 */

/** What is known of the error of a socket. */
export interface SocketError {
  /** An error of the system or of TLS, or the peer closed. */
  readonly end: "error" | "cut";
  /** A code of the system or of OpenSSL's vocabulary, where it is known. */
  readonly code: string | undefined;
  /** The runtime's words. */
  readonly message: string;
  /** The peer's certificate was not accepted. */
  readonly untrusted: boolean;
}

/** The peer closed the connection before there was TLS, and the runtime has no error for it. */
export const closedEarly: SocketError = {
  end: "cut",
  code: undefined,
  message: "The connection was closed before TLS was set up",
  untrusted: false,
};

/** What an error of a socket says, the same on both runtimes as far as that can be known. */
export function describe(error: unknown): SocketError {
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

/** What 2.6 says of a handshake in words alone. */
const codesOfMessages: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/certificate expired/, "CERT_HAS_EXPIRED"],
  [/certificate not valid yet/, "CERT_NOT_YET_VALID"],
  [/not valid for name/, "ERR_TLS_CERT_ALTNAME_INVALID"],
  [/CaUsedAsEndEntity/, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  [/UnknownIssuer|BadSignature/, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  [/invalid peer certificate/, "CERT_UNTRUSTED"],
  [/InvalidContentType/, "ERR_SSL_WRONG_VERSION_NUMBER"],
];

function codeOfMessage(message: string): string | undefined {
  return codesOfMessages.find(([pattern]) => pattern.test(message))?.[1];
}
