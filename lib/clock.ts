/**
 * Time as a parameter: everything that waits, expires or measures takes a `Clock`, so that tests run without sleeping.
 *
 * @module
 */

/** A source of time and of timers. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin: for durations and deadlines. */
  now(): number;
  /** Milliseconds since the Unix epoch by this machine's clock: for dates that others read. */
  wallNow(): number;
  /**
   * Calls `action` once after `delay` milliseconds.
   *
   * @returns a function that cancels the timer; calling it late or twice does nothing.
   */
  after(delay: number, action: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after: (delay, action) => {
    const timer = setTimeout(action, Math.max(0, delay));
    return () => clearTimeout(timer);
  },
};

/**
 * Waits `delay` milliseconds, or until `signal` aborts, whichever comes first.
 *
 * @returns true if the whole time has passed, false if the signal cut it short.
 */
export function sleep(clock: Clock, delay: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = (): void => {
      cancel();
      resolve(false);
    };
    const cancel = clock.after(delay, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve(true);
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
