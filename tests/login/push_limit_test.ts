import { assertEquals, assertRejects } from "@std/assert";
import type { Choices } from "../../lib/duo/api.ts";
import { type PushEnd, PushLimit, type PushRefusal } from "../../lib/login/push_limit.ts";
import type { Section } from "../../lib/login/section.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { phone, Rig, type RigRequest, settle } from "./rig.ts";

const minutes = 60_000;

/** A push of {@link Phone}: how it ended or why there was none, once that is known. */
interface Asked {
  end: PushEnd | PushRefusal | undefined;
}

/** One count of a push limit, and what asks it. */
class Phone {
  readonly clock = new FakeClock();
  readonly limits: PushLimit;
  /** Ends the pushes that ring, in the order in which they began. */
  readonly ringing: ((end: PushEnd) => void)[] = [];
  readonly giveUp = new AbortController();

  constructor(max?: number) {
    this.limits = new PushLimit(this.clock, max);
  }

  async ask(limit = 3, key = "phone"): Promise<Asked> {
    const asked: Asked = { end: undefined };
    const limits = { deadline: this.clock.now() + 58_000, signal: this.giveUp.signal };
    const ring = (): Promise<PushEnd> => new Promise((resolve) => this.ringing.push(resolve));
    void this.limits.run({ key, limit }, limits, ring, (end) => end).then((end) => asked.end = end);
    await settle();
    return asked;
  }

  async end(...ends: readonly PushEnd[]): Promise<void> {
    for (const end of ends) {
      this.ringing.shift()?.(end);
      await settle();
    }
  }

  get held(): readonly [pending: number, waiting: number] {
    const { pending, waiting } = this.limits.held;
    return [pending, waiting];
  }
}

Deno.test("as many pushes as the limit ring at once, and one more waits with neither push nor answer", async () => {
  const phone = new Phone();
  for (let count = 0; count < 3; count++) await phone.ask();
  const fourth = await phone.ask();
  assertEquals([phone.ringing.length, phone.held, fourth.end], [3, [3, 1], undefined]);
  await phone.end("approved");
  assertEquals([phone.ringing.length, phone.held], [3, [3, 0]], "the approval clears the limit: it gets its own push");
  await phone.end("unapproved", "unapproved", "approved");
  assertEquals([fourth.end, phone.limits.held], ["approved", { counts: 0, pending: 0, waiting: 0 }]);
});

Deno.test("those that wait are refused as soon as a push ends unapproved", async () => {
  const phone = new Phone();
  for (let count = 0; count < 3; count++) await phone.ask();
  const waiting = [await phone.ask(), await phone.ask()];
  await phone.end("unapproved");
  assertEquals([waiting.map(({ end }) => end), phone.held], [["limit", "limit"], [2, 0]]);
});

Deno.test("one approval makes place for one that waits, in the order in which they came; the others wait on", async () => {
  const phone = new Phone();
  for (let count = 0; count < 3; count++) await phone.ask();
  const [first, second] = [await phone.ask(), await phone.ask()];
  await phone.end("approved");
  assertEquals([phone.ringing.length, phone.held], [3, [3, 1]]);
  await phone.end("approved");
  await phone.end("approved", "approved", "approved");
  assertEquals([first.end, second.end], ["approved", "approved"]);
});

Deno.test("a push that was never sent makes place and counts for nothing", async () => {
  const phone = new Phone();
  for (let count = 0; count < 3; count++) await phone.ask();
  await phone.ask();
  await phone.end("none");
  assertEquals([phone.ringing.length, phone.held], [3, [3, 0]]);
  await phone.end("none", "none", "none");
  assertEquals(phone.limits.held, { counts: 0, pending: 0, waiting: 0 });
});

Deno.test("pushes that ended unapproved count for five minutes from their end", async () => {
  const phone = new Phone();
  for (let count = 0; count < 3; count++) {
    await phone.ask();
    await phone.end("unapproved");
    await phone.clock.advance(minutes);
  }
  assertEquals((await phone.ask()).end, "limit");
  await phone.clock.advance(2 * minutes - 1);
  assertEquals((await phone.ask()).end, "limit");
  await phone.clock.advance(1);
  assertEquals([(await phone.ask()).end, phone.ringing.length], [undefined, 1]);
  assertEquals((await phone.ask()).end, undefined, "two count and one rings: it waits");
});

