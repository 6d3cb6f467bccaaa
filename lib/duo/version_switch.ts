/**
 * Finds out which version of Duo's API an application may use, and uses it.
 *
 * Files in the field hold keys of RADIUS-type applications, and it is not documented whether version 2 takes them. A 40301
 * is a clean refusal: nothing was pushed, so the same step may be taken on version 1. However many logins arrive together,
 * only one tries a step that version 2 has not granted yet; the others wait for what it finds.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import {
  type Answered,
  type AuthFailure,
  type AuthRequest,
  type AuthResult,
  type CallLimits,
  code,
  type DuoApi,
  type DuoFailure,
  isFailure,
  type KeysValid,
  type NoDevice,
  type Pending,
  type Preauth,
  type Refused,
} from "./api.ts";

/** Setting of `api_version`. */
export type VersionSetting = "auto" | 1 | 2;

/** Which version is used and why. */
export interface VersionChoice {
  readonly version: 1 | 2;
  readonly why: string;
}

/** What a {@link VersionSwitch} switches between. */
export interface VersionSwitchOptions {
  readonly setting: VersionSetting;
  readonly v1: DuoApi;
  readonly v2: DuoApi;
  readonly clock: Clock;
  /** Told once when the application is moved to version 1. */
  readonly moved: (choice: VersionChoice) => void;
}

type Step = "check" | "preauth" | "auth";

/** One application's access to Duo, on whichever version it is allowed. */
export class VersionSwitch {
  readonly #options: VersionSwitchOptions;
  #choice: VersionChoice;
  /** Steps that version 2 has granted this application. */
  readonly #granted = new Set<Step>();
  /** Both versions say that they don't know the ikey: no need to wait for each other any more. */
  #unknownEverywhere = false;
  #scout: Promise<void> | undefined;

  constructor(options: VersionSwitchOptions) {
    this.#options = options;
    this.#choice = options.setting === "auto"
      ? { version: 2, why: "tried first (api_version=auto)" }
      : { version: options.setting, why: `set by api_version=${options.setting}` };
  }

  /** The version that the next step will be taken on. */
  get choice(): VersionChoice {
    return this.#choice;
  }

  /** Are the keys good? */
  check(limits: CallLimits): Promise<Answered<KeysValid | DuoFailure>> {
    return this.#take("check", (api) => api.check(limits), limits);
  }

  /** The signed check of the version in use, whatever it says about that version. */
  checkInUse(limits: CallLimits): Promise<KeysValid | DuoFailure> {
    const { v1, v2 } = this.#options;
    return (this.#choice.version === 1 ? v1 : v2).check(limits);
  }

  /** Does this user need a second factor, and what has she? */
  preauth(user: string, ip: string | undefined, limits: CallLimits): Promise<Answered<Preauth | DuoFailure>> {
    return this.#take("preauth", (api) => api.preauth(user, ip, limits), limits);
  }

  /** The second factor from beginning to end. */
  async auth(request: AuthRequest, limits: CallLimits): Promise<Answered<AuthResult | NoDevice | AuthFailure>> {
    const begun = await this.#take<AuthResult | Pending | NoDevice>("auth", (api) => api.auth(request, limits), limits);
    if (begun.kind !== "pending") return begun;
    const { version, txid } = begun;
    const result = await begun.wait(limits);
    const answer = isFailure(result) ? { ...result, txid } : result;
    return version === undefined ? answer : { ...answer, version };
  }

  async #take<Result extends { readonly kind: string }>(
    step: Step,
    ask: (api: DuoApi) => Promise<Result | DuoFailure>,
    limits: CallLimits,
  ): Promise<Answered<Result | DuoFailure>> {
    const { setting, v1, v2 } = this.#options;
    const run = async (api: DuoApi): Promise<Answered<Result | DuoFailure>> => ({
      ...await ask(api),
      version: api.version,
    });
    if (setting !== "auto") return await run(setting === 1 ? v1 : v2);
    while (this.#choice.version === 2 && !this.#granted.has(step) && !this.#unknownEverywhere) {
      if (this.#scout === undefined) return await this.#lead(step, run, limits);
      const waited = await waitFor(this.#scout, limits, this.#options.clock);
      if (waited === "impatient") return await this.#attempt(step, run, limits);
      if (waited !== "over") return waited;
    }
    return this.#choice.version === 1 ? await run(v1) : await this.#attempt(step, run, limits);
  }

  /** Takes the step while the others wait. */
  async #lead<Result extends { readonly kind: string }>(
    step: Step,
    run: (api: DuoApi) => Promise<Answered<Result | DuoFailure>>,
    limits: CallLimits,
  ): Promise<Answered<Result | DuoFailure>> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#scout = promise;
    const done = (): void => {
      this.#scout = undefined;
      resolve();
    };
    try {
      return await this.#attempt(step, run, limits, done);
    } finally {
      done();
    }
  }

  /** Takes the step on version 2, and where that is refused for its kind, on version 1. `decided`: others may go on. */
  async #attempt<Result extends { readonly kind: string }>(
    step: Step,
    run: (api: DuoApi) => Promise<Answered<Result | DuoFailure>>,
    limits: CallLimits,
    decided?: () => void,
  ): Promise<Answered<Result | DuoFailure>> {
    const { v1, v2 } = this.#options;
    const result = await run(v2);
    if (!isFailure(result)) {
      if (result.kind !== "no-device") this.#granted.add(step);
      return result;
    }
    if (result.kind !== "refused" || !(await this.#mustMove(result, limits))) return result;
    decided?.();
    return await run(v1);
  }

  async #mustMove(refusal: Refused, limits: CallLimits): Promise<boolean> {
    if (refusal.code === code.wrongType) {
      this.#move("version 2 refused the application's type (40301)");
      return true;
    }
    if (refusal.code !== code.unknownIkey || this.#unknownEverywhere) return false;
    const second = await this.#options.v1.check(limits);
    if (second.kind === "valid") {
      this.#move("version 2 does not know the ikey (40102), version 1 does");
      return true;
    }
    this.#unknownEverywhere = second.kind === "refused" && second.code === code.unknownIkey;
    return false;
  }

  #move(why: string): void {
    if (this.#choice.version === 1) return;
    this.#choice = { version: 1, why };
    this.#options.moved(this.#choice);
  }
}

/**
 * How long a login waits for another's try, in ms, and how much of its time at most: a call that hangs must not hold up
 * everybody, nor keep the others from finding out for themselves that Duo is out.
 */
const patience = { most: 1_000, share: 0.15 } as const;

/** Waits for another login's try; a failure if the deadline or an abort comes first. */
function waitFor(
  attempt: Promise<void>,
  { deadline, signal }: CallLimits,
  clock: Clock,
): Promise<"over" | "impatient" | DuoFailure> {
  return new Promise((resolve) => {
    const finish = (result: "over" | "impatient" | DuoFailure): void => {
      cancel();
      signal.removeEventListener("abort", onAbort);
      resolve(result);
    };
    const onAbort = (): void => finish({ kind: "aborted" });
    const left = deadline - clock.now();
    const cancel = clock.after(Math.min(left * patience.share, patience.most), () =>
      finish(
        left > 0 ? "impatient" : { kind: "delayed", detail: "Another login's first call to Duo took too long" },
      ));
    signal.addEventListener("abort", onAbort, { once: true });
    void attempt.then(() => finish("over"));
  });
}
