import { assert, assertEquals, assertFalse, assertNotEquals } from "#std/assert";
import { Answers, fingerprint } from "../../lib/radius/answers.ts";
import { type Attribute, attributeType, integerAttribute, textAttribute } from "../../lib/radius/attributes.ts";
import { accessRequest, mustDecode, octets } from "./packets.ts";

const limits = { keep: 30_000, maxAnswers: 100, maxOctets: 1_000 };
const reply = new Uint8Array(20);
const secret = octets("secret");

Deno.test("an answer is kept for its time, not longer", () => {
  const answers = new Answers(limits);
  const entry = answers.begin("key", "a", true);
  assertEquals(answers.find("key", "a")?.reply, undefined);
  assert(answers.answer(entry, reply, 1_000));
  answers.expire(30_999);
  assertEquals(answers.find("key", "a")?.reply, reply);
  answers.expire(31_000);
  assertEquals(answers.find("key", "a"), undefined);
  assertEquals([answers.size, answers.octets], [0, 0]);
});

Deno.test("a request under way is kept as long as it takes", () => {
  const answers = new Answers(limits);
  answers.begin("key", "a", true);
  answers.expire(1e9);
  assert(answers.find("key", "a"));
});

Deno.test("a new request takes the place of an answer", () => {
  const answers = new Answers(limits);
  answers.answer(answers.begin("key", "a", true), reply, 0);
  answers.begin("key", "b", true);
  assertEquals(answers.find("key", "a"), undefined);
  assert(answers.find("key", "b"));
  assertEquals(answers.octets, 0);
  answers.expire(30_000);
  assert(answers.find("key", "b"), "the old answer's end must not end the new request");
});

for (
  const [old, newcomer, wanted] of [
    [true, true, false],
    [false, true, false],
    [false, false, false],
    [true, false, true],
  ] as const
) {
  const name = (authentic: boolean): string => authentic ? "with" : "without";
  Deno.test(`a request under way ${name(old)} Message-Authenticator is ${wanted ? "still" : "not"} answered after one ${name(newcomer)}`, () => {
    const answers = new Answers(limits);
    const first = answers.begin("key", "a", old);
    const second = answers.begin("key", "b", newcomer);
    assertEquals(answers.answer(first, reply, 0), wanted);
    assertEquals(answers.find("key", "a"), undefined);
    assert(answers.answer(second, reply, 0));
    assertEquals(answers.find("key", "b")?.reply, reply);
  });
}

Deno.test("a request without answer is forgotten, not the one that took its place", () => {
  const answers = new Answers(limits);
  const first = answers.begin("key", "a", true);
  answers.begin("key", "b", true);
  answers.forget(first);
  assert(answers.find("key", "b"));
});

Deno.test("beyond the limits the oldest answers go", () => {
  const answers = new Answers(limits);
  for (let index = 0; index < 10_000; index++) {
    answers.answer(answers.begin(`key ${index}`, "a", true), reply, index / 1_000);
    assert(answers.size <= 100 && answers.octets <= 1_000);
  }
  assertEquals(answers.find("key 9949", "a"), undefined);
  assertEquals(answers.find("key 9950", "a")?.reply, reply);
});

Deno.test("an answer whose place was taken counts until its time is over", () => {
  const answers = new Answers({ ...limits, maxOctets: 1e9 });
  for (let index = 0; index < 10_000; index++) {
    answers.answer(answers.begin("key", String(index), true), reply, 0);
    assert(answers.size <= 101);
  }
  assertEquals(answers.octets, 20);
});

/** The fingerprint of a request with these attributes. */
function printOf(attributes: readonly Attribute[], signature: "first" | "none" = "first", user = "alice"): string {
  const bytes = accessRequest(secret, { authenticator: new Uint8Array(16), user, attributes, signature });
  return fingerprint(bytes, mustDecode(bytes));
}

Deno.test("fingerprint() tells requests apart by any attribute, though the authenticator is the same", () => {
  const port = integerAttribute(attributeType.nasPort, 1);
  const prints = [
    printOf([]),
    printOf([], "first", "bob"),
    printOf([port]),
    printOf([integerAttribute(attributeType.nasPort, 2)]),
    printOf([port, port]),
    printOf([textAttribute(attributeType.proxyState, "1")]),
    printOf([integerAttribute(attributeType.eventTimestamp, 1)]),
    printOf([integerAttribute(attributeType.eventTimestamp, 1), port]),
  ];
  assertEquals(new Set(prints).size, prints.length);
});

Deno.test("fingerprint() doesn't mind when the packet was sent", () => {
  const sentAt = (time: number, delay: number): readonly Attribute[] => [
    integerAttribute(attributeType.eventTimestamp, time),
    integerAttribute(attributeType.acctDelayTime, delay),
  ];
  assertEquals(printOf(sentAt(1, 0)), printOf(sentAt(9, 8)));
  assertFalse(printOf(sentAt(1, 0)) === printOf(sentAt(1, 0), "first", "bob"));
});

Deno.test("fingerprint() tells attributes apart however their octets fall together", () => {
  const at = integerAttribute(attributeType.eventTimestamp, 1);
  const one = printOf([at, { type: 1, value: octets("ab") }, { type: 1, value: octets("c") }]);
  const other = printOf([at, { type: 1, value: octets("a") }, { type: 1, value: octets("bc") }]);
  assertNotEquals(one, other);
});
