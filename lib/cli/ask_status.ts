/**
 * The status port's client.
 *
 * `fetch` would ask the outbound proxy of the environment, and refuses some ports: a connection of our own does neither.
 *
 * @module
 */

import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { type StatusDocument, statusDocument } from "../service/status.ts";
import { showAddress } from "../service/status_server.ts";

/** What came of asking. */
export type StatusAnswer =
  | { readonly kind: "answered"; readonly status: StatusDocument }
  /** `problem` is a sentence without final period. */
  | { readonly kind: "failed"; readonly problem: string };

/** How long a proxy may take to answer, in ms. */
const answerLimit = 5_000;

/** Octets of an answer: with a thousand sections it has some hundred thousand. */
const sizeLimit = 16 * 1024 * 1024;

/** Asks for `/status`. Never rejects. */
export async function askStatus(
  address: { readonly hostname: string; readonly port: number },
  clock: Clock,
): Promise<StatusAnswer> {
  const where = showAddress(address);
  let text: string | undefined;
  try {
    text = await get(address, `GET /status HTTP/1.1\r\nHost: ${where}\r\nConnection: close\r\n\r\n`, clock);
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) {
      return { kind: "failed", problem: `No proxy is running: nothing listens at ${where}` };
    }
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "failed", problem: `The status port ${where} can't be asked: ${reason}` };
  }
  if (text === undefined) {
    return { kind: "failed", problem: `What listens at ${where} did not answer within ${answerLimit / 1_000} s` };
  }
  const status = readAnswer(text);
  if (status !== undefined) return { kind: "answered", status };
  return { kind: "failed", problem: `What answers at ${where} is not the status port of this version of duoproxy` };
}

/** Sends a request and reads to the end of the connection; undefined if that takes too long. */
async function get(
  address: { readonly hostname: string; readonly port: number },
  request: string,
  clock: Clock,
): Promise<string | undefined> {
  const timeUp = new AbortController();
  const cancel = clock.after(answerLimit, () => timeUp.abort());
  let connection: Deno.TcpConn | undefined;
  try {
    connection = await Deno.connect({ ...address, signal: timeUp.signal });
    const open = connection;
    timeUp.signal.addEventListener("abort", () => close(open), { once: true });
    const octets = new TextEncoder().encode(request);
    for (let rest = octets; rest.length > 0;) rest = rest.subarray(await open.write(rest));
    return await readToEnd(open);
  } catch (error) {
    if (timeUp.signal.aborted) return undefined;
    throw error;
  } finally {
    cancel();
    if (connection !== undefined) close(connection);
  }
}

async function readToEnd(connection: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (let size = 0; size < sizeLimit;) {
    const count = await connection.read(buffer);
    if (count === null) break;
    size += count;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text + decoder.decode();
}

/** The document in an answer of our own server, which sends neither chunks nor codings; undefined if it isn't one. */
function readAnswer(answer: string): StatusDocument | undefined {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0 || !/^HTTP\/1\.1 200 /.test(answer)) return undefined;
  try {
    const parsed = v.safeParse(statusDocument, JSON.parse(answer.slice(end + 4)));
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