Deno.test("pending and ended ones fill the limit together", async () => {
  const phone = new Phone();
  await phone.ask();
  await phone.end("unapproved");
  await phone.ask();
  await phone.ask();
  const waiting = await phone.ask();
  assertEquals([phone.ringing.length, waiting.end], [2, undefined]);
  await phone.end("unapproved");
  assertEquals(waiting.end, "limit");
});

Deno.test("an approval clears what ended before", async () => {
  const phone = new Phone();
  for (let count = 0; count < 2; count++) await phone.ask();
  await phone.end("unapproved", "unapproved");
  await phone.ask();
  await phone.end("approved");
  for (let count = 0; count < 3; count++) await phone.ask();
  assertEquals(phone.ringing.length, 3);
});

Deno.test("an approval elsewhere clears the count and lets those go on that wait", async () => {
  const phone = new Phone();
  await phone.ask();
  await phone.end("unapproved");
  await phone.ask();
  await phone.ask();
  await phone.ask();
  phone.limits.approved(["phone", "unheard of"]);
  await settle();
  assertEquals([phone.ringing.length, phone.held], [3, [3, 0]]);
});

Deno.test("a push that breaks counts as unapproved", async () => {
  const { limits, clock, giveUp } = new Phone();
  const ends = { deadline: clock.now() + 58_000, signal: giveUp.signal };
  const ring = (): Promise<PushEnd> => Promise.reject(new Error("broken"));
  for (let count = 0; count < 3; count++) {
    await assertRejects(() => limits.run({ key: "phone", limit: 3 }, ends, ring, (end) => end), Error, "broken");
  }
  assertEquals(await limits.run({ key: "phone", limit: 3 }, ends, ring, (end) => end), "limit");
});

Deno.test("a wait ends with the login's time or when it is given up, and leaves nothing behind", async () => {
  const phone = new Phone();
  for (let count = 0; count < 3; count++) await phone.ask();
  const late = await phone.ask();
  await phone.clock.advance(57_999);
  assertEquals(late.end, undefined);
  await phone.clock.advance(1);
  assertEquals(late.end, "timeout");
  const given = await phone.ask();
  phone.giveUp.abort();
  await settle();
  assertEquals([given.end, (await phone.ask()).end], ["aborted", "aborted"]);
  assertEquals([phone.held, phone.clock.pending], [[3, 0], 0]);
});

Deno.test("keys are counted apart", async () => {
  const phone = new Phone();
  await phone.ask(1, "one");
  await phone.ask(1, "other");
  assertEquals(phone.ringing.length, 2);
});

Deno.test("a hundred requests wait for one count; more are refused at once", async () => {
  const phone = new Phone();
  await phone.ask(1);
  for (let count = 0; count < 100; count++) await phone.ask(1);
  assertEquals([phone.held, (await phone.ask(1)).end], [[1, 100], "limit"]);
});

Deno.test("counts are forgotten when they say nothing any more, and beyond the bound", async () => {
  const phone = new Phone(3);
  await phone.ask(1, "pending");
  for (const key of ["a", "b", "c"]) {
    await phone.ask(1, key);
    phone.ringing.splice(1, 1)[0]?.("unapproved");
    await settle();
  }
  assertEquals([phone.limits.held.counts, (await phone.ask(1, "c")).end], [3, "limit"]);
  await phone.ask(1, "a");
  assertEquals(phone.held, [2, 0], "a was forgotten, and rings again");
  await phone.end("approved", "approved");
  await phone.clock.advance(5 * minutes);
  await phone.ask(1, "d");
  await phone.end("none");
  assertEquals(phone.limits.held.counts, 0);
});

/** Reasons of the events so far, in words of `count x reason`. */
function reasons({ events }: Rig): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(events, ({ reason }) => reason))
      .map(([reason, those]) => [reason, those?.length ?? 0]),
  );
}

const version1: Choices = { version: 1, names: ["push1", "phone1", "sms1"], default: "push1" };

