/**
 * Duo as a section uses it: the calls of a login, preauth with the witnesses that failmode needs, and what goes on in the
 * background: the clock and the keys are watched, and an outage is probed.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import { span } from "../span.ts";
import {
  type Answered,
  type AuthFailure,
  type AuthRequest,
  type AuthResult,
  type CallLimits,
  type DuoFailure,
  explainRefusal,
  isFailure,
  type KeysValid,
  type NoDevice,
  type Pong,
  type Preauth,
} from "./api.ts";
import type { DuoConnection } from "./connection.ts";
import type { EndedOutage, OutageMemory } from "./outage.ts";
import { type PreauthResult, witnessedPreauth } from "./preauth.ts";
import type { VersionChoice, VersionSwitch } from "./version_switch.ts";
import { WitnessPair } from "./witness_pair.ts";

/** How often Duo's clock is looked at, in ms. */
const pingInterval = 5 * 60_000;
/** How often an outage is probed, in ms. */
const probeInterval = 5_000;
/** How long a ping or check in the background may take, in ms. */
const backgroundLimit = 8_000;
/** A drift that is worth a warning, in ms: Duo refuses from five minutes on. */
const notableDrift = 60_000;
/** How long preauth's first try may take, in ms. */
const firstTryLimit = 6_000;
/** What ended by a time limit tells of Duo only if it was under way for so long, in ms. */
const usualLeastWait = 2_000;

/** {@link usualLeastWait}, or less where `api_timeout` (in ms, 0 = none) leaves no such time. */
export function leastWait(apiTimeout: number): number {
  return apiTimeout > 0 ? Math.min(usualLeastWait, apiTimeout / 2) : usualLeastWait;
}

/** Where the service says what it found out by itself. */
export type ServiceLog = (level: "info" | "warning" | "error", message: string) => void;

/** What a service is made of. */
export interface DuoServiceOptions {
  readonly connection: DuoConnection;
  readonly versions: VersionSwitch;
  readonly memory: OutageMemory;
  readonly clock: Clock;
  readonly log: ServiceLog;
  /** `api_timeout` in ms; 0 = none. */
  readonly apiTimeout: number;
}

/** One application at one host. */
export class DuoService {
  readonly #options: DuoServiceOptions;
  readonly #pair: WitnessPair;
  readonly #stop = new AbortController();
  #started = false;
  #moved: VersionChoice | undefined;
  #background: Promise<void> = Promise.resolve();
  #probe: Promise<void> | undefined;

