/**
 * How many logins this process can have under way, found out by using descriptors up: their limit can't be read with the
 * rights that the program has.
 *
 * @module
 */

/** Descriptors that one login may need at its worst moment: its connection to Duo, and one for the look-up of Duo's name. */
const descriptorsPerLogin = 2;
/** Descriptors for everything else: listeners, log, background calls, the probe that tells our shortage from Duo's. */
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
 * Takes one descriptor and nothing else: a socket would take a port too, and thousands of ports are missed by other programs.
 * What is opened is the program's own file, which is there on every system and needs no right beside reading.
 */
export function openDescriptor(): { close(): void } {
  return Deno.openSync(Deno.execPath(), { read: true });
}

/**
 * Takes as many descriptors as `wanted` logins would need, gives them all back, and says for how many logins they would do.
 *
 * @param open takes one descriptor, and throws when the process has no more.
 */
export function measureCapacity(wanted: number, open: () => { close(): void }): Capacity {
  const needed = Math.min(wanted * descriptorsPerLogin + reserve, most);
  const taken: { close(): void }[] = [];
  try {
    while (taken.length < needed) taken.push(open());
    return { logins: wanted, sufficient: true };
  } catch (error) {
    // An executable that its own user may not read says nothing about descriptors.
    if (!isShortage(error)) return { logins: wanted, sufficient: true };
    const logins = Math.max(1, Math.floor((taken.length - reserve) / descriptorsPerLogin));
    return { logins: Math.min(logins, wanted), sufficient: false };
  } finally {
    for (const descriptor of taken) descriptor.close();
  }
}

function isShortage(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
}
