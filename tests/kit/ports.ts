/**
 * Free ports, for configurations that have to name one.
 *
 * @module
 */

import { freePorts } from "../../lib/cli/demo/free_port.ts";

/** TCP ports below what systems hand out by themselves (RFC 6335 section 6), and apart from the UDP ports. */
const tcpRange = { first: 10_000, last: 19_000 } as const;

/** What was given out: a port may be asked for long before it is opened. */
const given = new Set<number>();

/**
 * The same of all test files of one run, which know nothing of each other: an empty file a port, in the folder that
 * `scripts/test.ts` made for it.
 */
const claims = Deno.env.get("DUOPROXY_TEST_PORTS");

/** A UDP port of the loopback interface that was free a moment ago, and that no other test of this run has been given. */
export function freePort(): number {
  return giveNew(() => {
    const [port] = freePorts(1);
    if (port === undefined) throw new Error("No port was found");
    return port;
  });
}

/** The same for TCP. */
export function freeTcpPort(): number {
  return giveNew(() => {
    for (;;) {
      const port = tcpRange.first + Math.floor(Math.random() * (tcpRange.last - tcpRange.first));
      try {
        Deno.listen({ hostname: "127.0.0.1", port }).close();
        return port;
      } catch (error) {
        if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      }
    }
  });
}

function giveNew(find: () => number): number {
  for (;;) {
    const port = find();
    if (given.has(port) || !claim(port)) continue;
    given.add(port);
    return port;
  }
}

/** False if another test file has it. */
function claim(port: number): boolean {
  if (claims === undefined) return true;
  try {
    Deno.openSync(`${claims}/${port}`, { write: true, createNew: true }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}
