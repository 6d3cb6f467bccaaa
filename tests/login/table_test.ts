/**
 * Logins of every kind, held against the rules in model.ts.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { AuthFailure, AuthResult, NoDevice } from "../../lib/duo/api.ts";
import type { Outage } from "../../lib/duo/outage.ts";
import type { PreauthResult } from "../../lib/duo/preauth.ts";
import { AnsweredChallenges, ChallengeSeal } from "../../lib/login/challenge_state.ts";
import { autoMode, type ListedFactor } from "../../lib/login/modes/auto.ts";
import { concatMode } from "../../lib/login/modes/concat.ts";
import { duoOnlyMode } from "../../lib/login/modes/duo_only.ts";
import type { Mode } from "../../lib/login/modes/mode.ts";
import type { Primary, PrimaryResult } from "../../lib/login/primary/primary.ts";
import { PushLimit } from "../../lib/login/push_limit.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { answers, expect, type Expected, factors, modes, primaries, readables, type Row, states } from "./model.ts";
import { phone, Rig, type RigRequest } from "./rig.ts";

const user = "alice";
const gateway = "192.0.2.1";
const groups = ["staff"];

function auto(...listed: readonly ListedFactor[]): Mode {
  return autoMode({ allowConcat: true, delimiter: ",", delimitedPasswordLength: 0, factors: listed });
}

const sections: Readonly<Record<Row["mode"], Mode>> = {
  "duo_only": duoOnlyMode("reject"),
  "concat": concatMode({ delimiter: ",", delimitedPasswordLength: 0 }),
  "auto": auto("auto"),
  "auto, asking": auto("passcode"),
};

/** What is typed behind a password, alone where there is none, and as an answer. */
const typed: Readonly<Record<Row["factor"], string>> = {
  passcode: "123456",
  push: "push",
  auto: "auto",
  none: "",
  unrecognized: "correct horse",
};

const said: Readonly<Record<Exclude<Row["primary"], "unchecked">, PrimaryResult>> = {
  accepts: { kind: "accepted" },
  rejects: { kind: "rejected", reason: "wrong-password", text: "Wrong password" },
  fails: { kind: "failed", reason: "primary-unavailable", text: "The directory cannot be reached" },
};

const outage: Outage = { kind: "outage", first: "preauth", second: "ping", lasting: 0, untrusted: false };
const refused = { kind: "refused", code: null, message: "", detail: "" } as const;
const asks: PreauthResult = { kind: "auth", choices: { version: 2, devices: [phone("phone")] }, groups };

const preauths: Readonly<Partial<Record<Row["duo"], PreauthResult>>> = {
  "preauth: allow": { kind: "allow", text: "Bypass", groups },
  "preauth: deny": { kind: "deny", text: "Locked out", groups },
  "preauth: enroll": { kind: "enroll", text: "https://example.com/enroll" },
  "preauth: outage": outage,
  "preauth: outage by a certificate": { ...outage, untrusted: true },
  "preauth: refused": { ...refused, status: 401 },
  "preauth: too many requests": { ...refused, status: 429 },
  "preauth: error": { kind: "duo-error", detail: "Unknown result" },
  "preauth: overloaded": { kind: "overloaded", detail: "EMFILE" },
  "preauth: aborted": { kind: "aborted" },
};

function ended(kind: AuthResult["kind"], status: string, factor = "push"): AuthResult {
  return { kind, status, factor, text: status, txid: "2f1ce2b2", device: null, groups: [] };
}

const auths: Readonly<Partial<Record<Row["duo"], AuthResult | NoDevice | AuthFailure>>> = {
  "auth: allow": ended("allow", "allow"),
  "auth: deny": ended("deny", "deny"),
  "auth: timeout": ended("deny", "timeout"),
  "auth: fraud": ended("deny", "fraud"),
  "auth: sent": ended("deny", "sent", "sms"),
  "auth: no device": { kind: "no-device" },
  "auth: cut": { kind: "unavailable", cause: "network", detail: "Cut", txid: "2f1ce2b2" },
  "auth: no time left": { kind: "unavailable", cause: "timeout", detail: "No answer", txid: "2f1ce2b2" },
  "auth: refused": { ...refused, status: 400 },
};

