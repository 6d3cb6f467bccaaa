/**
 * Free UDP ports, for configurations that have to name some.
 *
 * @module
 */

/** Below what systems hand out by themselves (RFC 6335 section 6), so that nobody is given the port before it is used. */
const range = { first: 20_000, last: 32_000 } as const;
const tries = 100;

/**
 * So many UDP ports of the loopback interface, no two alike, that were free a moment ago.
 *
 * @param random a number from 0 to 1, without 1.
 * @throws {Deno.errors.AddrInUse} if a hundred random ports were all taken.
 */
export function freePorts(count: number, random: () => number = Math.random): readonly number[] {
  // All stay open until the last is found, so that none is found twice.
  const open = new Map<number, Deno.DatagramConn>();
  try {
    while (open.size < count) openRandom(open, random);
    return [...open.keys()];
  } finally {
    for (const socket of open.values()) socket.close();
  }
}

function openRandom(open: Map<number, Deno.DatagramConn>, random: () => number): void {
  for (let attempt = 1;; attempt++) {
    const port = range.first + Math.floor(random() * (range.last - range.first));
    try {
      open.set(port, Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }));
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || attempt >= tries) throw error;
    }
  }
}
