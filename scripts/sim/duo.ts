/**
 * Duo in a virtual world: the logic of the simulator behind virtual streams, with the weather in between.
 *
 * @module
 */

import { keepsConnection, type RequestHead } from "../../lib/net/http_head.ts";
import { type MessageReader, readRequest } from "../../lib/net/http_message.ts";
import { answerV1 } from "../../lib/simulator/api_v1.ts";
import { answerV2 } from "../../lib/simulator/api_v2.ts";
import type { ApiOptions } from "../../lib/simulator/api_request.ts";
import { defaultApplications } from "../../lib/simulator/applications.ts";
import { Cloud, type PendingRequest } from "../../lib/simulator/cloud.ts";
import { admit, findRoute, read } from "../../lib/simulator/gatekeeper.ts";
import { encodeReply, textReply, toHandlers } from "../../lib/simulator/http_message.ts";
import { envelope, httpStatus, type Reply } from "../../lib/simulator/reply.ts";
import type { SimulatedUser } from "../../lib/simulator/users.ts";
import type { VirtualClock } from "./clock.ts";
import type { Seeded } from "./random.ts";
import type { ServerEnd } from "./streams.ts";
import type { Fault, Weather } from "./weather.ts";

/** A request that Duo has read whole. */
export interface DuoCall {
  /** Which process of the proxy sent it. */
  readonly run: number;
  readonly at: number;
  readonly ikey: string;
  readonly version: 1 | 2;
  readonly endpoint: string;
  readonly user: string | undefined;
  /** The end user's address, which names a login. */
  readonly ip: string | undefined;
  readonly params: ReadonlyMap<string, string>;
  /** What it met. */
  readonly fault: Fault["kind"] | number | undefined;
}

/** Told what happens at Duo. */
export interface DuoObserver {
  /** A signed request was read whole, whatever became of it. */
  called(call: DuoCall): void;
  /** An honest answer with a `result` has arrived at the proxy whole. */
  answered(call: DuoCall, result: string): void;
  /** A phone rings. */
  rang(call: DuoCall, request: PendingRequest): void;
  /** A push, a call or a passcode has been decided. */
  decided(call: DuoCall, allowed: boolean): void;
}

/** What Duo is made of. */
export interface VirtualDuoOptions {
  readonly clock: VirtualClock;
  readonly random: Seeded;
  readonly weather: Weather;
  readonly users: readonly SimulatedUser[];
  readonly observer: DuoObserver;
}

const limits = { head: 16_384, body: 65_536 } as const;
const apiOptions: ApiOptions = { acceptIpv6: false, numbering: "capable", unknownFactor: "deny", logo: null };

/** Duo's service. */
export class VirtualDuo {
  readonly #options: VirtualDuoOptions;
  readonly #cloud: Cloud;
  readonly #calls = new Map<string, DuoCall>();
  /** The call whose answer is being made. */
  #current: DuoCall | undefined;
  #connections = 0;

  constructor(options: VirtualDuoOptions) {
    const { clock, random, users, observer } = options;
    this.#options = options;
    const octets = random.fork("cloud");
    this.#cloud = new Cloud(users, {
      clock,
      answerTimeout: 60_000,
      pollHold: 10_000,
      pollEnds: "same-step",
      lockoutAfter: 0,
      askAll: true,
      random: (length) => octets.octets(length),
      observer: {
        asked: (request) => {
          if (this.#current === undefined) return;
          this.#calls.set(request.txid, this.#current);
          observer.rang(this.#current, request);
        },
        ended: ({ txid }, { result }) => {
          const call = this.#calls.get(txid);
          this.#calls.delete(txid);
          if (call !== undefined) observer.decided(call, result === "allow");
        },
      },
    });
  }

  /** Someone taps on a phone. Nothing happens if the push is over. */
  answer(request: PendingRequest, answer: "approve" | "deny" | "fraud"): void {
    this.#cloud.answer(request.number, answer);
  }

