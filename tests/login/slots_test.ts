/**
 * Slots of `max_pending`.
 *
 * @module
 */

import { assertEquals, assertRejects } from "#std/assert";
import { Slots } from "../../lib/login/slots.ts";

Deno.test("a slot is held exactly as long as the work lasts", async () => {
  const slots = new Slots(1);
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = slots.hold(() => promise);
  assertEquals(slots.taken, 1);
  assertEquals(slots.hold(() => Promise.resolve("second")), undefined);
  resolve("first");
  assertEquals(await first, "first");
  assertEquals(slots.taken, 0);
  assertEquals(await slots.hold(() => Promise.resolve("third")), "third");
});

Deno.test("work that throws gives its slot back", async () => {
  const slots = new Slots(1, new Slots(1));
  for (let round = 0; round < 3; round++) {
    await assertRejects(async () => await slots.hold(() => Promise.reject(new Error("broken"))), Error, "broken");
    await assertRejects(
      async () =>
        await slots.hold(() => {
          throw new Error("at once");
        }),
      Error,
      "at once",
    );
  }
  assertEquals(slots.taken, 0);
});

Deno.test("a wider holder's slots are taken and given back too, and none of the own is lost when it has no more", async () => {
  const outer = new Slots(2);
  const [one, other] = [new Slots(2, outer), new Slots(2, outer)];
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = [one.hold(() => promise), other.hold(() => promise)];
  assertEquals([outer.taken, one.taken, other.taken], [2, 1, 1]);
  assertEquals(one.hold(() => promise), undefined);
  assertEquals([outer.taken, one.taken, other.taken], [2, 1, 1]);
  resolve();
  await Promise.all(held);
  assertEquals([outer.taken, one.taken, other.taken], [0, 0, 0]);
});
