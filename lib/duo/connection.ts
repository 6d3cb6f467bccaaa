/**
 * Signed calls to Duo: dates by Duo's clock, back-off when Duo asks for it, and the envelope of its replies.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as v from "valibot";
import { type Clock, sleep } from "../clock.ts";
import type { Random } from "../random.ts";
import type { HttpClient, HttpRequest, HttpResult } from "../net/http_client.ts";
import type { CallLimits, DuoFailure, Pong, Refused } from "./api.ts";
import { code } from "./api.ts";
import { judge, type Judgement } from "./availability.ts";
import {
  authorization,
  canonicalParams,
  dateHeader,
  type Params,
  type SignatureAlgorithm,
  signV2,
} from "./signature.ts";

/** Sends requests; the client of `lib/net` in operation. */
export type Sender = Pick<HttpClient, "request">;

/** What a connection needs beside what sends for it. */
export interface ConnectionOptions extends Judgement {
  readonly host: string;
  readonly ikey: string;
  /** Gives the secret key's text at the moment of signing. */
  readonly skey: () => string;
  readonly algorithm: SignatureAlgorithm;
  readonly clock: Clock;
  /** For the jitter of the back-off. */
  readonly random: Random;
  readonly userAgent: string;
  /** Told about each call, for `debug=true`: what was asked, with passcodes masked, and how it ended. */
  readonly trace?: (line: string) => void;
  /** Told how long each call took, in milliseconds, and how it ended. */
  readonly measured?: (path: string, milliseconds: number, result: Answer | DuoFailure) => void;
}

/** One call. */
export interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly params: Params;
  /**
   * What may be done when the call did not come through: `repeat` lets it be sent again after a kept connection died, after
   * a 429 and after a clock correction; `once` never (`/auth`: a second one could be a second push).
   */
  readonly resend: "repeat" | "once";
}

/** Duo's answer: the content of `response`. */
export interface Answer {
  readonly kind: "answer";
  readonly response: unknown;
}

/** What makes an answer Duo's own is `stat` alone; a field beside it that is not of its type is dropped. */
const envelope = v.variant("stat", [
  v.object({ stat: v.literal("OK"), response: v.optional(v.unknown()) }),
  v.object({
    stat: v.literal("FAIL"),
    code: v.fallback(v.nullish(v.union([v.number(), v.string()]), null), null),
    message: v.fallback(v.nullish(v.string(), ""), ""),
    message_detail: v.fallback(v.nullish(v.string(), ""), ""),
  }),
]);

const pong = v.object({ time: v.number() });

/** Milliseconds before the next try after the n-th 429 in a row: 1, 2, 4 ... 32 s. */
function backOff(attempt: number): number {
  return Math.min(1_000 * 2 ** attempt, 32_000);
}

function mayRepeat(call: Call, limits: CallLimits): boolean {
  return call.resend === "repeat" && limits.fresh !== true;
}

/** `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110 section 10.2.3); undefined if it is neither. */
function parseRetryAfter(text: string | undefined, wallNow: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallNow);
}

/** Calls to one host with one application's keys. */
export class DuoConnection {
  readonly #sender: Sender;
  readonly #options: ConnectionOptions;
  #offset = 0;

  constructor(sender: Sender, options: ConnectionOptions) {
    this.#sender = sender;
    this.#options = options;
  }

  /** Duo's clock minus ours in milliseconds, as of the last ping. Dates are signed with it. */
  get offset(): number {
    return this.#offset;
  }