  /** Takes a stream that a process of the proxy has opened. */
  accept(run: number, end: ServerEnd): void {
    const { clock, random } = this.#options;
    const own = random.fork("connection", this.#connections++);
    const patience = own.oneOf([1_500, 3_900, 60_000]);
    const gone = new AbortController();
    let reader = readRequest(limits);
    let cancelIdle = clock.after(patience, () => end.end());
    end.onGone = () => {
      cancelIdle();
      gone.abort();
    };
    end.onData = (octets) => {
      cancelIdle();
      reader.feed(octets);
      if (reader.state === "more") return;
      const done = reader;
      reader = readRequest(limits);
      void this.#serve(run, done, end, own, gone.signal).then((kept) => {
        if (kept) cancelIdle = clock.after(patience, () => end.end());
      });
    };
  }

  /** Serves one request; true if the connection goes on. */
  async #serve(
    run: number,
    message: MessageReader<RequestHead>,
    end: ServerEnd,
    random: Seeded,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, weather } = this.#options;
    const head = message.head === undefined ? undefined : toHandlers(message.head);
    if (message.head === undefined || head === undefined) throw new Error("The proxy sent what is no request");
    const target = findRoute(head.path);
    if (target === undefined) throw new Error(`The proxy asked for ${head.path}`);
    const reading = read(head, message.body);
    const params = new Map(reading.params ?? []);
    const user = params.get("username") ?? params.get("user");
    const fault = weather.ofCall({ endpoint: target.endpoint, user }, random);
    const call: DuoCall = {
      run,
      at: clock.now(),
      ikey: reading.credentials?.ikey ?? "",
      version: target.version,
      endpoint: target.endpoint,
      user,
      ip: params.get("ipaddr"),
      params,
      fault,
    };
    if (target.signed) this.#options.observer.called(call);
    const keeps = keepsConnection({ version: "1.1", fields: message.head.fields });
    const carryOut = (): Reply | Promise<Reply> => {
      const common = {
        cloud: this.#cloud,
        options: apiOptions,
        host: "api.duo.test",
        time: Math.floor(clock.wallNow() / 1_000),
        signal,
      };
      const answer = target.version === 1 ? answerV1 : answerV2;
      if (!target.signed) {
        return answer(target.endpoint, { ...common, application: unsigned, params: new Map() });
      }
      const admission = admit({
        head,
        body: message.body,
        reading,
        target,
        applications: defaultApplications,
        now: clock.wallNow(),
      });
      if (admission.kind === "fail") return admission;
      this.#current = call;
      const reply = answer(target.endpoint, {
        ...common,
        application: admission.application,
        params: admission.params,
      });
      this.#current = undefined;
      if (target.endpoint === "auth" && !(reply instanceof Promise)) this.#noteDecision(call, reply);
      return reply;
    };
    switch (fault) {
      case undefined:
        break;
      case "silent":
      case "unreachable":
      case "silent-tls":
        return false;
      case "refused":
      case "cut-before":
        end.end();
        return false;
      case "cut-after":
        void carryOut();
        end.end();
        return false;
      case "half": {
        const octets = encode(await carryOut(), false);
        end.write(octets.subarray(0, random.below(octets.length)));
        end.end();
        return false;
      }
      case "500":
      case "503":
      case "400":
      case "403":
      case "429": {
        const status = Number(fault);
        const body = JSON.stringify({ stat: "FAIL", code: status * 100 + 99, message: "Not today" });
        const retry = status === 429 ? [["Retry-After", String(random.between(1, 20))] as const] : [];
        end.write(encodeReply(textReply(status, "application/json", body, retry), false));
        return true;
      }
      case "junk":
      case "empty":
        end.write(encodeReply(textReply(200, "text/html", fault === "junk" ? "<h1>Not Duo</h1>" : ""), false));
        return true;
      case "odd":
        if (target.endpoint !== "preauth" && target.endpoint !== "auth") break;
        end.write(
          encodeReply(
            textReply(200, "application/json", '{"stat":"OK","response":{"result":"maybe","status_msg":7}}'),
            false,
          ),
        );
        return true;
      default:
        if (typeof fault === "number") {
          await new Promise<void>((resolve) => void clock.after(fault, resolve));
          if (signal.aborted) return false;
        }
    }
    const reply = await carryOut();
    const result = resultOf(reply);
    end.write(encode(reply, !keeps), () => {
      if (result !== undefined) this.#options.observer.answered(call, result);
    });
    if (!keeps) end.end();
    return keeps;
  }

  /** A passcode is decided at once. */
  #noteDecision(call: DuoCall, reply: Reply): void {
    const result = resultOf(reply);
    if (result !== undefined) this.#options.observer.decided(call, result === "allow");
  }
}

const unsigned = {
  name: "",
  ikey: "",
  skey: "",
  v1: { refused: "none", code: 40301 },
  v2: { refused: "none", code: 40301 },
} as const;

function resultOf(reply: Reply): string | undefined {
  if (reply.kind !== "ok" || typeof reply.response !== "object" || reply.response === null) return undefined;
  const { response } = reply;
  return "result" in response && typeof response.result === "string" ? response.result : undefined;
}

function encode(reply: Reply, close: boolean): Uint8Array {
  if (reply.kind === "image") throw new Error("Nobody asks for a logo");
  const status = reply.kind === "ok" ? 200 : httpStatus(reply.code);
  return encodeReply(textReply(status, "application/json", envelope(reply)), close);
}
