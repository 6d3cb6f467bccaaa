/**
 * Whatever becomes of a login, it leaves nothing behind: slots that are not given back add up to a proxy that rejects everybody.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { autoMode } from "../../lib/login/modes/auto.ts";
import { Slots } from "../../lib/login/slots.ts";
import { attributeType, encodeVendorAttributes, textAttribute } from "../../lib/radius/attributes.ts";
import { type GatewayRequest, RadiusRig } from "../front/radius/rig.ts";
import { answer, type RigPush, settle } from "./rig.ts";

/** Slots of the section; each outcome is had three times as often. */
const limit = 3;

const challenging = autoMode({ factors: ["passcode"], allowConcat: true, delimiter: ",", delimitedPasswordLength: 0 });

/** One way in which logins end: what is asked, by whom, how it goes on, and the reasons of its events. */
interface Outcome {
  readonly name: string;
  readonly request?: GatewayRequest;
  readonly preauth?: RadiusRig["preauth"];
  /** What becomes of the second factors under way. */
  readonly end?: (rig: RadiusRig, pushes: readonly RigPush[]) => void | Promise<void>;
  readonly reasons: readonly string[];
}

const auditSession = encodeVendorAttributes(9, [{ type: 1, value: new TextEncoder().encode("audit-session-id=1") }]);
const failure = { kind: "unavailable", cause: "network", detail: "cut" } as const;

function each(end: (push: RigPush) => void): NonNullable<Outcome["end"]> {
  return (_, pushes) => pushes.forEach(end);
}

const outcomes: readonly Outcome[] = [
  { name: "accept", end: each((push) => push.approve()), reasons: ["approved"] },
  { name: "passcode", request: { field: "123456" }, end: each((push) => push.approve()), reasons: ["approved"] },
  { name: "deny", end: each((push) => push.deny()), reasons: ["denied", "push-limit"] },
  { name: "sms", request: { field: "sms" }, end: each((push) => push.deny()), reasons: ["sms-sent", "push-limit"] },
  { name: "timeout", end: (rig) => rig.clock.advance(58_000), reasons: ["timeout", "push-limit"] },
  { name: "a failure at auth", end: each((push) => push.end(failure)), reasons: ["duo-unavailable", "push-limit"] },
  {
    name: "a refusal at auth",
    end: each((push) => push.end({ kind: "refused", status: 400, code: 40_002, message: "", detail: "" })),
    reasons: ["duo-refused"],
  },
  { name: "no device at auth", end: each((push) => push.end({ kind: "no-device" })), reasons: ["unknown-device"] },
  { name: "abort", end: (rig) => rig.giveUp.abort(), reasons: ["shutting-down", "push-limit"] },
  { name: "exempt", request: { user: "exempt" }, reasons: ["exempt"] },
  { name: "unrecognized text", request: { field: "hunter2" }, reasons: ["unrecognized-text"] },
  { name: "a name with a line end", request: { user: "al\nice" }, reasons: ["bad-user-name"] },
  { name: "bypass", preauth: () => ({ kind: "allow", text: "", groups: [] }), reasons: ["preauth-allow"] },
  { name: "denied by preauth", preauth: () => ({ kind: "deny", text: "", groups: [] }), reasons: ["preauth-deny"] },
  { name: "enrol", preauth: () => ({ kind: "enroll", text: "Please enroll" }), reasons: ["not-enrolled"] },
  {
    name: "no device",
    preauth: () => ({ kind: "auth", choices: { version: 2, devices: [] }, groups: [] }),
    end: each((push) => push.end({ kind: "no-device" })),
    reasons: ["unknown-device"],
  },
  {
    name: "joined",
    request: { attributes: [auditSession] },
    end: each((push) => push.approve()),
    reasons: ["approved", "joined"],
  },
  {
    name: "a challenge that was made up",
    request: { field: "123456", attributes: [textAttribute(attributeType.state, "made up")] },
    end: each((push) => push.approve()),
    reasons: ["unknown-challenge"],
  },
];

/** An AbortSignal that knows who listens. */
class CountedSignal {
  readonly #listeners = new Set<unknown>();
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = signal;
    const { addEventListener, removeEventListener } = signal;
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof addEventListener>) => {
        this.#listeners.add(args[1]);
        addEventListener.apply(signal, args);
      },
      removeEventListener: (...args: Parameters<typeof removeEventListener>) => {
        this.#listeners.delete(args[1]);
        removeEventListener.apply(signal, args);
      },
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

/** Everything that a login may hold. */
function held({ section, clock, pushes }: RadiusRig, signal: CountedSignal): Readonly<Record<string, number>> {
  const { pending, waiting } = section.pushes.held;
  return {
    slots: section.slots.taken,
    holders: section.slots.holders,
    logins: section.pending.count,
    joinable: section.pending.held,
    pushes: pushes.length,
    pending,
    waiting,
    timers: clock.pending,
    listeners: signal.signal.aborted ? 0 : signal.listeners,
  };
}

const nothing = {
  slots: 0,
  holders: 0,
  logins: 0,
  joinable: 0,
  pushes: 0,
  pending: 0,
  waiting: 0,
  timers: 0,
  listeners: 0,
};

for (const { name, request = {}, preauth, end, reasons } of outcomes) {
  Deno.test(`three times max_pending logins with this end leave nothing behind: ${name}`, async () => {
    const rig = new RadiusRig({
      slots: new Slots({ limit }),
      maxPending: limit,
      // The section of challenges reads States.
      ...(name.startsWith("a challenge") ? { mode: challenging } : {}),
    });
    const signal = new CountedSignal(rig.giveUp.signal);
    if (preauth) rig.preauth = preauth;
    const seen: string[] = [];
    for (let round = 0; round < 3; round++) {
      const verdicts = await rig.begin(...Array<GatewayRequest>(limit).fill(request));
      for (let turn = 0; turn < limit && rig.pushes.length > 0; turn++) {
        await end?.(rig, [...rig.pushes]);
        await settle();
      }
      assertEquals((await Promise.all(verdicts)).length, limit);
      assertEquals(held(rig, signal), nothing);
    }
    seen.push(...new Set(rig.events.map(({ reason }) => reason)));
    assertEquals([rig.events.length, seen.toSorted()], [3 * limit, reasons.toSorted()]);
  });
}

Deno.test("three times max_pending logins beyond the slots, and those that break, leave nothing behind", async () => {
  const rig = new RadiusRig({ slots: new Slots({ limit }), maxPending: limit, pushLimit: 2 });
  const signal = new CountedSignal(rig.giveUp.signal);
  const verdicts = await rig.begin(...Array<GatewayRequest>(3 * limit).fill({}));
  assertEquals(held(rig, signal), {
    ...nothing,
    slots: limit,
    holders: 1,
    logins: limit,
    joinable: 1,
    pushes: 2,
    pending: 2,
    waiting: 1,
    // Two of the rig itself, as of a call to Duo, and one of the login that waits.
    timers: 3,
    listeners: 3,
  });
  for (const push of [...rig.pushes]) push.end(answer("allow", push.request));
  await settle();
  for (const push of [...rig.pushes]) push.end(answer("allow", push.request));
  assertEquals((await Promise.all(verdicts)).length, 3 * limit);
  assertEquals(held(rig, signal), nothing);
  assertEquals(rig.events.filter(({ reason }) => reason === "overloaded").length, 2 * limit);
  rig.preauth = () => Promise.reject(new Error("broken"));
  for (let count = 0; count < 3 * limit; count++) {
    assertEquals(await rig.ask().then(() => "ended", (error: Error) => error.message), "broken");
  }
  assertEquals(held(rig, signal), nothing);
});