/** Asks what a row says, and writes down what came of it in the words of the model. */
class Table extends Rig {
  readonly #mode: Mode;
  readonly #past: ChallengeSeal;
  readonly #elsewhere: ChallengeSeal;
  #bad: Readonly<Record<Exclude<Row["state"], "none" | "valid">, Uint8Array>> | undefined;

  constructor(mode: Mode) {
    super();
    this.#mode = mode;
    const keys = { ikey: this.section.ikey, skey: "k".repeat(40), primary: "none" };
    const seal = (section: string, clock: FakeClock): ChallengeSeal =>
      new ChallengeSeal({ ...keys, section, clock, answered: new AnsweredChallenges(clock) });
    this.#past = seal(this.section.name, new FakeClock(this.clock.wallNow() - 301_000));
    this.#elsewhere = seal("radius_server_auto2", this.clock);
  }

  async run(row: Row): Promise<Expected> {
    let [checked, preauths, auths] = [0, 0, 0];
    const { section, events } = this;
    const result = row.primary === "unchecked" ? said.accepts : said[row.primary];
    const primary: Primary = {
      checksPassword: row.primary !== "unchecked",
      check: () => {
        if (row.primary !== "unchecked") checked++;
        return Promise.resolve(result);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    events.length = 0;
    this.read = 0;
    const verdict = await this.ask(this.#requestOf(row), {
      ...section,
      mode: this.#mode,
      primary,
      failmode: row.failmode,
      primaryOnly: () => row.primaryOnly,
      exemptUsernames: new Set(row.exempt ? [user] : []),
      pushes: new PushLimit(this.clock),
      duo: {
        preauth: () => {
          preauths++;
          return Promise.resolve(preauthOf(row));
        },
        auth: () => {
          auths++;
          return Promise.resolve(authOf(row));
        },
      },
    });
    const [event] = events;
    if (event === undefined || events.length > 1) throw new Error(`${events.length} events`);
    if (event.signed !== row.signed || event.joined) throw new Error("The event is of another request");
    if (section.slots.taken + section.pending.count + section.pending.held + this.clock.pending > 0) {
      throw new Error("Something is left behind");
    }
    return {
      verdict: verdict.kind,
      status: event.status,
      stage: event.auth_stage,
      reason: event.reason,
      failmode: event.failmode,
      groups: verdict.kind === "accept" ? verdict.groups : [],
      asked: [this.read, checked, preauths, auths],
    };
  }

  #requestOf({ mode, factor, readable, state, signed, noisy }: Row): RigRequest {
    const answering = state !== "none" && mode === "auto, asking";
    const text = typed[factor];
    const sealed = this.#stateOf(state);
    return {
      field: answering || mode === "duo_only" ? text : factor === "none" ? "hunter2" : `hunter2,${text}`,
      signed,
      ...(sealed === undefined ? {} : { state: sealed }),
      ...(readable === "all" ? {} : { refused: readable === "no field" ? "field" : "claim" }),
      ...(signed || !noisy ? {} : { automaticRefusal }),
    };
  }

  #stateOf(state: Row["state"]): Uint8Array | undefined {
    const { challenges } = this.section;
    const valid = (): Uint8Array => challenges.seal({ user, gateway });
    if (state === "none") return undefined;
    if (state === "valid") return valid();
    // What must not be answered stays as it is, however often it comes.
    this.#bad ??= {
      "expired": this.#past.seal({ user, gateway }),
      "of another user": challenges.seal({ user: "bob", gateway }),
      "of another gateway": challenges.seal({ user, gateway: "192.0.2.2" }),
      "of another section": this.#elsewhere.seal({ user, gateway }),
      "answered before": this.#answered(valid()),
      "tampered with": valid().map((octet, index) => index === 20 ? octet ^ 1 : octet),
    };
    return this.#bad[state];
  }

  #answered(state: Uint8Array): Uint8Array {
    assertEquals(this.section.challenges.open(state, { user, gateway }), true);
    return state;
  }
}