for (const version of [1, 2] as const) {
  Deno.test(`30 requests for one user at once are 3 pushes, whatever becomes of them (version ${version})`, async () => {
    const rig = new Rig();
    if (version === 1) rig.preauth = () => ({ kind: "auth", choices: version1, groups: [] });
    const verdicts = await rig.begin(...Array<RigRequest>(30).fill({}));
    assertEquals([rig.begun, rig.events.length], [3, 0]);
    for (const push of [...rig.pushes]) push.deny();
    assertEquals((await Promise.all(verdicts)).map(({ kind }) => kind), Array(30).fill("reject"));
    assertEquals([rig.begun, reasons(rig)], [3, { "denied": 3, "push-limit": 27 }]);
    assertEquals(rig.clock.pending, 0);
  });

  Deno.test(`while the limit is reached a passcode still works, and clears it (version ${version})`, async () => {
    const rig = new Rig();
    if (version === 1) rig.preauth = () => ({ kind: "auth", choices: version1, groups: [] });
    const texts = await rig.begin(...Array<RigRequest>(6).fill({ field: "sms" }));
    const pushes = await rig.begin(...Array<RigRequest>(3).fill({}));
    for (const push of [...rig.pushes]) push.deny();
    await Promise.all([...texts, ...pushes]);
    for (const field of ["push", "phone", "sms", "auto"]) assertEquals((await rig.ask({ field })).kind, "reject");
    assertEquals(reasons(rig), { "sms-sent": 6, "denied": 3, "push-limit": 4 });
    await rig.approved({ field: "123456" });
    for (const field of ["push", "phone", "sms"]) await rig.approved({ field });
    assertEquals(rig.begun, 13);
  });
}

Deno.test("SMS have a count of their own, twice as large", async () => {
  const rig = new Rig();
  const texts = await rig.begin(...Array<RigRequest>(7).fill({ field: "sms" }));
  assertEquals(rig.begun, 6);
  const pushes = await rig.begin(...Array<RigRequest>(4).fill({}));
  assertEquals(rig.begun, 9);
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all([...texts, ...pushes]);
});

/** Pairs that ring one phone, or not: [what, first, second, whether they are counted together]. */
const pairs: readonly (readonly [what: string, first: RigRequest, second: RigRequest, together: boolean])[] = [
  ["a push and a call", { field: "push" }, { field: "phone" }, true],
  ["an automatic factor and a push", { field: "auto" }, { field: "push" }, true],
  ["two users with one phone", { user: "alice", field: "push2" }, { user: "admin", field: "push" }, true],
  ["two phones", { field: "push" }, { field: "push2" }, false],
  ["two users", { user: "alice" }, { user: "bob" }, false],
];

for (const [what, first, second, together] of pairs) {
  Deno.test(`${what} are counted ${together ? "together" : "apart"} on version 2`, async () => {
    const rig = new Rig({ pushLimit: 1 });
    rig.preauth = (user) => ({
      kind: "auth",
      choices: {
        version: 2,
        devices: user === "admin"
          ? [phone("second of alice")]
          : [phone(`first of ${user}`), phone(`second of ${user}`)],
      },
      groups: [],
    });
    const verdicts = [...await rig.begin(first), ...await rig.begin(second)];
    assertEquals(rig.begun, together ? 1 : 2);
    for (const push of [...rig.pushes]) push.deny();
    await Promise.all(verdicts);
  });
}

Deno.test("an automatic factor counts for the first device that can be rung", async () => {
  const rig = new Rig({ pushLimit: 1 });
  const token = { device: "token", type: "token", displayName: "", capabilities: [] };
  rig.preauth = () => ({
    kind: "auth",
    choices: { version: 2, devices: [token, phone("one"), phone("two")] },
    groups: [],
  });
  const verdicts = await rig.begin({ field: "auto" }, { field: "push1" }, { field: "push2" });
  assertEquals(rig.pushes.map(({ request: { factor } }) => factor), [
    { kind: "auto" },
    { kind: "word", factor: "push", number: 2 },
  ]);
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all(verdicts);
});

