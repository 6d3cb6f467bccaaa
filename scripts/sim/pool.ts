/**
 * Runs many seeds, one thread a core.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import type { Report } from "./report.ts";

/** What is run. */
export interface Batch {
  readonly seeds: readonly number[];
  readonly hours: number;
  readonly shrinks: boolean;
  readonly jobs: number;
  /** Told about each seed that is done; false ends the batch. */
  readonly done: (report: Report) => boolean;
}

/** Runs a batch. */
export async function runBatch({ seeds, hours, shrinks, jobs, done }: Batch): Promise<void> {
  const left = [...seeds];
  let goesOn = true;
  await Promise.all(Array.from({ length: Math.min(jobs, seeds.length) }, async () => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    try {
      for (let seed = left.shift(); seed !== undefined && goesOn; seed = left.shift()) {
        goesOn = done(await ask(worker, { seed, hours, shrinks })) && goesOn;
      }
    } finally {
      await worker.terminate();
    }
  }));
}

function ask(worker: Worker, message: { seed: number; hours: number; shrinks: boolean }): Promise<Report> {
  const { promise, resolve, reject } = Promise.withResolvers<Report>();
  const fail = (error: Error): void => reject(new Error(`Seed ${message.seed} throws`, { cause: error }));
  worker.once("message", resolve);
  worker.once("error", fail);
  worker.postMessage(message);
  return promise.finally(() => worker.off("error", fail));
}