const automaticRefusal = {
  kind: "refused",
  reason: "unsigned-automatic",
  text: "Enter push, phone, sms or a passcode",
  stage: "Secondary authentication",
} as const;

function preauthOf({ duo }: Row): PreauthResult {
  return preauths[duo] ?? asks;
}

function authOf({ duo }: Row): AuthResult | NoDevice | AuthFailure {
  const result = auths[duo];
  if (result === undefined) throw new Error(`Nothing is said at auth: ${duo}`);
  return result;
}

/** Values of each axis. */
type Axes = { readonly [Axis in keyof Row]: readonly Row[Axis][] };

/** Every row that takes one value of each axis. */
function product(axes: Axes): readonly Row[] {
  let rows: readonly Partial<Row>[] = [{}];
  for (const [axis, values] of Object.entries(axes)) {
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [axis]: value })));
  }
  return rows as readonly Row[];
}

/** Axes that a test leaves at what is usual. */
const usual: Axes = {
  mode: ["duo_only"],
  failmode: ["safe"],
  primaryOnly: [false],
  exempt: [false],
  readable: ["all"],
  state: ["none"],
  signed: [true],
  noisy: [false],
  factor: ["passcode"],
  primary: ["unchecked"],
  duo: ["auth: allow"],
};
/** Of what Duo may say, what is decided about in a way of its own; the rest is told apart by its words alone. */
const kinds = [
  "preauth: allow",
  "preauth: deny",
  "preauth: enroll",
  "preauth: outage",
  "preauth: error",
  "auth: allow",
  "auth: deny",
  "auth: no device",
  "auth: cut",
] as const;
const either = [false, true] as const;
const failmodes = ["safe", "secure"] as const;

/** All of what came of a row: cheaper to compare than its fields. */
function shown({ verdict, status, stage, reason, failmode, groups, asked }: Expected): string {
  return `${verdict} ${status} ${stage} ${reason} ${failmode} ${groups} ${asked}`;
}

/** Runs every row, and shows the first that came out otherwise. */
async function holds(mode: Row["mode"], axes: Partial<Axes>): Promise<void> {
  const table = new Table(sections[mode]);
  for (const row of product({ ...usual, ...axes, mode: [mode] })) {
    const expected = expect(row);
    const actual = await table.run(row);
    if (shown(actual) !== shown(expected)) assertEquals(actual, expected, JSON.stringify(row));
  }
}

for (const mode of modes) {
  // That no State is looked at in a mode that never asks is shown once, with all of them.
  const answered: Axes["state"] = mode === "auto, asking" ? ["none", "valid"] : ["none"];

  Deno.test(`${mode}: first factor, State and Duo decide by failmode, primary-only, exempt names and signature`, async () => {
    await holds(mode, {
      failmode: failmodes,
      primaryOnly: either,
      exempt: either,
      state: answered,
      signed: either,
      noisy: [true],
      factor: ["passcode", "none"],
      primary: primaries,
      duo: kinds,
    });
  });

  Deno.test(`${mode}: a State counts once, for whom and where it was made, and not in a mode that never asks`, async () => {
    await holds(mode, {
      failmode: failmodes,
      primaryOnly: either,
      exempt: either,
      state: states,
      factor: ["passcode", "none"],
      primary: ["unchecked", "accepts"],
      duo: ["preauth: deny", "preauth: outage", "auth: allow"],
    });
  });

  Deno.test(`${mode}: what was typed decides which factor is asked for, and what an unsigned request may ring`, async () => {
    await holds(mode, {
      state: answered,
      signed: either,
      noisy: either,
      factor: factors,
      primary: ["unchecked", "accepts"],
      duo: answers,
    });
  });

  Deno.test(`${mode}: a request without a field is refused to everybody, one with noise to those who need it read`, async () => {
    await holds(mode, {
      failmode: failmodes,
      primaryOnly: either,
      exempt: either,
      readable: readables,
      state: answered,
      signed: either,
      primary: ["unchecked", "accepts"],
      duo: ["auth: allow", "preauth: outage"],
    });
  });
}
