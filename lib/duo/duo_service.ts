/**
 * Duo as a section uses it: the calls of a login, the clock and the keys watched in the background, and the memory of
 * whether Duo is silent.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import type {
  Answered,
  AuthFailure,
  AuthRequest,
  AuthResult,
  CallLimits,
  DuoFailure,
  KeysValid,
  NoDevice,
  Pong,
  Preauth,
} from "./api.ts";
import { explainRefusal } from "./api.ts";
import { SilenceMonitor } from "./availability.ts";
import type { DuoConnection } from "./connection.ts";
import type { VersionChoice, VersionSwitch } from "./version_switch.ts";

/** How often Duo's clock is looked at, in ms. */
const pingInterval = 5 * 60_000;
/** How often a silent Duo is probed, in ms. */
const probeInterval = 5_000;
/** How long a ping or check in the background may take, in ms. */
const backgroundLimit = 8_000;
/** A drift that is worth a warning, in ms: Duo refuses from five minutes on. */
const notableDrift = 60_000;

/** Where the service says what it found out by itself. */
export type ServiceLog = (level: "info" | "warning" | "error", message: string) => void;

/** One application at one host. */
export class DuoService {
  readonly #connection: DuoConnection;
  readonly #versions: VersionSwitch;
  readonly #clock: Clock;
  readonly #log: ServiceLog;
  readonly #monitor = new SilenceMonitor();
  readonly #stop = new AbortController();
  #background: Promise<void> = Promise.resolve();
  #probe: Promise<void> | undefined;

  constructor(connection: DuoConnection, versions: VersionSwitch, clock: Clock, log: ServiceLog) {
    this.#connection = connection;
    this.#versions = versions;
    this.#clock = clock;
    this.#log = log;
  }

  /** The version in use and why. */
  get choice(): VersionChoice {
    return this.#versions.choice;
  }

  /** True while logins are decided by failmode at once because Duo has not answered the last ones. */
  get silent(): boolean {
    return this.#monitor.silent;
  }

  /** Begins to watch the clock, and checks the keys once. No login waits for it. */
  start(): void {
    this.#background = this.#watch();
  }

  /** Is Duo there, and what time is it? */
  async ping(limits: CallLimits): Promise<Pong | DuoFailure> {
    const result = await this.#connection.ping(limits);
    if (result.kind === "pong") {
      this.#heard();
      if (Math.abs(result.offset) >= notableDrift) {
        const seconds = Math.round(Math.abs(result.offset) / 1_000);
        this.#log(
          "warning",
          `This machine's clock is ${seconds} s ${
            result.offset > 0 ? "behind" : "ahead of"
          } Duo's; requests are dated by Duo's clock`,
        );
      }
    }
    return result;
  }

  /** Are the keys good for the version in use? */
  check(limits: CallLimits): Promise<KeysValid | DuoFailure> {
    return this.#versions.check(limits);
  }

  /** Preauth. While Duo is silent it answers "unavailable" at once. */
  async preauth(user: string, ip: string | undefined, limits: CallLimits): Promise<Answered<Preauth | DuoFailure>> {
    if (this.#monitor.silent) {
      return {
        kind: "unavailable",
        cause: "timeout",
        detail: "Duo did not answer the last logins and is being probed",
      };
    }
    const result = await this.#versions.preauth(user, ip, limits);
    if (result.kind === "unavailable" && result.cause === "timeout") {
      if (this.#monitor.waitedInVain()) this.#startProbing();
    } else if (result.kind !== "aborted" && result.kind !== "overloaded") this.#heard();
    return result;
  }

  /** The second factor from beginning to end. */
  auth(request: AuthRequest, limits: CallLimits): Promise<Answered<AuthResult | NoDevice | AuthFailure>> {
    return this.#versions.auth(request, limits);
  }

  /** Ends what runs in the background. The transport is its owner's to close. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#background, this.#probe]);
  }

  #heard(): void {
    if (this.#monitor.silent) this.#log("info", "Duo answers again");
    this.#monitor.heard();
  }

  #limits(): CallLimits {
    return { deadline: this.#clock.now() + backgroundLimit, signal: this.#stop.signal };
  }

  async #watch(): Promise<void> {
    // The check is under way before the first login is, so that no login has to find out which version to use.
    const [check, ping] = await Promise.all([this.check(this.#limits()), this.ping(this.#limits())]);
    if (check.kind === "valid") {
      const { version, why } = this.choice;
      this.#log("info", `Duo accepts the keys; using version ${version} of its API: ${why}`);
    } else if (check.kind === "refused") this.#log("error", explainRefusal(check));
    else this.#sayUnavailable(ping.kind === "pong" ? check : ping);
    while (await sleep(this.#clock, pingInterval, this.#stop.signal)) await this.ping(this.#limits());
  }

  #sayUnavailable(failure: DuoFailure): void {
    if (failure.kind === "unavailable" || failure.kind === "overloaded") {
      this.#log("warning", `Duo could not be reached: ${failure.detail}`);
    }
  }

  #startProbing(): void {
    this.#log("error", "Duo has not answered three logins in a row: failmode decides at once until it answers a ping");
    this.#probe = this.#keepProbing();
  }

  async #keepProbing(): Promise<void> {
    while (this.#monitor.silent && (await sleep(this.#clock, probeInterval, this.#stop.signal))) {
      await this.ping(this.#limits());
    }
  }
}
