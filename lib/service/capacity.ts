/**
 * How many logins this process can have under way, found out by opening sockets: the limit of file descriptors can't be read
 * with the rights that the program has.
 *
 * @module
 */

/** Sockets that one login may need at its worst moment: its connection to Duo, and one for the look-up of Duo's name. */
const socketsPerLogin = 2;
/** Sockets for everything else: listeners, log, background calls, the probe that tells our shortage from Duo's. */
const reserve = 32;
/** More are not opened just to count them. */
const most = 10_000;

/** What was found. */
export interface Capacity {
  /** Logins under way at once. */
  readonly logins: number;
  /** True if that is what was wanted. */
  readonly sufficient: boolean;
}

/**
 * Opens as many sockets as `wanted` logins would need, closes them all, and says for how many logins they would do.
 *
 * @param open opens one socket; throws when the process has no more.
 */
export function measureCapacity(wanted: number, open: () => { close(): void }): Capacity {
  const needed = Math.min(wanted * socketsPerLogin + reserve, most);
  const sockets: { close(): void }[] = [];
  try {
    while (sockets.length < needed) sockets.push(open());
    return { logins: wanted, sufficient: true };
  } catch {
    const logins = Math.max(1, Math.floor((sockets.length - reserve) / socketsPerLogin));
    return { logins: Math.min(logins, wanted), sufficient: false };
  } finally {
    for (const socket of sockets) socket.close();
  }
}
