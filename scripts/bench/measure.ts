/**
 * A server under load: how many requests a second, and what each costs it.
 *
 * @module
 */

import { processSecret } from "../../tests/kit/program.ts";
import { drive, type LoadRequest, type LoadResult } from "./load.ts";
import { cpuSeconds } from "./process_stats.ts";
import { count, figure, microseconds } from "./table.ts";

/** A server under load: its port and its process. */
export interface Target {
  readonly port: number;
  readonly pid: number;
}

/** What a load cost the server. */
export interface Cost {
  readonly perSecond: number;
  /** Processor seconds of the server a request, all its threads together. */
  readonly cpu: number;
  readonly result: LoadResult;
}

/** How much is asked. */
export interface Amount {
  readonly request: LoadRequest;
  readonly count: number;
  /** Requests under way at once. */
  readonly window: number;
  /** Requests before those that are measured; a fifth of `count` if it is left out. */
  readonly warmUp?: number;
}

/**
 * Measures a server that has run before: what comes first is compiled and connected by then.
 *
 * @param code code that each answer has to have.
 * @throws an error if an answer has another one.
 */
export async function measure(
  target: Target,
  { request, count, window, warmUp }: Amount,
  code: number,
): Promise<Cost> {
  const load = { port: target.port, secret: processSecret, request, window, sockets: 2 };
  const before = warmUp ?? Math.ceil(count / 5);
  if (before > 0) await drive({ ...load, count: before });
  const used = cpuSeconds(target.pid);
  const result = await drive({ ...load, count });
  const cpu = cpuSeconds(target.pid) - used;
  const expected = result.codes.get(code) ?? 0;
  if (expected < result.answered) {
    throw new Error(`${result.answered - expected} of ${result.answered} answers are others than expected`);
  }
  return { perSecond: result.answered / result.seconds, cpu: cpu / result.answered, result };
}

/** Prints what was measured. */
export function show(what: string, { perSecond, cpu, result }: Cost, remark = ""): void {
  const lost = result.lost > 0 ? `; ${result.lost} of ${result.answered + result.lost} lost` : "";
  figure(
    what,
    `${count(perSecond)} a second`,
    `${microseconds(cpu)} of the server's processor time each${lost}${remark}`,
  );
}
