/**
 * Duo without a network: what each call comes to is written down, and time passes when a test says so.
 *
 * @module
 */

import { DuoApiV1 } from "../../lib/duo/api_v1.ts";
import { DuoApiV2 } from "../../lib/duo/api_v2.ts";
import { DuoConnection, type Sender } from "../../lib/duo/connection.ts";
import { DuoService, leastWait } from "../../lib/duo/duo_service.ts";
import { OutageMemory } from "../../lib/duo/outage.ts";
import type { PreauthResult } from "../../lib/duo/preauth.ts";
import { VersionSwitch } from "../../lib/duo/version_switch.ts";
import type { HttpFailure, HttpRequest, HttpResult } from "../../lib/net/http_client.ts";
import { systemRandom } from "../../lib/random.ts";
import { FakeClock } from "../kit/fake_clock.ts";

/** A call as a script sees it. */
export interface Call {
  /** Last part of the path: `ping`, `check`, `preauth`, `auth`, `auth_status`, `status`. */
  readonly endpoint: string;
  readonly user: string;
  readonly fresh: boolean;
  readonly urgent: boolean;
  /** When it was made, in the clock's milliseconds. */
  readonly at: number;
}

/** How a call ends: with a reply, with a failure after `after` ms, or with the time limit. */
export type Ending =
  | { readonly status: number; readonly body: string; readonly after?: number }
  | (Partial<HttpFailure> & Pick<HttpFailure, "stage" | "end"> & { readonly after?: number });

/** A reply in Duo's envelope. */
export function ok(response: unknown): Ending {
  return { status: 200, body: JSON.stringify({ stat: "OK", response }) };
}

/** What a Duo says that is well; preauth asks for a second factor. */
export function well({ endpoint }: Call): Ending {
  switch (endpoint) {
    case "ping":
      return ok({ time: 1_795_000_000 });
    case "preauth":
      return ok({ result: "auth", devices: [], factors: {} });
    default:
      return ok({ result: "allow", status: "allow" });
  }
}

/** Nothing comes until the time limit; the request was written whole. */
export const silence: Ending = { stage: "reply", end: "time", writtenWhole: true };

/** Sends nothing anywhere. */
class FakeSender implements Sender {
  readonly calls: Call[] = [];
  readonly #clock: FakeClock;
  /** What a call comes to. */
  script: (call: Call) => Ending = well;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** How many calls there were of an endpoint. */
  count(endpoint: string): number {
    return this.calls.filter((call) => call.endpoint === endpoint).length;
  }

  /** @inheritdoc */
  request(request: HttpRequest): Promise<HttpResult> {
    const clock = this.#clock;
    const path = request.path.split("?")[0] ?? "";
    const form = new URLSearchParams(request.body ?? "");
    const call: Call = {
      endpoint: path.slice(path.lastIndexOf("/") + 1),
      user: form.get("username") ?? form.get("user") ?? "",
      fresh: request.fresh === true,
      urgent: request.urgent === true,
      at: clock.now(),
    };
    if (request.signal.aborted) return Promise.resolve({ kind: "aborted" });
    this.calls.push(call);
    const ending = this.script(call);
    const left = request.deadline - call.at;
    const after = Math.min("end" in ending && ending.end === "time" ? left : ending.after ?? 0, left);
    return new Promise((resolve) => {
      const cancel = clock.after(after, () => resolve(finish(ending, after)));
      request.signal.addEventListener("abort", () => {
        cancel();
        resolve({ kind: "aborted" });
      });
    });
  }
}

function finish(ending: Ending, underWay: number): HttpResult {
  if ("status" in ending) return { kind: "reply", status: ending.status, headers: new Map(), body: ending.body };
  const { after: _, ...failure } = ending;
  const written = ending.stage === "reply";
  return {
    kind: "failed",
    failure: {
      code: undefined,
      message: "",
      untrusted: false,
      underWay: ending.stage === "queue" ? 0 : underWay,
      lag: 0,
      lagInAll: 0,
      writtenWhole: written,
      reused: false,
      ...failure,
    },
  };
}

/** What a {@link FakeDuo} is made with. */
export interface FakeDuoOptions {
  readonly version?: 1 | 2;
  /** In ms; 0 = none. */
  readonly apiTimeout?: number;
  readonly canOpenSockets?: () => boolean;
  readonly clock?: FakeClock;
  /** Of another one, as after a reload. */
  readonly memory?: OutageMemory;
}

/** A service that asks nobody. */
export class FakeDuo implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly sender: FakeSender;
  readonly memory: OutageMemory;
  readonly service: DuoService;
  readonly log: string[] = [];
  readonly #stop = new AbortController();

  constructor({ version = 2, apiTimeout = 0, canOpenSockets, clock = new FakeClock(), memory }: FakeDuoOptions = {}) {
    this.clock = clock;
    this.sender = new FakeSender(clock);
    this.memory = memory ?? new OutageMemory(clock);
    const connection = new DuoConnection(this.sender, {
      host: "api.example",
      ikey: "DIXXXXXXXXXXXXXXXXXX",
      skey: () => "not a key",
      algorithm: "hmac-sha1",
      clock,
      random: { ...systemRandom, number: () => 0 },
      userAgent: "test",
      canOpenSockets: canOpenSockets ?? ((): boolean => true),
      leastWait: leastWait(apiTimeout),
    });
    const versions = new VersionSwitch({
      setting: version,
      v1: new DuoApiV1(connection, clock),
      v2: new DuoApiV2(connection, clock),
      clock,
      moved: () => {},
    });
    this.service = new DuoService({
      connection,
      versions,
      memory: this.memory,
      clock,
      log: (level, message) => void this.log.push(`${level}: ${message}`),
      apiTimeout,
    });
  }

  /** Preauth of a user with a minute's time. */
  ask(user: string): Promise<PreauthResult> {
    return this.service.preauth(user, undefined, { deadline: this.clock.now() + 58_000, signal: this.#stop.signal });
  }

  /** Ends all logins under way. */
  giveUp(): void {
    this.#stop.abort();
  }

  /** What logins came to after so many ms; `pending` for those that go on. */
  async after(ms: number, ...logins: readonly Promise<PreauthResult>[]): Promise<(PreauthResult | "pending")[]> {
    await this.clock.advance(ms);
    return await Promise.all(logins.map((login) => Promise.race([login, Promise.resolve("pending" as const)])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp();
    await this.service[Symbol.asyncDispose]();
  }
}

/** What results are, in a word each. */
export function kinds(results: readonly (PreauthResult | "pending")[]): string[] {
  return results.map((result) => typeof result === "string" ? result : result.kind);
}