  /** `GET /auth/v2/ping`, unsigned: is Duo there, and what time is it? Corrects the clock for later signatures. */
  async ping(limits: CallLimits): Promise<Pong | DuoFailure> {
    const { clock } = this.#options;
    const before = { now: clock.now(), wall: clock.wallNow() };
    const result = await this.#exchange(
      { method: "GET", path: "/auth/v2/ping", params: [], resend: "repeat" },
      limits,
      false,
    );
    if (result.kind !== "answer") return result;
    const reply = v.safeParse(pong, result.response);
    if (!reply.success) return unknownAnswer("The answer to ping holds no time");
    const latency = clock.now() - before.now;
    // Duo's time has whole seconds: half of one is the best guess for what was cut off.
    const offset = reply.output.time * 1_000 + 500 - (before.wall + latency / 2);
    this.#offset = Math.abs(offset) < 2_000 ? 0 : offset;
    return { kind: "pong", offset, latency };
  }

  /** A signed call. */
  async call(call: Call, limits: CallLimits): Promise<Answer | DuoFailure> {
    const result = await this.#exchange(call, limits, true);
    if (result.kind !== "refused" || result.code !== code.badDate) return result;
    if (limits.fresh === true) return result;
    const ping = await this.ping(limits);
    return mayRepeat(call, limits) && ping.kind === "pong" ? await this.#exchange(call, limits, true) : result;
  }

  async #exchange(call: Call, limits: CallLimits, signed: boolean): Promise<Answer | DuoFailure> {
    const { clock, random, trace, measured } = this.#options;
    for (let attempt = 0;; attempt++) {
      const started = clock.now();
      const http = await this.#send(call, limits, signed);
      const result = this.#read(http);
      const took = clock.now() - started;
      measured?.(call.path, took, result);
      trace?.(`${call.method} ${call.path}${describeParams(call.params)}: ${outcome(result)}, ${Math.round(took)} ms`);
      if (http.kind !== "reply" || http.status !== 429 || !mayRepeat(call, limits)) return result;
      const asked = http.headers.get("retry-after") ?? http.headers.get("x-retry-after");
      const jitter = random.number() * 1_000;
      const pause = (parseRetryAfter(asked, clock.wallNow()) ?? backOff(attempt)) + jitter;
      if (clock.now() + pause >= limits.deadline) return result;
      if (!(await sleep(clock, pause, limits.signal))) return { kind: "aborted" };
    }
  }

  /** Sends it, and once more where the other side may have closed a kept connection just when it was used again. */
  async #send(call: Call, limits: CallLimits, signed: boolean): Promise<HttpResult> {
    const first = await this.#sender.request(this.#build(call, limits, signed));
    const died = first.kind === "failed" && first.failure.reused &&
      (first.failure.end === "cut" || first.failure.end === "error");
    if (!died || !mayRepeat(call, limits)) return first;
    return await this.#sender.request(this.#build(call, { ...limits, fresh: true }, signed));
  }

  #read(http: HttpResult): Answer | DuoFailure {
    switch (http.kind) {
      case "reply":
        return readReply(http.status, http.body);
      case "failed":
        return judge(http.failure, this.#options);
      case "aborted":
        return { kind: "aborted" };
    }
  }

  #build(
    { method, path, params }: Call,
    { deadline, signal, fresh, urgent }: CallLimits,
    signed: boolean,
  ): HttpRequest {
    const { host, ikey, skey, algorithm, clock, userAgent } = this.#options;
    const date = dateHeader(clock.wallNow() + this.#offset);
    const text = canonicalParams(params);
    return {
      method,
      path: method === "GET" && text !== "" ? `${path}?${text}` : path,
      headers: {
        "user-agent": userAgent,
        ...(method === "POST" ? { "content-type": "application/x-www-form-urlencoded" } : {}),
        ...(signed
          ? {
            date,
            authorization: authorization(ikey, signV2({ date, method, host, path, params }, skey(), algorithm)),
          }
          : {}),
      },
      body: method === "POST" ? text : undefined,
      deadline,
      signal,
      ...(fresh === undefined ? {} : { fresh }),
      ...(urgent === undefined ? {} : { urgent }),
    };
  }
}

/** Parameters for the debug log. Whatever may be a passcode is masked: `auto` of version 1 holds words and codes alike. */
function describeParams(params: Params): string {
  return params.map(([name, value]) => {
    const secret = name === "passcode" || name === "code" || (name === "auto" && !/^[a-z]+\d{0,2}$/.test(value)) ||
      (name === "auto" && value.length > 12);
    return ` ${name}=${secret ? "*****" : value}`;
  }).join("");
}

function outcome(result: Answer | DuoFailure): string {
  switch (result.kind) {
    case "unavailable":
      return `unavailable (${result.cause}: ${result.detail})`;
    case "overloaded":
      return `overloaded (${result.detail})`;
    case "delayed":
      return `delayed (${result.detail})`;
    case "duo-error":
      return `an answer of no use (${result.detail})`;
    case "refused":
      return `refused (${result.code ?? result.status} ${result.message})`;
    default:
      return result.kind;
  }
}

/**
 * Reads the envelope of a reply (Duo's Auth API documentation, "Response Format").
 *
 * Whether Duo is out is told by the HTTP status and by the envelope, never by a code inside: 5xx, and a body that is not Duo's,
 * may be an outage. Any 4xx is Duo's no to the request, whatever its body says.
 */
export function readReply(status: number, body: string): Answer | DuoFailure {
  if (status >= 500) {
    return { kind: "unavailable", cause: "server-error", detail: `Duo answered with status ${status}` };
  }
  const parsed = v.safeParse(envelope, parseJson(body));
  if (!parsed.success) {
    return status >= 400 ? refused(status, null, "an answer that is not Duo's", "") : {
      kind: "unavailable",
      cause: "malformed",
      detail: `Duo answered with status ${status} and ${Buffer.byteLength(body)} octets that are not its envelope`,
    };
  }
  const reply = parsed.output;
  if (reply.stat === "OK") {
    if (status >= 400) return refused(status, null, "OK with a failing status", "");
    return status === 200
      ? { kind: "answer", response: reply.response }
      : unknownAnswer(`Duo answered with status ${status}`);
  }
  const number = Number(reply.code ?? NaN);
  const known = Number.isInteger(number) ? number : null;
  // The code's first digits are the status it belongs to, also when a 200 carries it.
  const meant = status >= 400 ? status : known === null ? 400 : Math.trunc(known / 100);
  return refused(meant, known, reply.message ?? "", reply.message_detail ?? "");
}

function refused(status: number, code: number | null, message: string, detail: string): Refused {
  return { kind: "refused", status, code, message: oneLine(message), detail: oneLine(detail) };
}

/** The failure of an answer of Duo's that does not hold what the documents promise. `detail` must hold nothing of it. */
export function unknownAnswer(detail: string): DuoFailure {
  return { kind: "duo-error", detail };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").slice(0, 300);
}
