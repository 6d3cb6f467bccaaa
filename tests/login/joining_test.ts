import { assertEquals } from "@std/assert";
import { Attempt } from "../../lib/login/attempt.ts";
import { PendingLogins } from "../../lib/login/joining.ts";
import type { Verdict } from "../../lib/login/verdict.ts";
import {
  type Attribute,
  attributeType,
  encodeVendorAttributes,
  integerAttribute,
  textAttribute,
} from "../../lib/radius/attributes.ts";
import { settle } from "./rig.ts";
import { type GatewayRequest, RadiusRig } from "../front/radius/rig.ts";

const station = textAttribute(attributeType.callingStationId, "198.51.100.7");
const nasPort = (port: number): Attribute => integerAttribute(attributeType.nasPort, port);
const portId = (id: string): Attribute => textAttribute(attributeType.nasPortId, id);
const session = (id: string): Attribute => textAttribute(attributeType.acctSessionId, id);
const audit = (id: string): Attribute =>
  encodeVendorAttributes(9, [{ type: 1, value: new TextEncoder().encode(`audit-session-id=${id}`) }]);

/** A rig without a push limit, whose gateway was seen to send these. */
async function taught(...logins: readonly (readonly Attribute[])[]): Promise<RadiusRig> {
  const rig = new RadiusRig({ pushLimit: 0 });
  for (const attributes of logins) await rig.approved({ attributes });
  rig.begun = 0;
  return rig;
}

/** How many pushes two requests are, the second sent while the first waits. */
async function pushesOf(rig: RadiusRig, first: GatewayRequest, second: GatewayRequest = first): Promise<number> {
  const verdicts = [...await rig.begin(first), ...await rig.begin(second)];
  for (const push of [...rig.pushes]) push.approve();
  assertEquals((await Promise.all(verdicts)).map(({ kind }) => kind), ["accept", "accept"]);
  assertEquals([rig.section.pending.count, rig.section.pending.held, rig.section.slots.taken], [0, 0, 0]);
  return rig.begun;
}

/** What makes a repeat one login: [what, what the gateway was seen to send, the request that is repeated]. */
const joins: readonly (readonly [what: string, teaching: Attribute[][], request: Attribute[]])[] = [
  ["Cisco's audit-session-id, from the first login on", [], [audit("0a1b")]],
  ["an Acct-Session-Id of a gateway that changes it", [[session("1")], [session("2")]], [session("3")]],
  [
    "a NAS-Port-Id with Calling-Station-Id of a gateway that changes it",
    [[portId("1"), station], [portId("2"), station]],
    [portId("3"), station],
  ],
  [
    "a NAS-Port with Calling-Station-Id of a gateway that changes it",
    [[nasPort(1), station], [nasPort(2), station]],
    [nasPort(3), station],
  ],
];

for (const [what, teaching, attributes] of joins) {
  Deno.test(`a repeat with ${what} joins the login under way`, async () => {
    const rig = await taught(...teaching);
    assertEquals(await pushesOf(rig, { attributes }), 1);
    assertEquals(rig.joined, 1);
  });
}

/** A thief who knows the password sends what the owner's login under way holds, as far as these gateways let him differ. */
const thefts: readonly (readonly [what: string, teaching: Attribute[][], request: Attribute[]])[] = [
  ["nothing tells sessions apart", [], [station]],
  ["NAS-Port is constant", [[nasPort(7), station], [nasPort(7), station]], [nasPort(7), station]],
  ["NAS-Port-Id is constant", [[portId("vpn"), station], [portId("vpn"), station]], [portId("vpn"), station]],
  ["Acct-Session-Id is constant", [[session("0")], [session("0")]], [session("0")]],
  ["NAS-Port changes, but nothing says where the user is", [[nasPort(1)], [nasPort(2)]], [nasPort(3)]],
  ["NAS-Port-Id changes, but nothing says where the user is", [[portId("a")], [portId("b")]], [portId("c")]],
  ["NAS-Port is 0", [[nasPort(0), station], [nasPort(5), station]], [nasPort(0), station]],
];

for (const [what, teaching, attributes] of thefts) {
  Deno.test(`a thief doesn't ride on the owner's push where ${what}`, async () => {
    const rig = await taught(...teaching);
    assertEquals(await pushesOf(rig, { attributes }), 2);
    assertEquals(rig.joined, 0);
  });
}

const teaching: readonly (readonly Attribute[])[] = [[nasPort(1), station], [nasPort(2), station]];
const here: GatewayRequest = { attributes: [nasPort(3), station] };

