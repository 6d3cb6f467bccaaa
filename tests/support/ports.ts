/**
 * Free ports, for configurations that have to name one.
 *
 * @module
 */

export { freePort } from "../../lib/cli/demo/free_port.ts";

/** Below what systems hand out by themselves (RFC 6335 section 6), and apart from the UDP ports of `freePort`. */
const range = { first: 10_000, last: 19_000 } as const;
const tries = 100;

/**
 * A TCP port of the loopback interface that was free a moment ago.
 *
 * @throws {Deno.errors.AddrInUse} if a hundred random ports were all taken.
 */
export function freeTcpPort(): number {
  for (let attempt = 1;; attempt++) {
    const port = range.first + Math.floor(Math.random() * (range.last - range.first));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || attempt >= tries) throw error;
    }
  }
}
