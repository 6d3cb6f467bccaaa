/**
 * What each kind of fault does to a call.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import type { OpenCall } from "./calls.ts";
import type { FaultAction } from "./faults.ts";
import { encodeReply, type HttpReply, textReply } from "./http_message.ts";
import type { HttpOutcome } from "./http_server.ts";
import { envelope, httpStatus, type Reply } from "./reply.ts";

/** The call that a fault is done to. */
export interface FaultyCall {
  /** Does what was asked for. */
  readonly carryOut: () => Reply | Promise<Reply>;
  /** Its entry in the transcript: what is sent is noted there. */
  readonly call: OpenCall;
  readonly clock: Clock;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** Does what a fault asks for, or without one what was asked for. */
export async function act(
  fault: FaultAction | undefined,
  { carryOut, call, clock, signal }: FaultyCall,
): Promise<HttpOutcome> {
  const plain = async (): Promise<HttpReply> => {
    const reply = await carryOut();
    if (reply.kind === "fail") call.code = reply.code;
    const http = toHttp(reply);
    call.status = http.status;
    return http;
  };
  const fixed = (reply: HttpReply): HttpOutcome => {
    call.status = reply.status;
    return { kind: "reply", reply };
  };
  switch (fault?.kind) {
    case undefined:
    case "delay":
    case "skew":
    case "cut-before-read":
      return { kind: "reply", reply: await plain() };
    case "status": {
      const { reply, code } = statusReply(fault);
      call.code = typeof code === "number" ? code : undefined;
      return fixed(reply);
    }
    case "cut-after-read":
      // Begun, but not waited for: the client must not have to wait for a push to see the connection end.
      await Promise.race([carryOut(), undefined]);
      return { kind: "cut" };
    case "cut-in-status-poll":
      if ((fault.ms ?? 0) > 0) await sleep(clock, fault.ms ?? 0, signal);
      return { kind: "cut" };
    case "malformed-json": {
      const reply = await plain();
      return { kind: "reply", reply: { ...reply, body: reply.body.slice(0, reply.body.length >> 1) } };
    }
    case "empty-body": {
      const reply = await plain();
      return { kind: "reply", reply: { ...reply, status: 200, body: new Uint8Array(0) } };
    }
    case "html-body":
      return fixed(textReply(fault.status ?? 200, "text/html", "<html><body><h1>Not Duo</h1></body></html>\n"));
    case "response":
      return fixed(jsonReply(200, JSON.stringify({ stat: "OK", response: fault.response })));
    case "body":
      return fixed(textReply(fault.status ?? 200, fault.type ?? "application/json", fault.body));
    case "malformed-http":
      return {
        kind: "raw",
        octets: new TextEncoder().encode("HTTP/1.1 two hundred\r\nContent-Length: many\r\n\r\n"),
      };
    case "truncated-body": {
      const octets = encodeReply(await plain(), false);
      return { kind: "raw", octets: octets.slice(0, octets.length - 10) };
    }
    case "hang":
      await aborted(signal);
      return { kind: "cut" };
    case "slow":
      return { kind: "slow", reply: await plain(), pieces: 8, pause: fault.ms };
    case "close-after":
      return { kind: "reply", reply: await plain(), then: fault.announced ? "close" : "close-unannounced" };
  }
}

function toHttp(reply: Reply): HttpReply {
  if (reply.kind === "image") {
    return { status: 200, headers: [["Content-Type", "image/png"]], body: reply.bytes };
  }
  return jsonReply(reply.kind === "ok" ? 200 : httpStatus(reply.code), envelope(reply));
}

function jsonReply(status: number, body: string, headers: HttpReply["headers"] = []): HttpReply {
  return textReply(status, "application/json", body, headers);
}

function statusReply(
  fault: Extract<FaultAction, { readonly kind: "status" }>,
): { readonly reply: HttpReply; readonly code: number | string | null } {
  const code = fault.code === undefined ? (fault.status === 429 ? 42901 : fault.status * 100) : fault.code;
  const headers: (readonly [string, string])[] = [];
  if (fault.retryAfter !== undefined) headers.push(["Retry-After", fault.retryAfter]);
  if (fault.xRetryAfter !== undefined) headers.push(["X-Retry-After", fault.xRetryAfter]);
  const body = JSON.stringify({
    stat: "FAIL",
    code,
    message: fault.message ?? "Scripted by the simulator",
    ...(fault.detail === undefined ? {} : { message_detail: fault.detail }),
  });
  return { reply: jsonReply(fault.status, body, headers), code };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
