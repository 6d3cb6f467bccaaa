import { assert, assertEquals, assertFalse } from "@std/assert";
import { Duplicates } from "../../lib/radius/duplicates.ts";

const limits = { keep: 30_000, maxAnswers: 100, maxOctets: 1_000 };
const reply = new Uint8Array(20);

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

Deno.test("an authentic request takes the place of one under way, whose answer is of no use any more", () => {
  const duplicates = new Duplicates(limits);
  const first = duplicates.begin("key", "a", true);
  const second = duplicates.begin("key", "b", true);
  assertFalse(duplicates.answer(first, reply, 0));
  assertEquals(duplicates.find("key", "a"), undefined);
  assert(duplicates.answer(second, reply, 0));
  assertEquals(duplicates.find("key", "b")?.reply, reply);
  assertEquals([duplicates.size, duplicates.octets], [1, 20]);
});

for (const old of [true, false]) {
  Deno.test(`a request that proves nothing takes no place of one ${old ? "with" : "without"} proof: both are answered, and both known again`, () => {
    const duplicates = new Duplicates(limits);
    const first = duplicates.begin("key", "a", old);
    const second = duplicates.begin("key", "b", false);
    assert(duplicates.find("key", "a") === first && duplicates.find("key", "b") === second);
    assert(duplicates.answer(first, reply, 0));
    assert(duplicates.answer(second, reply, 1));
    assertEquals(duplicates.find("key", "a")?.reply, reply);
    duplicates.expire(30_000);
    assertEquals(duplicates.find("key", "a"), undefined);
    assertEquals(duplicates.find("key", "b")?.reply, reply);
    duplicates.expire(30_001);
    assertEquals([duplicates.size, duplicates.octets], [0, 0]);
  });
}

Deno.test("forged requests with one key cost as little as any others", () => {
  const duplicates = new Duplicates({ ...limits, maxOctets: 1e9 });
  const first = duplicates.begin("key", "gateway", false);
  for (let index = 0; index < 10_000; index++) {
    duplicates.answer(duplicates.begin("key", String(index), false), reply, 0);
    assert(duplicates.size <= 102);
  }
  assert(duplicates.find("key", "gateway") === first && duplicates.answer(first, reply, 0));
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
