/**
 * Slots of `max_pending`.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { reserveOf, Slots } from "../../lib/login/slots.ts";

const a = "192.0.2.1";
const b = "192.0.2.2";
const c = "192.0.2.3";

/** Takes slots that are held until `release`, and counts them and the refusals by gateway. */
class Holder {
  readonly got = new Map<string, number>();
  readonly refused = new Map<string, string>();
  readonly #end = Promise.withResolvers<void>();
  readonly #held: Promise<void>[] = [];

  constructor(readonly slots: Slots) {}

  take(gateway: string, count = 1): void {
    for (; count > 0; count--) {
      const held = this.slots.hold(gateway, () => this.#end.promise);
      if (typeof held === "string") this.refused.set(gateway, held);
      else {
        this.got.set(gateway, (this.got.get(gateway) ?? 0) + 1);
        this.#held.push(held);
      }
    }
  }

  async release(): Promise<void> {
    this.#end.resolve();
    await Promise.all(this.#held);
    assertEquals([this.slots.taken, this.slots.holders], [0, 0]);
  }
}

Deno.test("a slot is held exactly as long as the work lasts", async () => {
  const slots = new Slots({ limit: 1 });
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = slots.hold(a, () => promise);
  assertEquals([slots.taken, slots.free, slots.holders], [1, 0, 1]);
  assertEquals(slots.hold(b, () => Promise.resolve("second")), "section");
  resolve("first");
  assertEquals(await first, "first");
  assertEquals([slots.taken, slots.free, slots.holders], [0, 1, 0]);
  assertEquals(await slots.hold(b, () => Promise.resolve("third")), "third");
});

Deno.test("work that throws gives its slot back", async () => {
  const slots = new Slots({ limit: 1, within: new Slots({ limit: 1 }) });
  for (let round = 0; round < 3; round++) {
    await assertRejects(async () => await slots.hold(a, () => Promise.reject(new Error("broken"))), Error, "broken");
    await assertRejects(
      async () =>
        await slots.hold(a, () => {
          throw new Error("at once");
        }),
      Error,
      "at once",
    );
  }
  assertEquals([slots.taken, slots.holders], [0, 0]);
});

Deno.test("a wider holder's slots are taken and given back too, and none of the own is lost when it has no more", async () => {
  const outer = new Slots({ limit: 2 });
  const [one, other] = [new Slots({ limit: 2, within: outer }), new Slots({ limit: 2, within: outer })];
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = [one.hold(a, () => promise), other.hold(a, () => promise)];
  assertEquals([outer.taken, one.taken, other.taken], [2, 1, 1]);
  assertEquals([outer.free, one.free, other.free], [0, 0, 0]);
  assertEquals(one.hold(a, () => promise), "process");
  assertEquals([outer.taken, one.taken, other.taken, one.holders], [2, 1, 1, 1]);
  resolve();
  await Promise.all(held);
  assertEquals([outer.taken, one.taken, other.taken, outer.holders], [0, 0, 0, 0]);
});

for (
  const [limit, reserve] of [[1, 0], [2, 0], [3, 0], [16, 0], [17, 8], [80, 8], [81, 9], [1_000, 100]] as const
) {
  Deno.test(`of ${limit} slots ${reserve} are kept for others than the gateway that holds most`, () => {
    assertEquals(reserveOf(limit), reserve);
  });
}

Deno.test("one gateway doesn't get the last tenth, another one does", async () => {
  const holder = new Holder(new Slots({ limit: 100, reserve: reserveOf(100) }));
  holder.take(a, 200);
  assertEquals([holder.got.get(a), holder.refused.get(a), holder.slots.free], [90, "share", 10]);
  holder.take(b, 20);
  assertEquals([holder.got.get(b), holder.refused.get(b)], [10, "section"]);
  await holder.release();
});

Deno.test("a gateway that holds no more than half of the taken slots gets the last ones too", async () => {
  const holder = new Holder(new Slots({ limit: 100, reserve: reserveOf(100) }));
  holder.take(a, 45);
  holder.take(b, 45);
  holder.take(a);
  assertEquals(holder.got.get(a), 46);
  holder.take(a);
  assertEquals([holder.got.get(a), holder.refused.get(a)], [46, "share"]);
  holder.take(c);
  holder.take(a);
  assertEquals([holder.got.get(a), holder.got.get(c)], [47, 1]);
  await holder.release();
});

Deno.test("without a reserve one gateway gets all", async () => {
  const holder = new Holder(new Slots({ limit: 3 }));
  holder.take(a, 4);
  assertEquals([holder.got.get(a), holder.refused.get(a)], [3, "section"]);
  await holder.release();
});
