/**
 * What a login's two POSTs to Duo cost: over our own way (lib/net), and over undici beside it.
 *
 * Both send the same over kept TLS connections to the same server, each from a process of its own, in turns, so that whatever
 * else this machine does meets both.
 *
 * @module
 */

import { figure, heading, microseconds } from "./table.ts";

/** Runs of each. The lowest of each counts: whatever else runs here makes the processor's caches cold, and adds. */
const rounds = 3;

const script = new URL("posts_process.ts", import.meta.url).pathname;

/** Prints the comparison. */
export async function showTwoPosts(): Promise<void> {
  heading("Two POSTs over TLS, as a login sends them: processor time of the client's process");
  await using server = await startServer();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await run("ours", server.place));
    theirs.push(await run("undici", server.place));
  }
  const runs = (costs: readonly number[]): string => `${rounds} runs: ${costs.map(microseconds).join(", ")}`;
  figure("our own way (lib/net)", microseconds(Math.min(...ours)), runs(ours));
  figure("undici", microseconds(Math.min(...theirs)), runs(theirs));
  figure(
    "our own way / undici",
    `${(Math.min(...ours) / Math.min(...theirs)).toFixed(2)} times`,
    "the aim: at most 0.6",
  );
}

/** Starts the server; `place` is the line that says where it is. */
async function startServer(): Promise<AsyncDisposable & { readonly place: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", script, "server"],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let place = "";
  const reader = child.stdout.getReader();
  while (!place.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("The server of the bench did not start");
    place += decoder.decode(value, { stream: true });
  }
  return {
    place,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await reader.cancel();
      await child.status;
    },
  };
}

/** Seconds a pair. */
async function run(client: "ours" | "undici", place: string): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", script, client],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(place));
  await writer.close();
  const { code, stdout } = await child.output();
  if (code !== 0) throw new Error(`The bench of ${client} ended with ${code}`);
  return Number(new TextDecoder().decode(stdout));
}
