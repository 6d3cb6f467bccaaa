/**
 * Logins without sockets: a section whose Duo is the test itself, on a clock that stands still.
 *
 * @module
 */

import type { AuthFailure, AuthRequest, AuthResult, CallLimits, NoDevice } from "../../lib/duo/api.ts";
import type { Device } from "../../lib/duo/factor.ts";
import type { PreauthResult } from "../../lib/duo/preauth.ts";
import { AnsweredChallenges, ChallengeSeal } from "../../lib/login/challenge_state.ts";
import type { AuthEvent } from "../../lib/login/events.ts";
import { PendingLogins } from "../../lib/login/joining.ts";
import { LineLimits } from "../../lib/login/line_limits.ts";
import { login } from "../../lib/login/login.ts";
import { duoOnlyMode } from "../../lib/login/modes/duo_only.ts";
import { noPrimary } from "../../lib/login/primary/none.ts";
import { OverloadLog } from "../../lib/login/overload.ts";
import { PushLimit } from "../../lib/login/push_limit.ts";
import type { LoginRequest, Refusal } from "../../lib/login/request.ts";
import type { Section } from "../../lib/login/section.ts";
import { Slots } from "../../lib/login/slots.ts";
import type { Verdict } from "../../lib/login/verdict.ts";
import { FakeClock } from "../kit/fake_clock.ts";

/** A request as a test says it. */
export interface RigRequest {
  readonly user?: string;
  /** The password field. */
  readonly field?: string;
  /** Its address. */
  readonly gateway?: string;
  readonly signed?: boolean;
  readonly fromBrowser?: boolean;
  /** Of the challenge that it answers. */
  readonly state?: Uint8Array;
  /** Names the session, so that a repeat is known for one. */
  readonly session?: string;
  /** Why it may start no factor that the user did not name. */
  readonly automaticRefusal?: Refusal;
  /** It is no login, or holds a field that nobody can read. */
  readonly refused?: "claim" | "field";
}

/** Why a request is no login, before its field is read and after. */
const refusals = {
  claim: { kind: "refused", reason: "no-password", text: "Missing password", stage: "Primary authentication" },
  field: { kind: "refused", reason: "undecodable-password", text: "Cannot decode password", stage: "Unknown" },
} as const satisfies Readonly<Record<string, Refusal>>;

/** A second factor that waits for the test to end it. */
export interface RigPush {
  readonly request: AuthRequest;
  readonly limits: CallLimits;
  approve(): void;
  deny(): void;
  end(result: AuthResult | NoDevice | AuthFailure): void;
}

/** Longer than any chain of promises in a login. */
const chain = 100;

/** Lets logins go on until they wait for a timer or for the test. Nothing here waits for the event loop, so it need not turn. */
export async function settle(): Promise<void> {
  for (let link = 0; link < chain; link++) await Promise.resolve();
}

/** A phone that can do everything. */
export function phone(device: string): Device {
  return { device, type: "phone", displayName: device, capabilities: ["auto", "push", "phone", "sms"] };
}

/** An answer of Duo's to a second factor. */
export function answer(kind: "allow" | "deny", { factor }: AuthRequest): AuthResult {
  return {
    kind,
    text: kind === "allow" ? "Success. Logging you in..." : "Login request denied.",
    status: kind,
    factor: factor.kind === "word" ? factor.factor : factor.kind,
    txid: "2f1ce2b2",
    device: null,
    groups: [],
  };
}

/** What is under test, and everything around it. */
export class Rig<Asked extends RigRequest = RigRequest> {
  readonly clock = new FakeClock();
  readonly events: AuthEvent[] = [];
  readonly lines: string[] = [];
  /** Second factors under way, in the order in which they began. */
  readonly pushes: RigPush[] = [];
  /** Second factors that were begun. */
  begun = 0;
  joined = 0;
  /** Password fields that were read. */
  read = 0;
  /** Duo's answer to preauth. */
  preauth: (user: string) => PreauthResult | Promise<PreauthResult> = (user) => ({
    kind: "auth",
    choices: { version: 2, devices: [phone(`phone of ${user}`)] },
    groups: [],
  });
  readonly giveUp = new AbortController();
  readonly section: Section;
  #requests = 0;