/** Whatever differs makes another login. */
const different: readonly (readonly [what: string, GatewayRequest])[] = [
  ["user", { ...here, user: "bob" }],
  ["password", { ...here, field: "push1" }],
  ["gateway", { ...here, gateway: "192.0.2.9" }],
  ["NAS-Port", { attributes: [nasPort(4), station] }],
  ["place", { attributes: [nasPort(3), textAttribute(attributeType.callingStationId, "198.51.100.8")] }],
  ["attribute of any kind", { attributes: [nasPort(3), station, textAttribute(77, "1")] }],
];

for (const [what, other] of different) {
  Deno.test(`a request with another ${what} is another push`, async () => {
    const rig = await taught(...teaching);
    assertEquals(await pushesOf(rig, here, other), 2);
  });
}

Deno.test("what a repeat may change does not make it another login", async () => {
  const rig = await taught(...teaching);
  const changed = (text: string, number: number): GatewayRequest => ({
    attributes: [
      nasPort(3),
      station,
      textAttribute(attributeType.proxyState, text),
      integerAttribute(attributeType.eventTimestamp, number),
      integerAttribute(attributeType.acctDelayTime, number),
      { type: attributeType.messageAuthenticator, value: new Uint8Array(16).fill(number) },
    ],
  });
  assertEquals(await pushesOf(rig, changed("a", 1), changed("b", 2)), 1);
});

Deno.test("a NAS-Port that another login of the gateway carries as well tells nothing", async () => {
  const rig = await taught(...teaching);
  const other = await rig.begin({ ...here, user: "bob" });
  const verdicts = [...await rig.begin(here), ...await rig.begin(here), ...other];
  assertEquals(rig.begun, 3);
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all(verdicts);
  assertEquals(rig.section.pending.held, 0);
});

Deno.test("a login that its session names counts among those that carry a NAS-Port", async () => {
  const rig = await taught(...teaching);
  const other = await rig.begin({ attributes: [nasPort(3), station, audit("1")] });
  const verdicts = [...await rig.begin(here), ...await rig.begin(here), ...other];
  assertEquals(rig.begun, 3);
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all(verdicts);
});

Deno.test("values of unsigned requests teach only once Duo has approved them", async () => {
  const unsigned = (id: string, more: GatewayRequest = {}): GatewayRequest => ({
    signed: false,
    attributes: [session(id)],
    ...more,
  });
  const rig = new RadiusRig({ pushLimit: 0 });
  const forged = [...await rig.begin(unsigned("2"), unsigned("3"), unsigned("4", { user: "exempt" }))];
  for (const push of [...rig.pushes]) push.deny();
  rig.preauth = () => ({ kind: "allow", text: "bypass", groups: [] });
  forged.push(...await rig.begin(unsigned("5"), unsigned("6")));
  await Promise.all(forged);
  rig.preauth = new RadiusRig().preauth;
  rig.begun = 0;
  assertEquals(await pushesOf(rig, unsigned("1")), 2, "nothing of it was learned");
  // The two logins above were approved, but with one value; another one tells that the gateway changes it.
  await rig.approved(unsigned("7"));
  rig.begun = 0;
  assertEquals(await pushesOf(rig, unsigned("1")), 1);
});

Deno.test("a signed request teaches before its own login ends", async () => {
  const rig = new RadiusRig();
  const verdicts = await rig.begin({ attributes: [session("1")] }, { attributes: [session("2")] });
  const joined = await rig.begin({ attributes: [session("1")] });
  assertEquals([rig.begun, rig.joined], [2, 1]);
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all([...verdicts, ...joined]);
});

/** The last verdict's kind and the events of a login and its repeat. */
async function repeated(
  end: (rig: RadiusRig) => void,
  request: GatewayRequest = {},
): Promise<[Verdict["kind"][], RadiusRig]> {
  const rig = new RadiusRig();
  const attributes = [audit("1")];
  const verdicts = [...await rig.begin({ ...request, attributes }), ...await rig.begin({ ...request, attributes })];
  await rig.clock.advance(1_500);
  end(rig);
  return [(await Promise.all(verdicts)).map(({ kind }) => kind), rig];
}

for (const end of ["approve", "deny"] as const) {
  Deno.test(`each join is an event of its own with the verdict's status (${end})`, async () => {
    const [kinds, { events }] = await repeated((rig) => rig.pushes[0]?.[end]());
    const [kind, status, reason] = end === "approve"
      ? ["accept", "Allow", "approved"] as const
      : ["reject", "Reject", "denied"] as const;
    assertEquals(kinds, [kind, kind]);
    assertEquals(events.map((event) => [event.request_id, event.status, event.reason]), [
      ["rig-1", status, reason],
      ["rig-2", status, "joined"],
    ]);
    assertEquals(events.map(({ username, factor, txid, latency_ms }) => [username, factor, txid, latency_ms]), [
      ["alice", "push", "2f1ce2b2", 1_500],
      ["alice", "push", "2f1ce2b2", 1_500],
    ]);
    assertEquals(events.map(({ joined }) => joined), [false, true]);
    assertEquals(events[1]?.msg, `Repeats rig-1: ${events[0]?.msg}`);
  });
}