Deno.test("an automatic factor of a user whose phones can only be called counts as well", async () => {
  const rig = new Rig({ pushLimit: 1 });
  const landline = { device: "landline", type: "phone", displayName: "", capabilities: ["phone"] };
  rig.preauth = () => ({ kind: "auth", choices: { version: 2, devices: [landline] }, groups: [] });
  const verdicts = await rig.begin({ field: "auto" }, { field: "phone" });
  assertEquals(rig.begun, 1);
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all(verdicts);
});

Deno.test("an approval on one phone clears the user's others, and nobody else's", async () => {
  const rig = new Rig({ pushLimit: 1 });
  rig.preauth = (user) => ({
    kind: "auth",
    choices: { version: 2, devices: [phone(`first of ${user}`), phone(`second of ${user}`)] },
    groups: [],
  });
  const denied = await rig.begin({ field: "push2" }, { field: "sms2" }, { field: "sms2" }, { user: "bob" });
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all(denied);
  for (const field of ["push2", "sms2"]) assertEquals((await rig.ask({ field })).kind, "reject");
  await rig.approved({ field: "push" });
  rig.begun = 0;
  for (const request of [{ field: "push2" }, { field: "sms2" }, { user: "bob" }]) {
    const [verdict] = await rig.begin(request);
    rig.pushes[0]?.deny();
    await verdict;
  }
  assertEquals([rig.begun, rig.events.at(-1)?.reason], [2, "push-limit"]);
});

Deno.test("on version 1 spellings of one name are one user", async () => {
  const rig = new Rig({ pushLimit: 1 });
  rig.preauth = () => ({ kind: "auth", choices: version1, groups: [] });
  const names = ["alice", "ALICE", "CORP\\alice", "alice@example.com", "bob"];
  const verdicts = await rig.begin(...names.map((user) => ({ user })));
  assertEquals(rig.pushes.map(({ request: { user } }) => user), ["alice", "bob"]);
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all(verdicts);
});

for (const version of [1, 2] as const) {
  Deno.test(`the count is one of the ikey, whichever of its sections is asked (version ${version})`, async () => {
    const rig = new Rig({ pushLimit: 1 });
    if (version === 1) rig.preauth = () => ({ kind: "auth", choices: version1, groups: [] });
    const same: Section = { ...rig.section, name: "radius_server_auto" };
    const other: Section = { ...rig.section, name: "radius_server_auto2", ikey: "DIYYYYYYYYYYYYYYYYYY" };
    const verdicts = [rig.ask(), rig.ask({}, same), rig.ask({}, other)];
    await settle();
    assertEquals(rig.begun, 2);
    for (const push of [...rig.pushes]) push.deny();
    await Promise.all(verdicts);
  });
}

Deno.test("a push whose end nobody knows counts as unapproved; a request that Duo refused rang no phone", async () => {
  const rig = new Rig({ pushLimit: 1 });
  const refused = {
    kind: "refused",
    status: 400,
    code: 40_002,
    message: "Invalid request parameters",
    detail: "",
  } as const;
  const [first] = await rig.begin({});
  rig.pushes[0]?.end(refused);
  await first;
  const [second] = await rig.begin({});
  rig.pushes[0]?.end({ ...refused, txid: "2f1ce2b2" });
  await second;
  assertEquals([(await rig.ask()).kind, rig.begun, rig.events.at(-1)?.reason], ["reject", 2, "push-limit"]);
});

Deno.test("who waits past the login's time gets no push, but the answer that it timed out", async () => {
  const rig = new Rig({ pushLimit: 1 });
  const [first] = await rig.begin({});
  const second = rig.ask({}, { ...rig.section, loginTimeout: 20_000 });
  await rig.clock.advance(19_999);
  assertEquals(rig.events, []);
  await rig.clock.advance(1);
  assertEquals([(await second).kind, rig.begun, reasons(rig)], ["reject", 1, { "timeout": 1 }]);
  rig.pushes[0]?.deny();
  await first;
  assertEquals(rig.clock.pending, 0);
});

Deno.test("push_limit=0 counts nothing", async () => {
  const rig = new Rig({ pushLimit: 0 });
  const verdicts = await rig.begin(...Array<RigRequest>(30).fill({}));
  assertEquals([rig.begun, rig.section.pushes.held.counts], [30, 0]);
  for (const push of [...rig.pushes]) push.approve();
  await Promise.all(verdicts);
});