  constructor(options: DuoServiceOptions) {
    const { connection, versions, memory, clock } = options;
    this.#options = options;
    this.#pair = new WitnessPair({
      calls: [
        { name: "ping", make: (limits) => connection.ping(limits) },
        { name: "check", make: (limits) => versions.checkInUse(limits) },
      ],
      clock,
      signal: this.#stop.signal,
      ended: (result) => {
        if (result.kind === "failed") memory.pairFailed(result.witness);
        if (result.kind === "answered") this.#sayEnded(memory.pairAnswered());
      },
    });
  }

  /** The version in use and why. */
  get choice(): VersionChoice {
    return this.#options.versions.choice;
  }

  /** True while logins are left to failmode at once, because Duo is known to be out. */
  get silent(): boolean {
    return this.#options.memory.known;
  }

  /** Begins to watch the clock, and checks the keys once. No login waits for it. */
  start(): void {
    this.#background = this.#watch();
    // An outage outlives a reload, and so does the watch over it.
    if (this.#options.memory.suspected) {
      void this.#pair.ask();
      this.#keepProbing();
    }
  }

  /** The application was moved to another version of the API. At the start that goes into the one line about it. */
  moved(choice: VersionChoice): void {
    if (this.#started) this.#sayMoved(choice);
    else this.#moved = choice;
  }

  /** Is Duo there, and what time is it? */
  async ping(limits: CallLimits): Promise<Pong | DuoFailure> {
    const result = await this.#options.connection.ping(limits);
    if (result.kind === "pong" && Math.abs(result.offset) >= notableDrift) {
      const seconds = Math.round(Math.abs(result.offset) / 1_000);
      const side = result.offset > 0 ? "behind" : "ahead of";
      this.#options.log(
        "warning",
        `This machine's clock is ${seconds} s ${side} Duo's; requests are dated by Duo's clock`,
      );
    }
    return result;
  }

  /** Are the keys good for the version in use? */
  check(limits: CallLimits): Promise<KeysValid | DuoFailure> {
    return this.#options.versions.check(limits);
  }

  /** Preauth. While Duo is known to be out that is said at once. See {@link witnessedPreauth}. */
  async preauth(user: string, ip: string | undefined, limits: CallLimits): Promise<Answered<PreauthResult>> {
    const { versions, memory, clock, apiTimeout } = this.#options;
    const result = await witnessedPreauth(user, limits, {
      ask: async (limits) => {
        const result = await versions.preauth(user, ip, limits);
        if (isAnswer(result)) this.#sayEnded(memory.answered());
        return result;
      },
      askPair: (needed) => this.#pair.ask(needed),
      memory,
      clock,
      firstLimit: Math.min(firstTryLimit, apiTimeout > 0 ? apiTimeout : Infinity),
    });
    if (result.kind === "outage" && memory.suspected) this.#keepProbing();
    return result;
  }

  /** The second factor from beginning to end. */
  auth(request: AuthRequest, limits: CallLimits): Promise<Answered<AuthResult | NoDevice | AuthFailure>> {
    return this.#options.versions.auth(request, limits);
  }

  /** Ends what runs in the background. The connections are their owner's to close. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#background, this.#probe]);
  }

  #limits(): CallLimits {
    return { deadline: this.#options.clock.now() + backgroundLimit, signal: this.#stop.signal };
  }

  async #watch(): Promise<void> {
    const { clock, log } = this.#options;
    // The check is under way before the first login is, so that no login has to find out which version to use.
    const [check, ping] = await Promise.all([this.check(this.#limits()), this.ping(this.#limits())]);
    this.#started = true;
    if (check.kind === "valid") {
      const { version, why } = this.choice;
      log("info", `Duo accepts the keys; using version ${version} of its API: ${why}`);
    } else {
      if (this.#moved !== undefined) this.#sayMoved(this.#moved);
      if (check.kind === "refused") log("error", explainRefusal(check));
      else this.#sayUnavailable(ping.kind === "pong" ? check : ping);
    }
    while (await sleep(clock, pingInterval, this.#stop.signal)) await this.ping(this.#limits());
  }

  #sayMoved({ version, why }: VersionChoice): void {
    this.#options.log("info", `Using version ${version} of Duo's API: ${why}`);
  }

  #sayUnavailable(failure: DuoFailure): void {
    if (failure.kind !== "aborted" && failure.kind !== "refused") {
      this.#options.log("warning", `Duo could not be reached: ${failure.detail}`);
    }
  }

  #sayEnded(ended: EndedOutage | undefined): void {
    if (ended === undefined) return;
    const { lasted, logins } = ended;
    this.#options.log(
      "info",
      `Duo answers again after ${span(lasted)}; ${logins} login(s) were left to failmode meanwhile`,
    );
  }

  /** Watches an outage that three users have met, until Duo answers. */
  #keepProbing(): void {
    if (this.#probe !== undefined || this.#stop.signal.aborted) return;
    const { clock, memory, log } = this.#options;
    log(
      "error",
      "Three users have found Duo out: failmode decides at once as long as ping or check, tried every 5 s, fails",
    );
    this.#probe = (async () => {
      while (memory.suspected && (await sleep(clock, probeInterval, this.#stop.signal))) await this.#pair.ask();
      this.#probe = undefined;
    })();
  }
}

/** True for what only a Duo that is there can say. */
function isAnswer({ kind }: Preauth | DuoFailure): boolean {
  return kind === "refused" || kind === "duo-error" || !isFailure({ kind });
}
