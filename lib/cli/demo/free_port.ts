/**
 * A free UDP port, for configurations that have to name one.
 *
 * @module
 */

/** Below what systems hand out by themselves (RFC 6335 section 6), so that nobody is given the port before it is used. */
const range = { first: 20_000, last: 32_000 } as const;
const tries = 100;

/**
 * A UDP port of the loopback interface that was free a moment ago.
 *
 * @throws {Deno.errors.AddrInUse} if a hundred random ports were all taken.
 */
export function freePort(): number {
  for (let attempt = 1;; attempt++) {
    const port = range.first + Math.floor(Math.random() * (range.last - range.first));
    try {
      Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || attempt >= tries) throw error;
    }
  }
}
