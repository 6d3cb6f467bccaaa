/**
 * A log that is read while it grows and is rotated loses no line and shows none twice.
 *
 * @module
 */

import fc from "fast-check";
import { assertEquals } from "@std/assert";
import { FileTail, readFilePart } from "../../lib/log/file_tail.ts";
import { FakeFiles } from "../kit/fake_files.ts";

const path = "/log/events";

function open(): { files: FakeFiles; tail: FileTail } {
  const files = new FakeFiles();
  return { files, tail: new FileTail(path, files.readPart) };
}

Deno.test("lines come once each, and only when they are whole", async () => {
  const { files, tail } = open();
  assertEquals(await tail.next(), undefined);
  files.append(path, "one\ntwo\nthr");
  assertEquals(await tail.next(), ["one", "two"]);
  assertEquals(await tail.next(), []);
  files.append(path, "ee\n");
  assertEquals(await tail.next(), ["three"]);
  files.append(path, "no end");
  assertEquals([await tail.next(), tail.end(), tail.end()], [[], ["no end"], []]);
});

Deno.test("after copytruncate nothing is lost that came before the copy, also in the middle of a line", async () => {
  const { files, tail } = open();
  files.append(path, "one\nhal");
  assertEquals(await tail.next(), ["one"]);
  files.append(path, "f\nthree\n");
  files.rotate(path);
  files.append(path, "four\n");
  assertEquals(await tail.next(), ["half", "three", "four"]);
});

Deno.test("a file that has grown beyond the old position since it was cut is not taken for the old one", async () => {
  const { files, tail } = open();
  files.append(path, "one\n");
  assertEquals(await tail.next(), ["one"]);
  files.rotate(path);
  files.append(path, "a longer line than all before\n");
  assertEquals(await tail.next(), ["a longer line than all before"]);
});

Deno.test("a file that was cut without a copy is read from its beginning", async () => {
  const { files, tail } = open();
  files.append(path, "one\ntwo\n");
  await tail.next();
  files.put(path, "three\n");
  assertEquals(await tail.next(), ["three"]);
  files.remove(path);
  assertEquals(await tail.next(), undefined);
  files.put(path, "four\n");
  assertEquals(await tail.next(), ["four"]);
});

Deno.test("whatever is written and rotated in between, every line comes once and in its order", async () => {
  const step = fc.oneof(fc.constant("rotate" as const), fc.constant("read" as const), fc.integer({ min: 1, max: 400 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { files, tail } = open();
      const written: string[] = [];
      const read: string[] = [];
      let seen = "nothing";
      for (const what of [1, "read" as const, ...steps, "read" as const]) {
        if (what === "read") {
          for (let more = await tail.next(); more !== undefined && more.length > 0; more = await tail.next()) {
            read.push(...more);
          }
          if (files.text(path) !== "") seen = "something";
        } else if (what === "rotate") {
          // Of a file of which nothing was seen nobody can tell that it was rotated.
          if (seen === "something") files.rotate(path);
          seen = "nothing";
        } else {
          const line = `line ${written.length} ${"x".repeat(what)}`;
          written.push(line);
          files.append(path, `${line}\n`);
        }
      }
      assertEquals(read, written);
    }),
    { numRuns: 300, seed: 7 },
  );
});

Deno.test("a line without an end does not grow without bounds", async () => {
  const { files, tail } = open();
  files.append(path, "x".repeat(1_000_000));
  for (let more = 0; more < 10; more++) await tail.next();
  files.append(path, "\nnext\n");
  const lines = await tail.next() ?? [];
  assertEquals([lines.at(-1), (lines[0] ?? "").length <= 65_536], ["next", true]);
});

Deno.test("a real file is read in parts, and one that is not there is no error", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "0123456789");
    assertEquals(await readFilePart(file, 4, 3), { size: 10, bytes: new TextEncoder().encode("456") });
    assertEquals(await readFilePart(file, 20, 3), { size: 10, bytes: new Uint8Array() });
    assertEquals(await readFilePart(`${file}.1`, 0, 3), undefined);
  } finally {
    await Deno.remove(file);
  }
});
