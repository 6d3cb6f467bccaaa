/**
 * A tunnel through an HTTP proxy (CONNECT, RFC 9110 section 9.3.6).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { readTunnelReply } from "./http_message.ts";
import { describe } from "./socket_error.ts";

/** Why there is no tunnel. */
export type TunnelFailure =
  | { readonly kind: "aborted" }
  /** The proxy's answer was another than 2xx. */
  | { readonly kind: "refused"; readonly status: number }
  | {
    readonly kind: "failed";
    readonly end: "error" | "cut" | "malformed";
    readonly code: string | undefined;
    readonly message: string;
  };

/** A proxy's answer has no more octets than that: with 407 and 403 comes a page, of which nothing is read but the head. */
const limits = { head: 16_384, body: 0 } as const;

/**
 * Asks the proxy at the other end of a paused socket for a tunnel, and leaves it paused. It is closed if it doesn't come to
 * a tunnel.
 *
 * @param target where the tunnel is to lead, as `host:port`.
 */
export function openTunnel(
  socket: Socket,
  target: string,
  signal: AbortSignal,
): Promise<{ readonly kind: "open" } | TunnelFailure> {
  return new Promise((resolve) => {
    const reader = readTunnelReply(limits);
    const finish = (result: { readonly kind: "open" } | TunnelFailure): void => {
      // On 2.6 a socket that reads when the handshake begins takes the peer's part of it away from TLS. And one that is
      // paused and resumed in between reads twice, with the same end.
      socket.pause();
      signal.removeEventListener("abort", onAbort);
      for (const [event, listener] of listeners) socket.off(event, listener);
      if (result.kind !== "open") socket.destroy();
      resolve(result);
    };
    const judge = (): void => {
      const { state, head, problem, rest } = reader;
      if (head !== undefined && (head.status < 200 || head.status > 299)) {
        finish({ kind: "refused", status: head.status });
      } else if (state === "done" && rest.length === 0) {
        finish({ kind: "open" });
      } else if (state !== "more") {
        const cut = problem === "cut" || problem === "nothing";
        finish({
          kind: "failed",
          end: cut ? "cut" : "malformed",
          code: undefined,
          message: cut ? "The HTTP proxy closed the connection" : "The HTTP proxy's answer can't be read",
        });
      }
    };
    const onData = (octets: Uint8Array): void => {
      reader.feed(octets);
      judge();
    };
    const onEnd = (): void => {
      reader.end();
      judge();
    };
    const onError = (error: unknown): void => {
      const { end, code, message } = describe(error);
      finish({ kind: "failed", end, code, message });
    };
    const onAbort = (): void => finish({ kind: "aborted" });
    const listeners = [["data", onData], ["end", onEnd], ["close", onEnd], ["error", onError]] as const;
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("data", onData);
    socket.on("end", onEnd);
    socket.on("close", onEnd);
    socket.on("error", onError);
    socket.write(Buffer.from(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`, "latin1"));
    socket.resume();
    if (signal.aborted) onAbort();
  });
}