  constructor(changes: Partial<Section> = {}) {
    this.section = {
      name: "radius_server_duo_only",
      ikey: "DIXXXXXXXXXXXXXXXXXX",
      mode: duoOnlyMode("reject"),
      primary: noPrimary,
      failmode: "secure",
      exemptUsernames: new Set(["exempt"]),
      loginTimeout: 58_000,
      apiTimeout: 0,
      joinRepeats: "strict",
      duo: {
        preauth: (user) => Promise.resolve(this.preauth(user)),
        auth: (request, limits) => this.#begin(request, limits),
      },
      slots: new Slots({ limit: 1_000 }),
      maxPending: 1_000,
      overload: new OverloadLog(this.clock, (message) => void this.lines.push(`error: ${message}`)),
      pending: new PendingLogins(),
      pushLimit: 3,
      pushes: new PushLimit(this.clock),
      joined: () => void this.joined++,
      challenges: new ChallengeSeal({
        ikey: "DIXXXXXXXXXXXXXXXXXX",
        skey: "k".repeat(40),
        section: "radius_server_duo_only",
        primary: "none",
        clock: this.clock,
        answered: new AnsweredChallenges(this.clock),
      }),
      lineLimits: new LineLimits(this.clock),
      events: {
        auth: (event) => void this.events.push(event),
        log: (level, message) => void this.lines.push(`${level}: ${message}`),
      },
      clock: this.clock,
      signal: this.giveUp.signal,
      primaryOnly: () => false,
      ...changes,
    };
  }

  /** Begins a login and gives what it comes to. */
  ask(request?: Asked, section: Section = this.section): Promise<Verdict> {
    return login(this.request(request, section.name), section);
  }

  /** Begins logins and lets them go on until they wait for something. */
  async begin(...requests: readonly Asked[]): Promise<readonly Promise<Verdict>[]> {
    const verdicts = requests.map((request) => this.ask(request));
    await settle();
    return verdicts;
  }

  /** A login from its beginning to its end; a push is approved. */
  async approved(request?: Asked): Promise<void> {
    const verdict = this.ask(request);
    await settle();
    this.pushes.at(-1)?.approve();
    await verdict;
  }

  /** A request as it comes to a section. */
  request(asked?: Asked, section = "radius_server_duo_only"): LoginRequest {
    const request: RigRequest = asked ?? {};
    const { user = "alice", field = "push", gateway = "192.0.2.1", signed = true, fromBrowser = false } = request;
    const { state, session, automaticRefusal, refused } = request;
    const number = ++this.#requests;
    return {
      id: `rig-${number}`,
      receivedAt: this.clock.now(),
      door: "radius",
      peer: { address: gateway, port: 1_024 + number },
      signed,
      clientIp: { text: null, ipv4: undefined },
      fromBrowser,
      claim: refused === "claim" ? refusals.claim : {
        kind: "claim",
        user,
        readCredentials: () => {
          this.read++;
          return refused === "field" ? refusals.field : {
            kind: "credentials",
            password: field,
            state,
            key: {
              fingerprint: JSON.stringify([section, gateway, user, field, session]),
              marks: { named: session !== undefined, session: undefined, portId: undefined, port: undefined },
              port: undefined,
            },
          };
        },
      },
      automaticRefusal,
    };
  }

  #begin(request: AuthRequest, limits: CallLimits): Promise<AuthResult | NoDevice | AuthFailure> {
    this.begun++;
    const { promise, resolve } = Promise.withResolvers<AuthResult | NoDevice | AuthFailure>();
    const push: RigPush = {
      request,
      limits,
      approve: () => push.end(answer("allow", request)),
      deny: () => push.end(answer("deny", request)),
      end: (result) => {
        const index = this.pushes.indexOf(push);
        if (index < 0) return;
        this.pushes.splice(index, 1);
        cancel();
        limits.signal.removeEventListener("abort", onAbort);
        resolve(result);
      },
    };
    const cancel = this.clock.after(limits.deadline - this.clock.now(), () => {
      push.end({ kind: "unavailable", cause: "timeout", detail: "Duo was waited for in vain", txid: "2f1ce2b2" });
    });
    const onAbort = (): void => push.end({ kind: "aborted", txid: "2f1ce2b2" });
    if (limits.signal.aborted) onAbort();
    else limits.signal.addEventListener("abort", onAbort, { once: true });
    this.pushes.push(push);
    return promise;
  }
}