Deno.test("a repeat's event is about the repeat: its gateway's signature, and its own time", async () => {
  const rig = new RadiusRig();
  const attributes = [audit("1")];
  const verdicts = [...await rig.begin({ attributes })];
  await rig.clock.advance(1_000);
  verdicts.push(...await rig.begin({ attributes, signed: false }));
  await rig.clock.advance(500);
  rig.pushes[0]?.approve();
  await Promise.all(verdicts);
  assertEquals(rig.events.map(({ signed, latency_ms }) => [signed, latency_ms]), [[true, 1_500], [false, 500]]);
});

Deno.test("the same request of another gateway, or to another section, is another login, also if it names its session", async () => {
  const rig = new RadiusRig({ pushLimit: 0 });
  const request = { attributes: [audit("1")] };
  const verdicts = [
    rig.ask(request),
    rig.ask({ ...request, gateway: "192.0.2.2" }),
    rig.ask(request, { ...rig.section, name: "radius_server_duo_only2" }),
  ];
  await settle();
  assertEquals([rig.begun, rig.joined], [3, 0]);
  for (const push of [...rig.pushes]) push.deny();
  await Promise.all(verdicts);
});

Deno.test("of two equal logins that nothing told apart the first is the one to join, whichever ends before", async () => {
  const rig = await taught([nasPort(1), station]);
  const equal = { attributes: [nasPort(3), station], signed: false };
  const verdicts = [...await rig.begin(equal, equal)];
  assertEquals(rig.begun, 2);
  // What the gateway sends meanwhile shows that it numbers its ports, and a session that it names is told from others by that.
  const leaders: (string | undefined)[] = [];
  const find = (): void => {
    const { claim } = rig.request({ ...equal, attributes: [...equal.attributes] });
    const credentials = claim.kind === "claim" ? claim.readCredentials() : claim;
    if (credentials.kind !== "credentials" || !credentials.key) throw new Error("No key");
    const { marks, ...key } = credentials.key;
    const found = rig.section.pending.find({ ...key, marks: { ...marks, named: true } });
    leaders.push(found?.leader instanceof Attempt ? found.leader.request.id : undefined);
  };
  find();
  rig.pushes[1]?.deny();
  await settle();
  find();
  rig.pushes[0]?.deny();
  await Promise.all(verdicts);
  find();
  assertEquals(leaders, ["rig-2", "rig-2", undefined]);
});

Deno.test("a repeated passcode is asked about once", async () => {
  const [kinds, rig] = await repeated((rig) => rig.pushes[0]?.approve(), { field: "123456" });
  assertEquals([kinds, rig.begun], [["accept", "accept"], 1]);
});

Deno.test("after the verdict the same request is a new login", async () => {
  const rig = new RadiusRig();
  await rig.approved({ attributes: [audit("1")] });
  await rig.approved({ attributes: [audit("1")] });
  assertEquals([rig.begun, rig.joined], [2, 0]);
});

Deno.test("join_repeats=off makes each request a login", async () => {
  const rig = new RadiusRig({ joinRepeats: "off" });
  assertEquals(await pushesOf(rig, { attributes: [audit("1")] }), 2);
});

Deno.test("a login that breaks leaves nothing behind, and breaks its repeat too", async () => {
  const rig = new RadiusRig();
  rig.preauth = () => new Promise((_, reject) => rig.clock.after(1_000, () => reject(new Error("broken"))));
  const verdicts = [
    ...await rig.begin({ attributes: [audit("1")] }),
    ...await rig.begin({ attributes: [audit("1")] }),
  ].map((verdict) => verdict.then(() => "ended", (error: Error) => error.message));
  await rig.clock.advance(1_000);
  assertEquals(await Promise.all(verdicts), ["broken", "broken"]);
  assertEquals(rig.events.map(({ request_id, reason }) => `${request_id} ${reason}`).toSorted(), [
    "rig-1 internal-error",
    "rig-2 internal-error",
  ]);
  assertEquals([rig.section.pending.count, rig.section.pending.held, rig.section.slots.taken], [0, 0, 0]);
});

Deno.test("without a key nothing joins, and a login counts as long as it is under way", async () => {
  const pending = new PendingLogins();
  const { promise, resolve } = Promise.withResolvers<Verdict>();
  const verdict = pending.run(undefined, { event: undefined }, () => promise);
  pending.learn(undefined);
  assertEquals([pending.find(undefined), pending.count, pending.held], [undefined, 1, 0]);
  resolve({ kind: "reject", text: "No" });
  await verdict;
  assertEquals(pending.count, 0);
});
