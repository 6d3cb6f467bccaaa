/**
 * What a process costs, read from Linux's /proc: processor time and memory.
 *
 * @module
 */

/** Clock ticks a second in /proc/PID/stat: 100 on every Linux that Deno runs on. */
const ticks = 100;

/** Seconds of processor time that a process has used so far, all its threads together, in user and kernel. */
export function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The second field, the name in parentheses, may itself hold blanks. utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** Resident memory of a process, in MB of 10^6 octets. */
export function residentMegabytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return Number(match?.[1] ?? NaN) * 1_024 / 1e6;
}

/** Resident memory of a process that no file is behind, in MB of 10^6 octets: its own, whatever is in the page cache. */
export function anonymousMegabytes(pid: number): number {
  const match = /^RssAnon:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return Number(match?.[1] ?? NaN) * 1_024 / 1e6;
}

/**
 * Resident memory once it no longer changes: twice the same to half a megabyte, 500 ms apart, or after `limit` ms.
 */
export async function settledMegabytes(pid: number, limit: number): Promise<number> {
  let last = residentMegabytes(pid);
  for (const end = performance.now() + limit; performance.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = residentMegabytes(pid);
    if (Math.abs(now - last) < 0.5) return now;
    last = now;
  }
  return last;
}

/** The one in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
