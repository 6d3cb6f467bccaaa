/**
 * Runs seeds in a thread of its own.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";
import { runSeed } from "./report.ts";

parentPort?.on("message", ({ seed, hours, shrinks }: { seed: number; hours: number; shrinks: boolean }) => {
  void runSeed(seed, hours, shrinks).then((report) => parentPort?.postMessage(report));
});
