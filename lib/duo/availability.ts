/**
 * Whose fault a call's failure is: Duo's (or the way there), ours, or nobody can tell.
 *
 * `failmode=safe` may let a user in only when Duo is out. A thief who could make *us* fail (by using up our descriptors or our
 * processor) must not get in that way, so everything that may be our own shortage is told apart here.
 *
 * @module
 */

import type { HttpFailure } from "../net/http_client.ts";

/**
 * In what way Duo failed. `timeout` is silence, `network` a connection that was cut or could not be had, `untrusted` a
 * certificate that was not accepted.
 */
export type UnavailableCause =
  | "dns"
  | "refused"
  | "timeout"
  | "tls"
  | "untrusted"
  | "network"
  | "proxy"
  | "server-error"
  | "malformed";

/** A call failed as it does when Duo is out. Whether it is takes a second witness: see `outage.ts`. */
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

/** The call took too long, and that may be our own doing: it says nothing about Duo. */
export interface Delayed {
  readonly kind: "delayed";
  readonly detail: string;
}

/** What {@link judge} needs to know beside the failure. */
export interface Judgement {
  /**
   * Whether this process can still open sockets. With descriptors used up the runtime reports "host not found" or "connection
   * refused", so such an error is believed only while it can.
   */
  readonly canOpenSockets: () => boolean;
  /**
   * A call that ended by a time limit says something only if it was under way for so long, in ms, without the time in which
   * this process stood still.
   */
  readonly leastWait: number;
}

/** A longer lag of the event loop, in ms, means that this process stood still while it waited. */
const notableLag = 250;

/** Codes of the operating system that say that this process or this machine has run out of something. */
const ourShortage: ReadonlySet<string> = new Set([
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EADDRNOTAVAIL",
  "EAGAIN",
]);

const dns: ReadonlySet<string> = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EAI_NODATA",
  "EAI_NONAME",
  "ESERVFAIL",
  "ETIMEOUT",
]);
const network: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "EACCES",
  "EPERM",
]);
/** Errors that only say that time went by, which may have been ours. */
const slow: ReadonlySet<string> = new Set(["EAI_AGAIN", "ETIMEOUT", "ETIMEDOUT"]);
/** Errors in how the runtime was called; those of TLS have names of the same kind. */
const ourMistake = /^ERR_(?!SSL_|TLS_|OSSL_)/;

/** Judges how a call ended. What nobody has thought of counts as ours: it rejects. */
export function judge(
  failure: HttpFailure,
  { canOpenSockets, leastWait }: Judgement,
): Unavailable | Overloaded | Delayed {
  const { stage, end, code, lag, lagInAll, underWay } = failure;
  if (code !== undefined && ourShortage.has(code)) {
    return { kind: "overloaded", detail: `Cannot open a connection to Duo: ${code}` };
  }
  const judged = name(failure);
  if (judged === undefined) {
    return { kind: "overloaded", detail: `A call to Duo failed in an unexpected way${code ? `: ${code}` : ""}` };
  }
  if (end === "time" && stage === "queue") {
    return { kind: "delayed", detail: "No connection to Duo could be begun in time: too many were being opened" };
  }
  if ((end === "time" || end === "cut" || (code !== undefined && slow.has(code))) && lag > notableLag) {
    return { kind: "delayed", detail: `This process stood still for ${Math.round(lag)} ms while it waited for Duo` };
  }
  // Many short lags are as bad as a long one: on a starved processor each step of a call has to wait for its turn.
  const had = underWay - lagInAll;
  if (end === "time" && (had < leastWait || stage === "write")) {
    return { kind: "delayed", detail: `Duo had only ${Math.round(had)} ms to answer` };
  }
  if ((end === "error" || stage === "look-up" || stage === "connect") && !canOpenSockets()) {
    return {
      kind: "overloaded",
      detail: `No more sockets can be opened, so "${code ?? judged.detail}" is not believed`,
    };
  }
  return { kind: "unavailable", ...judged, ...(code === undefined ? {} : { code }) };
}

/** The failure in words, as far as it is one that Duo or the way there may have caused. */
function name(
  { stage, end, code, underWay, untrusted, tunnelStatus }: HttpFailure,
): Pick<Unavailable, "cause" | "detail"> | undefined {
  if (end === "error" && code !== undefined && ourMistake.test(code)) return undefined;
  const told = code === undefined ? "" : ` (${code})`;
  const seconds = `${(underWay / 1_000).toFixed(1)} s`;
  if (untrusted) return { cause: "untrusted", detail: `Duo's certificate is not trusted${told}` };
  switch (end) {
    case "time":
      return { cause: "timeout", detail: `${silences[stage]} within ${seconds}` };
    case "cut":
      return { cause: "network", detail: `${cuts[stage]}${told}` };
    case "malformed":
      return stage === "tunnel"
        ? { cause: "proxy", detail: "The HTTP proxy's answer is no HTTP" }
        : { cause: "malformed", detail: "The answer is no HTTP" };
    case "tunnel-refused":
      return {
        cause: "proxy",
        detail: tunnelStatus === 407
          ? "The HTTP proxy asks for a user name and password (407), which it must not do for this host"
          : `The HTTP proxy refused the connection to Duo (${tunnelStatus})`,
      };
    case "error":
      if (stage === "handshake") return { cause: "tls", detail: `TLS with Duo could not be set up${told}` };
      if (code === undefined || stage === "queue") return undefined;
      if (dns.has(code)) return { cause: "dns", detail: `The host's name could not be looked up${told}` };
      if (!network.has(code)) return undefined;
      return code === "ECONNREFUSED"
        ? { cause: "refused", detail: `The connection was refused${told}` }
        : { cause: "network", detail: `The network failed${told}` };
  }
}

const silences: Readonly<Record<HttpFailure["stage"], string>> = {
  "queue": "No connection was begun",
  "look-up": "No answer to the look-up of the host's name",
  "connect": "No connection",
  "tunnel": "No answer of the HTTP proxy",
  "handshake": "No TLS handshake",
  "write": "The request could not be written",
  "reply": "No answer",
};

const cuts: Readonly<Record<HttpFailure["stage"], string>> = {
  "queue": "The connection was cut",
  "look-up": "The connection was cut",
  "connect": "The connection was cut while it was set up",
  "tunnel": "The HTTP proxy cut the connection",
  "handshake": "The connection was cut during the TLS handshake",
  "write": "The connection was cut while the request was written",
  "reply": "The connection was cut before the whole answer had come",
};

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
