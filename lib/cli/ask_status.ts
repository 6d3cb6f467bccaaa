/**
 * The status port's client.
 *
 * `fetch` would ask the outbound proxy of the environment, and refuses some ports: a connection of our own does neither.
 *
 * @module
 */

import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { authority } from "../net/authority.ts";
import type { ReplyHead } from "../net/http_head.ts";
import { type MessageLimits, type MessageReader, readReply } from "../net/http_message.ts";
import { type StatusDocument, statusDocument } from "../service/status.ts";

/** What came of asking. */
export type StatusAnswer =
  | { readonly kind: "answered"; readonly status: StatusDocument }
  /** `problem` is a sentence without final period. */
  | { readonly kind: "failed"; readonly problem: string };

/** How long a proxy may take to answer, in ms. */
const answerLimit = 5_000;

/** An answer with a thousand sections has some hundred thousand bytes. */
const limits: MessageLimits = { head: 8 * 1024, body: 16 * 1024 * 1024 };

/** Asks for `/status`. Never rejects. */
export async function askStatus(
  address: { readonly hostname: string; readonly port: number },
  clock: Clock,
): Promise<StatusAnswer> {
  const where = authority(address);
  let answer: MessageReader<ReplyHead> | undefined;
  try {
    answer = await get(address, `GET /status HTTP/1.1\r\nHost: ${where}\r\nConnection: close\r\n\r\n`, clock);
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) {
      return { kind: "failed", problem: `No proxy is running: nothing listens at ${where}` };
    }
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "failed", problem: `The status port ${where} can't be asked: ${reason}` };
  }
  if (answer === undefined) {
    return { kind: "failed", problem: `What listens at ${where} did not answer within ${answerLimit / 1_000} s` };
  }
  const status = readAnswer(answer);
  if (status !== undefined) return { kind: "answered", status };
  return { kind: "failed", problem: `What answers at ${where} is not the status port of this version of duoproxy` };
}

/** Sends a request and reads what comes; undefined if that takes too long. */
async function get(
  address: { readonly hostname: string; readonly port: number },
  request: string,
  clock: Clock,
): Promise<MessageReader<ReplyHead> | undefined> {
  const timeUp = new AbortController();
  const cancel = clock.after(answerLimit, () => timeUp.abort());
  let connection: Deno.TcpConn | undefined;
  try {
    connection = await Deno.connect({ ...address, signal: timeUp.signal });
    const open = connection;
    timeUp.signal.addEventListener("abort", () => close(open), { once: true });
    const bytes = new TextEncoder().encode(request);
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await open.write(rest));
    return await readAll(open);
  } catch (error) {
    if (timeUp.signal.aborted) return undefined;
    throw error;
  } finally {
    cancel();
    if (connection !== undefined) close(connection);
  }
}

async function readAll(connection: Deno.TcpConn): Promise<MessageReader<ReplyHead>> {
  const reader = readReply(limits);
  const buffer = new Uint8Array(64 * 1024);
  while (reader.state === "more") {
    const count = await connection.read(buffer);
    if (count === null) reader.end();
    else reader.feed(buffer.slice(0, count));
  }
  return reader;
}

/** The document in an answer; undefined if it isn't one. */
function readAnswer({ state, head, body }: MessageReader<ReplyHead>): StatusDocument | undefined {
  if (state !== "done" || head?.status !== 200) return undefined;
  try {
    const parsed = v.safeParse(statusDocument, JSON.parse(new TextDecoder().decode(body)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
