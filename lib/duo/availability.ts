/**
 * Whose fault a failure is: Duo's (or the way there), or our own.
 *
 * `failmode=safe` may let a user in only when Duo cannot be reached. A thief who could make *us* fail (by using up our
 * descriptors, say) must not get in that way, so everything that may be our own shortage is told apart here.
 *
 * @module
 */

/** Why Duo counts as unavailable. `timeout` is silence: nothing refused, nothing came. */
export type UnavailableCause =
  | "dns"
  | "refused"
  | "timeout"
  | "tls"
  | "network"
  | "proxy"
  | "server-error"
  | "malformed";

/** Duo could not be reached or did not answer sensibly: the section's failmode decides, where it may. */
export interface Unavailable {
  readonly kind: "unavailable";
  readonly cause: UnavailableCause;
  /** For the log: what happened, without anything that came from a user. */
  readonly detail: string;
  /** A named code of the runtime or of OpenSSL's vocabulary, such as `CERT_HAS_EXPIRED`, if there was one. */
  readonly code?: string;
}

/** We ran short of something: a reject whatever the failmode. */
export interface Overloaded {
  readonly kind: "overloaded";
  readonly detail: string;
}

/** Codes of the operating system that say that this process or this machine has run out of something. */
const ourShortage = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EAGAIN"]);

/** Codes of undici that mean that we used it wrongly or have closed it. */
const ourMistake = new Set([
  "UND_ERR_INVALID_ARG",
  "UND_ERR_INVALID_RETURN_VALUE",
  "UND_ERR_NOT_SUPPORTED",
  "UND_ERR_DESTROYED",
  "UND_ERR_CLOSED",
  "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH",
]);

const dns = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME", "ESERVFAIL", "ETIMEOUT"]);
const timeouts = new Set(["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);
const network = new Set([
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "EACCES",
  "EPERM",
  "UND_ERR_SOCKET",
]);
const malformed = /^(HPE_|UND_ERR_RES_|UND_ERR_RESPONSE|UND_ERR_HEADERS_OVERFLOW)/;
const tls =
  /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|UNKNOWN$|EPROTO$)/;

/** The proxy that we reach Duo through did not open the tunnel. */
export class TunnelRefusedError extends Error {
  override readonly name = "TunnelRefusedError";
  /** @param status the HTTP status that the proxy answered CONNECT with. */
  constructor(readonly status: number) {
    super(
      status === 407
        ? "The HTTP proxy asks for a user name and password (407), which it must not do for this host"
        : `The HTTP proxy refused the connection to Duo (${status})`,
    );
  }
}

/**
 * Judges an error that a request to Duo ended in. Unknown errors count as ours: they reject.
 *
 * @param canOpenSockets whether this process can still open sockets. With descriptors used up the runtime reports
 *   "host not found" or "connection refused", so such an error is believed only while it can.
 */
export function judge(error: unknown, canOpenSockets: () => boolean): Unavailable | Overloaded {
  const errors = error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error];
  const codes = errors.map(codeOf);
  const short = codes.find((code) => code !== undefined && ourShortage.has(code));
  if (short !== undefined) return { kind: "overloaded", detail: `Cannot open a connection to Duo: ${short}` };

  const first = errors[0];
  const code = codes[0];
  if (first instanceof TunnelRefusedError) return { kind: "unavailable", cause: "proxy", detail: first.message };
  const cause = causeOf(code);
  if (cause === undefined) {
    const name = first instanceof Error ? first.name : typeof first;
    return { kind: "overloaded", detail: `Unexpected failure of a request to Duo: ${name}${code ? ` ${code}` : ""}` };
  }
  if ((cause === "dns" || cause === "refused" || cause === "network" || cause === "tls") && !canOpenSockets()) {
    return { kind: "overloaded", detail: `No more sockets can be opened, so "${code}" is not believed` };
  }
  const message = first instanceof Error ? first.message : String(first);
  return { kind: "unavailable", cause, detail: message, ...(code === undefined ? {} : { code }) };
}

/** Errors of the runtime and of undici's parser that have a name and not always a code. */
const codeOfName: Readonly<Record<string, string | undefined>> = {
  HTTPParserError: "HPE_INVALID",
  UnexpectedEof: "ECONNRESET",
  ConnectionReset: "ECONNRESET",
  ConnectionAborted: "ECONNABORTED",
  ConnectionRefused: "ECONNREFUSED",
  BrokenPipe: "EPIPE",
  NotConnected: "ECONNRESET",
  TimedOut: "ETIMEDOUT",
  NetworkUnreachable: "ENETUNREACH",
  AddrNotAvailable: "EADDRNOTAVAIL",
};

/** The code of an error or of what caused it. */
function codeOf(error: unknown): string | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; current = current.cause, depth++) {
    if ("code" in current && typeof current.code === "string") return current.code;
    const named = codeOfName[current.name];
    if (named !== undefined) return named;
  }
  return undefined;
}

function causeOf(code: string | undefined): UnavailableCause | undefined {
  if (code === undefined || ourMistake.has(code)) return undefined;
  if (dns.has(code)) return "dns";
  if (code === "ECONNREFUSED") return "refused";
  if (timeouts.has(code)) return "timeout";
  if (network.has(code)) return "network";
  if (malformed.test(code)) return "malformed";
  if (tls.test(code)) return "tls";
  return undefined;
}

/**
 * Tells whether this process can still open sockets, by opening a few. Once it could not, it stays "no" for ten seconds:
 * by the time an error is judged the shortage that caused it may just have passed.
 *
 * @param open opens one socket and throws if that is impossible.
 * @param now monotonic milliseconds.
 */
export function socketProbe(open: () => { close(): void }, now: () => number): () => boolean {
  const memory = 10_000;
  let shortUntil = -Infinity;
  return () => {
    const sockets: { close(): void }[] = [];
    try {
      for (let count = 0; count < 4; count++) sockets.push(open());
    } catch {
      shortUntil = now() + memory;
    } finally {
      for (const socket of sockets) socket.close();
    }
    return now() >= shortUntil;
  };
}

/**
 * Remembers how many logins in a row found Duo silent. From the third on nobody else waits: the failmode decides at once,
 * until {@link SilenceMonitor.heard} is called, by a probe or by any login that was already under way.
 */
export class SilenceMonitor {
  #inARow = 0;

  /** True while logins need not wait for Duo. */
  get silent(): boolean {
    return this.#inARow >= 3;
  }

  /** A login waited for Duo and nothing came. Returns true if that made the monitor decide that Duo is silent. */
  waitedInVain(): boolean {
    return ++this.#inARow === 3;
  }

  /** Duo answered something, whatever it was. */
  heard(): void {
    this.#inARow = 0;
  }
}
