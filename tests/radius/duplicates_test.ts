import { assert, assertEquals, assertFalse, assertNotEquals } from "#std/assert";
import { Duplicates, fingerprint } from "../../lib/radius/duplicates.ts";
import { type Attribute, attributeType, integerAttribute, textAttribute } from "../../lib/radius/attributes.ts";
import { accessRequest, mustDecode, octets } from "./packets.ts";

const limits = { keep: 30_000, maxAnswers: 100, maxOctets: 1_000 };
const reply = new Uint8Array(20);
const secret = octets("secret");

Deno.test("an answer is kept for its time, not longer", () => {
  const duplicates = new Duplicates(limits);
  const entry = duplicates.begin("key", "a", true);
  assertEquals(duplicates.find("key", "a")?.reply, undefined);
  assert(duplicates.answer(entry, reply, 1_000));
  duplicates.expire(30_999);
  assertEquals(duplicates.find("key", "a")?.reply, reply);
  duplicates.expire(31_000);
  assertEquals(duplicates.find("key", "a"), undefined);
  assertEquals([duplicates.size, duplicates.octets], [0, 0]);
});

Deno.test("a request under way is kept as long as it takes", () => {
  const duplicates = new Duplicates(limits);
  duplicates.begin("key", "a", true);
  duplicates.expire(1e9);
  assert(duplicates.find("key", "a"));
});

Deno.test("a new request takes the place of an answer", () => {
  const duplicates = new Duplicates(limits);
  duplicates.answer(duplicates.begin("key", "a", true), reply, 0);
  duplicates.begin("key", "b", true);
  assertEquals(duplicates.find("key", "a"), undefined);
  assert(duplicates.find("key", "b"));
  assertEquals(duplicates.octets, 0);
  duplicates.expire(30_000);
  assert(duplicates.find("key", "b"), "the old answer's end must not end the new request");
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
    const duplicates = new Duplicates(limits);
    const first = duplicates.begin("key", "a", old);
    const second = duplicates.begin("key", "b", newcomer);
    assertEquals(duplicates.answer(first, reply, 0), wanted);
    assertEquals(duplicates.find("key", "a"), undefined);
    assert(duplicates.answer(second, reply, 0));
    assertEquals(duplicates.find("key", "b")?.reply, reply);
  });
}

Deno.test("a request without answer is forgotten, not the one that took its place", () => {
  const duplicates = new Duplicates(limits);
  const first = duplicates.begin("key", "a", true);
  duplicates.begin("key", "b", true);
  duplicates.forget(first);
  assert(duplicates.find("key", "b"));
});

Deno.test("beyond the limits the oldest answers go", () => {
  const duplicates = new Duplicates(limits);
  for (let index = 0; index < 10_000; index++) {
    duplicates.answer(duplicates.begin(`key ${index}`, "a", true), reply, index / 1_000);
    assert(duplicates.size <= 100 && duplicates.octets <= 1_000);
  }
  assertEquals(duplicates.find("key 9949", "a"), undefined);
  assertEquals(duplicates.find("key 9950", "a")?.reply, reply);
});

Deno.test("an answer whose place was taken counts until its time is over", () => {
  const duplicates = new Duplicates({ ...limits, maxOctets: 1e9 });
  for (let index = 0; index < 10_000; index++) {
    duplicates.answer(duplicates.begin("key", String(index), true), reply, 0);
    assert(duplicates.size <= 101);
  }
  assertEquals(duplicates.octets, 20);
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
