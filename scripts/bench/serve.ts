/**
 * `serve` as the bench starts it: on a port that was free a moment ago, which somebody may have taken since.
 *
 * @module
 */

import { programLine, Serve } from "../../tests/kit/program.ts";
import { twice } from "./twice.ts";

/** Milliseconds until it has to listen. */
const patience = 15_000;

/** A configuration file, and the port that it serves. */
export interface Configured {
  readonly file: string;
  readonly port: number;
}

/** A running `serve`. */
export interface Running extends Configured {
  readonly line: readonly string[];
  readonly serve: Serve;
}

/**
 * Starts `serve` and waits until it listens; a second time, with a configuration of its own, if the first didn't.
 *
 * @param configure writes a configuration with a port that is free now.
 * @throws an error with what `serve` printed on stderr if it doesn't listen the second time either.
 */
export function startServe(configure: () => Configured): Promise<Running> {
  return twice(() => startOnce(configure()));
}

/**
 * Does something with a configuration that has not been served yet; a second time, with another one, if that fails.
 *
 * @throws an error with what `serve` prints under the second configuration, beside the error itself.
 */
export async function withTwoPorts<T>(
  configure: () => Configured,
  use: (line: readonly string[], port: number) => Promise<T>,
): Promise<T> {
  let last: Configured | undefined;
  try {
    return await twice(() => {
      last = configure();
      return use(lineOf(last), last.port);
    });
  } catch (error) {
    if (last === undefined) throw error;
    // Whoever measures a start hears nothing of what is printed; started once more, it says what is wrong.
    const { serve } = await startOnce(last);
    await serve[Symbol.asyncDispose]();
    throw new Error(`serve did not start as it had to, and did now: ${serve.stderr.text.trim()}`, { cause: error });
  }
}

function lineOf({ file }: Configured): readonly string[] {
  return programLine("serve", "--config", file);
}

async function startOnce(configured: Configured): Promise<Running> {
  const line = lineOf(configured);
  const serve = new Serve(line);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it did not listen within ${patience} ms`)), patience);
  try {
    await Promise.race([serve.ready(), late.promise]);
    return { ...configured, line, serve };
  } catch (error) {
    await serve[Symbol.asyncDispose]();
    throw new Error(`serve did not start on port ${configured.port}: ${serve.stderr.text.trim()}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
