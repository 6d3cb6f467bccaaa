/**
 * How many logins a process can have under way, with a limit of descriptors that the test sets.
 *
 * @module
 */

import { assert, assertEquals } from "#std/assert";
import { measureCapacity } from "../../lib/service/capacity.ts";

/** Descriptors that run out. */
class Descriptors {
  readonly #limit: number;
  open = 0;
  most = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(): { close(): void } {
    if (this.open >= this.#limit) throw new Error("Too many open files (os error 24)");
    this.most = Math.max(this.most, ++this.open);
    return { close: () => void this.open-- };
  }
}

Deno.test("measureCapacity() finds enough for all logins, and closes what it opened", () => {
  const descriptors = new Descriptors(10_000);
  assertEquals(measureCapacity(1_000, () => descriptors.take()), { logins: 1_000, sufficient: true });
  assertEquals(descriptors.open, 0);
  // Two for each login at least, or the answer would be a guess.
  assert(descriptors.most >= 2_000);
});

Deno.test("measureCapacity() takes fewer logins when descriptors run out, with two for each and some to spare", () => {
  const descriptors = new Descriptors(256);
  const { logins, sufficient } = measureCapacity(1_000, () => descriptors.take());
  assertEquals(sufficient, false);
  assert(logins >= 1 && logins * 2 < 256, `${logins} logins of 256 descriptors`);
  assertEquals(descriptors.open, 0);
});

Deno.test("measureCapacity() takes one login where there is hardly a descriptor", () => {
  assertEquals(measureCapacity(1_000, () => new Descriptors(0).take()), { logins: 1, sufficient: false });
});
