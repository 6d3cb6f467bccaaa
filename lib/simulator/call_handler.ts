/**
 * What becomes of each call to the simulated API: its faults, what an honest server answers, and its entry in the transcript.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import { fieldOf } from "../net/http_head.ts";
import type { ApiOptions, ApiRequest } from "./api_request.ts";
import { answerV1 } from "./api_v1.ts";
import { answerV2 } from "./api_v2.ts";
import type { SimulatedApplication } from "./applications.ts";
import type { OpenCall, RecordedCall, Transcript } from "./calls.ts";
import type { Cloud } from "./cloud.ts";
import { act } from "./fault_action.ts";
import type { FaultAction, FaultList, FaultSubject } from "./faults.ts";
import { admit, findRoute, read, readIkey, type Reading, type Route } from "./gatekeeper.ts";
import type { RequestHead } from "./http_message.ts";
import type { ConnectionInfo, HttpHandler, HttpOutcome, HttpRequest } from "./http_server.ts";
import { fail, type Reply } from "./reply.ts";

/** What calls are answered from. */
export interface CallHandlerOptions {
  readonly clock: Clock;
  readonly cloud: Cloud;
  readonly faults: FaultList;
  readonly transcript: Transcript;
  readonly applications: readonly SimulatedApplication[];
  readonly api: ApiOptions;
  /** Seconds by which the server's clock is off. */
  readonly skew: () => number;
}

/** Answers the calls to one simulator. */
export class CallHandler implements HttpHandler {
  readonly #options: CallHandlerOptions;

  constructor(options: CallHandlerOptions) {
    this.#options = options;
  }

  /** Records and cuts a call whose fault ends it before its body is read. */
  begin(head: RequestHead, connection: ConnectionInfo): boolean {
    const route = findRoute(head.path);
    const ikey = readIkey(head);
    if (!this.#options.faults.cutsBeforeRead(faultSubject(head, route, connection, ikey, undefined))) return true;
    const call = this.#record(head, route, connection, ikey, {});
    call.faults = ["cut-before-read"];
    this.#end(call, "cut");
    return false;
  }

  /** Answers a call, as its faults want it to. */
  async answer(request: HttpRequest): Promise<HttpOutcome> {
    const { head, connection, signal } = request;
    const route = findRoute(head.path);
    const reading = read(head, request.body);
    const params: Record<string, string> = {};
    for (const [name, value] of reading.params ?? []) params[name] ??= value;
    const ikey = reading.credentials?.ikey;
    const call = this.#record(head, route, connection, ikey, params);
    const user = params["user"] ?? params["username"] ?? params["user_id"];
    const actions = this.#options.faults.take(faultSubject(head, route, connection, ikey, user));
    call.faults = actions.map(({ kind }) => kind);
    let skew = this.#options.skew();
    let last: FaultAction | undefined;
    for (const action of actions) {
      if (action.kind === "skew") skew += action.seconds;
      else if (action.kind === "delay") await sleep(this.#options.clock, action.ms, signal);
      else last = action;
    }
    try {
      const carryOut = (): Reply | Promise<Reply> => this.#carryOut(request, route, reading, skew, call);
      const outcome = await act(last, { carryOut, call, clock: this.#options.clock, signal });
      if (outcome.kind === "cut") this.#end(call, last?.kind === "hang" ? "hung" : "cut");
      else this.#end(call, signal.aborted ? "gone" : "answered");
      return outcome;
    } catch (error) {
      this.#end(call, "cut");
      throw error;
    }
  }

  /** What an honest server answers. */
  #carryOut(
    { head, body, signal }: HttpRequest,
    route: Route | undefined,
    reading: Reading,
    skew: number,
    call: OpenCall,
  ): Reply | Promise<Reply> {
    if (route === undefined || route.method !== head.method) return fail(40401);
    const { clock, cloud, api, applications } = this.#options;
    const now = clock.wallNow() + skew * 1_000;
    const time = Math.floor(now / 1_000);
    const host = (fieldOf(head.headers, "host") ?? "").replace(/:\d*$/, "");
    const common = { cloud, options: api, host, time, signal };
    const answer = (request: ApiRequest): Reply | Promise<Reply> => {
      call.carriedOut = true;
      const reply = (route.version === 1 ? answerV1 : answerV2)(route.endpoint, request);
      if (reply instanceof Promise) {
        return reply.then((late) => {
          noteResponse(call, late);
          return late;
        });
      }
      noteResponse(call, reply);
      return reply;
    };
    if (!route.signed) return answer({ ...common, application: unsigned, params: new Map() });
    const admission = admit({ head, body, reading, target: route, applications, now });
    if (admission.kind === "fail") return admission;
    call.signature = admission.signature;
    return answer({ ...common, application: admission.application, params: admission.params });
  }

  #record(
    head: RequestHead,
    route: Route | undefined,
    connection: ConnectionInfo,
    ikey: string | undefined,
    params: Readonly<Record<string, string>>,
  ): OpenCall {
    const headers: Record<string, string> = {};
    for (const [name, value] of head.headers) {
      if (name.toLowerCase() !== "authorization") headers[name.toLowerCase()] = value;
    }
    return this.#options.transcript.add({
      connection: connection.number,
      onConnection: connection.requests,
      method: head.method,
      path: head.path,
      version: route?.version,
      endpoint: route?.endpoint,
      host: headers["host"] ?? "",
      ikey,
      params,
      headers,
      receivedAt: this.#options.clock.now(),
      endedAt: undefined,
      outcome: "open",
      carriedOut: false,
      signature: undefined,
      status: undefined,
      code: undefined,
      result: undefined,
      txid: undefined,
      faults: [],
    });
  }

  #end(call: OpenCall, outcome: RecordedCall["outcome"]): void {
    call.outcome = outcome;
    call.endedAt = this.#options.clock.now();
    this.#options.transcript.changed();
  }
}
/** Stands for the application of a call that needs none. */
const unsigned: SimulatedApplication = {
  name: "",
  ikey: "",
  skey: "",
  v1: { refused: "none", code: 40301 },
  v2: { refused: "none", code: 40301 },
};

function faultSubject(
  head: RequestHead,
  route: Route | undefined,
  connection: ConnectionInfo,
  ikey: string | undefined,
  user: string | undefined,
): FaultSubject {
  return {
    path: head.path,
    endpoint: route?.endpoint,
    version: route?.version,
    ikey,
    user,
    reused: connection.requests > 1,
  };
}

function noteResponse(call: OpenCall, reply: Reply): void {
  if (reply.kind !== "ok" || typeof reply.response !== "object" || reply.response === null) return;
  if (!("result" in reply.response || "txid" in reply.response)) return;
  const { result, txid } = reply.response;
  if (typeof result === "string") call.result = result;
  if (typeof txid === "string") call.txid = txid;
}
