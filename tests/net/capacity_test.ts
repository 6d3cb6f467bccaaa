/**
 * How many logins a process can have under way: with a limit of descriptors that the test sets, and with this machine's.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { measureCapacity, openDescriptor } from "../../lib/net/capacity.ts";

/** Descriptors that run out. */
class Descriptors {
  readonly #limit: number;
  open = 0;
  most = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(): { close(): void } {
    if (this.open >= this.#limit) throw Object.assign(new Error("Too many open files"), { code: "EMFILE" });
    this.most = Math.max(this.most, ++this.open);
    return { close: () => void this.open-- };
  }
}

/** What this process has open, as the kernel names it: a path, or `socket:[inode]`. */
function openFiles(): readonly string[] {
  return [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/self/fd/${name}`)];
    } catch {
      // The folder itself, which was open while it was listed.
      return [];
    }
  });
}

function sockets(): number {
  return openFiles().filter((name) => name.startsWith("socket:")).length;
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

Deno.test("measureCapacity() takes all logins where nothing can be opened for another reason: that is no shortage", () => {
  const forbidden = (): never => {
    throw Object.assign(new Error("Permission denied"), { code: "EACCES" });
  };
  assertEquals(measureCapacity(1_000, forbidden), { logins: 1_000, sufficient: true });
});

Deno.test({
  name: "counting this process's descriptors takes no port from other programs, and gives every descriptor back",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const before = { files: openFiles().length, sockets: sockets() };
    const seen: number[] = [];
    let taken = 0;
    measureCapacity(500, () => {
      const descriptor = openDescriptor();
      if (++taken % 500 === 0) seen.push(sockets());
      return descriptor;
    });
    assertEquals([taken, seen], [1_032, [before.sockets, before.sockets]]);
    assertEquals(openFiles().length, before.files);
  },
});
